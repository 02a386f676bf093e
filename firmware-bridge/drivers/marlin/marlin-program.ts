import { type JobProgram, prepareProgram } from '../job-program.ts';

/** Marlin's MAX_CMD_SIZE is 96; the number and the checksum take up to fourteen of them. */
const CHARACTERS_MAX = 82;

/** Codes that reach past the job: emergency codes, the line counter, the SD card, stored settings, firmware updates. */
const FORBIDDEN = /^(?:M(?:2[0-9]|30|32|108|110|112|41[0]|50[0-4]|524|876|928|997|999))(?!\d)/;

/** Comments and empty lines get no `ok`, so they must not be sent. Throws as `prepareProgram` does. */
export function prepareMarlinProgram(program: readonly string[]): JobProgram {
  return prepareProgram(program, {
    charactersMax: CHARACTERS_MAX,
    strip: (line) => {
      // What a person reads on the display may hold any character but the comment sign.
      const text = line.replace(/;.*$/s, '').trim();
      return /^M1(?:17|18)\b/i.test(text) ? text : text.replace(/\([^)]*\)?/g, '').trim();
    },
    refuse: (text) => {
      if (!/^[GMTgmt]\d/.test(text)) return 'is not a G, M or T command';
      if (FORBIDDEN.test(text.toUpperCase())) return 'is a command that a job must not give';
      return text.includes('*') ? 'holds a checksum sign' : undefined;
    },
  });
}

/** Commands during which Marlin reads nothing else for as long as they take. */
export function waits(text: string): boolean {
  return /^(?:M109|M190|M191|M303|M400|M600|M0|M1|G4|G28|G29)(?!\d)/i.test(text);
}
