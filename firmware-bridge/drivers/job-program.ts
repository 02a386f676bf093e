/** The lines of a program that a machine gets, each with its place in the program. */
export type JobProgram = { texts: readonly string[]; lines: readonly number[]; total: number };

export type LineRule = {
  /** Characters a line may have, without its end. */
  charactersMax: number;
  /** Why a stripped line must not be sent, as the end of a sentence; nothing when it may. */
  refuse: (text: string) => string | undefined;
  strip: (line: string) => string;
};

/**
 * Strips comments and empty lines and checks the rest. A program comes from outside: a line that could reach past the job
 * (settings, real-time bytes, stored programs) refuses the whole program. Throws a sentence that names the line, from 1.
 */
export function prepareProgram(program: readonly string[], rule: LineRule): JobProgram {
  const texts: string[] = [];
  const lines: number[] = [];
  for (const [index, line] of program.entries()) {
    const text = rule.strip(line);
    if (text === '') continue;
    const why = refusal(text, rule);
    if (why !== undefined)
      throw new Error(`Line ${index + 1} of the program, "${shown(text)}", ${why}: it is not sent.`);
    texts.push(text);
    lines.push(index);
  }
  if (texts.length === 0) throw new Error('The program has no line for the machine: it is not started.');
  return { texts, lines, total: program.length };
}

function refusal(text: string, rule: LineRule): string | undefined {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 32 || code > 126) return 'has a character that is not plain text';
  }
  if (text.length > rule.charactersMax)
    return `is longer than the ${rule.charactersMax} characters the firmware takes`;
  return rule.refuse(text);
}

function shown(text: string): string {
  return text.slice(0, 40).replace(/[^\x20-\x7e]/g, '?');
}
