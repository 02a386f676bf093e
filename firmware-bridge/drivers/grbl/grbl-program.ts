import { type JobProgram, prepareProgram } from '../job-program.ts';
import type { ProgramRules } from '../untrusted-program/program-limits.ts';
import { withoutComments } from '../untrusted-program/program-words.ts';

/** GRBL's line buffer is 80 characters with its terminator; one more gives error:11. */
const CHARACTERS_MAX = 79;
/** Written to EEPROM with the receiver's interrupt off: bytes behind them in the line would be lost. */
const STORES = /G10L|G28\.1|G30\.1/;

/** Comments, blanks and the tape's `%` go; they would only fill the controller's 128 bytes. Throws as `prepareProgram` does. */
export function prepareGrblProgram(program: readonly string[], rules: ProgramRules): JobProgram {
  return prepareProgram(program, {
    ...rules,
    charactersMax: CHARACTERS_MAX,
    strip: (line) => withoutComments(line, rules.machineClass).toUpperCase(),
  });
}

/** Such a line is sent alone and waited for. */
export function mustGoAlone(text: string): boolean {
  return STORES.test(text);
}

/** How long a dwell in the line lasts, in seconds; 0 for none. GRBL reads P as seconds. */
export function dwellSeconds(text: string): number {
  const dwell = /G0?4(?!\d).*?P([\d.]+)|P([\d.]+).*?G0?4(?!\d)/.exec(text);
  return dwell === null ? 0 : Number(dwell[1] ?? dwell[2]);
}
