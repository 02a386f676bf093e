import { bare, readLine } from './gcode-line.ts';

const MS_PER_S = 1_000;
const MS_PER_MIN = 60_000;
const FEED_MM_PER_MIN = 1_500;
/** What a line costs that moves nothing. */
const LINE_MS = 1;

/** One line of a file as the printer works it off: until when, up to which byte, and what is true then. */
export type PlannedLine = {
  endMs: number;
  endByte: number;
  at: readonly [number, number, number];
  heat?: { heater: 'nozzle' | 'bed'; targetC: number };
};

const HEATERS: Readonly<Record<number, { heater: 'nozzle' | 'bed'; waits: boolean }>> = {
  104: { heater: 'nozzle', waits: false },
  109: { heater: 'nozzle', waits: true },
  140: { heater: 'bed', waits: false },
  190: { heater: 'bed', waits: true },
};
/** Degrees in a second. */
const HEATING_C_PER_S = { nozzle: 3, bed: 0.8 };
const AMBIENT_C = 21;

type Modes = { position: readonly [number, number, number]; isRelative: boolean; feed: number };
type Values = ReadonlyMap<string, number>;

/** Times a file: moves at their feed, dwells, and waiting for heat from a cold printer. Milliseconds from its first line. */
export function planFile(text: string): PlannedLine[] {
  const lines = text.replace(/\n$/, '').split('\n');
  const warm = { nozzle: AMBIENT_C, bed: AMBIENT_C };
  const modes: Modes = { position: [0, 0, 0], isRelative: false, feed: FEED_MM_PER_MIN };
  let endMs = 0;
  let endByte = 0;
  return lines.map((line) => {
    endByte += Buffer.byteLength(line) + 1;
    const values = valuesOf(line);
    endMs += LINE_MS + motionMs(values, modes);
    const heating = HEATERS[values.get('M') ?? -1];
    if (heating === undefined) return { endMs, endByte, at: modes.position };
    const { heater, waits } = heating;
    const targetC = values.get('S') ?? 0;
    if (waits) {
      endMs += (Math.max(0, targetC - warm[heater]) / HEATING_C_PER_S[heater]) * MS_PER_S;
      warm[heater] = targetC;
    }
    return { endMs, endByte, at: modes.position, heat: { heater, targetC } };
  });
}

function valuesOf(line: string): Values {
  const words = readLine(bare(line));
  return new Map(Array.isArray(words) ? words.map(({ letter, value }) => [letter, value]) : []);
}

/** How long the line moves or waits; sets what it leaves behind. */
function motionMs(values: Values, modes: Modes): number {
  switch (values.get('G')) {
    case 0:
    case 1: {
      const from = modes.position;
      modes.feed = values.get('F') ?? modes.feed;
      modes.position = moved(from, values, modes.isRelative);
      const lengthMm = Math.hypot(...modes.position.map((to, axis) => to - (from[axis] ?? 0)));
      return (lengthMm / modes.feed) * MS_PER_MIN;
    }
    case 4:
      return (values.get('S') ?? 0) * MS_PER_S + (values.get('P') ?? 0);
    case 28:
      modes.position = [0, 0, 0];
      return 0;
    case 90:
    case 91:
      modes.isRelative = values.get('G') === 91;
      return 0;
    default:
      return 0;
  }
}

function moved(
  from: readonly [number, number, number],
  values: Values,
  isRelative: boolean,
): readonly [number, number, number] {
  const along = (letter: string, start: number) => {
    const value = values.get(letter);
    if (value === undefined) return start;
    return isRelative ? start + value : value;
  };
  return [along('X', from[0]), along('Y', from[1]), along('Z', from[2])];
}
