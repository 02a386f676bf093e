import { type JobProgram, prepareProgram } from '../job-program.ts';
import type { ProgramRules } from '../untrusted-program/program-limits.ts';
import { withoutComments } from '../untrusted-program/program-words.ts';

/** Marlin's MAX_CMD_SIZE is 96; the number and the checksum take up to fourteen of them. */
const CHARACTERS_MAX = 82;

/** Comments and empty lines get no `ok`, so they must not be sent. Throws as `prepareProgram` does. */
export function prepareMarlinProgram(program: readonly string[], rules: ProgramRules): JobProgram {
  return prepareProgram(program, {
    ...rules,
    charactersMax: CHARACTERS_MAX,
    strip: (line) => withoutComments(line, rules.machineClass),
  });
}

/** Commands during which Marlin reads nothing else for as long as they take. */
export function waits(text: string): boolean {
  return /^(?:M109|M190|M191|M303|M400|M600|M0|M1|G4|G28|G29)(?!\d)/i.test(text);
}
