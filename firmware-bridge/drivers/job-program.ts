import type { ProgramRules } from './untrusted-program/program-limits.ts';
import { refuseProgram } from './untrusted-program/refuse-program.ts';

/** The lines of a program that a machine gets, each with its place in the program. */
export type JobProgram = { texts: readonly string[]; lines: readonly number[]; total: number };

export type LineRule = ProgramRules & {
  /** Characters a line may have, without its end. */
  charactersMax: number;
  strip: (line: string) => string;
};

/**
 * Holds a program against the machine's rules, then strips comments and empty lines. A program comes from outside: one line
 * that must not be sent refuses the whole. Throws a sentence that names the line, from 1.
 */
export function prepareProgram(program: readonly string[], rule: LineRule): JobProgram {
  const problem = refuseProgram(program, rule.machineClass, rule.limits);
  if (problem !== undefined) throw new Error(problem);
  const texts: string[] = [];
  const lines: number[] = [];
  for (const [index, line] of program.entries()) {
    const text = rule.strip(line);
    if (text === '') continue;
    if (text.length > rule.charactersMax)
      throw new Error(
        `Line ${index + 1} of the program is longer than the ${rule.charactersMax} characters the firmware takes: it is not sent.`,
      );
    texts.push(text);
    lines.push(index);
  }
  if (texts.length === 0) throw new Error('The program has no line for the machine: it is not started.');
  return { texts, lines, total: program.length };
}
