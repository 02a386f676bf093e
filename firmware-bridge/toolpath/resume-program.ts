import { readProgramWords, withoutComments } from '../drivers/untrusted-program/program-words.ts';

const MM_PER_INCH = 25.4;
const DECIMALS = 4;
/** A height this near the top of the program is in the air, where the tool travels. */
const HEIGHT_TOLERANCE_MM = 0.001;

export type ResumedProgram = {
  /** What a person may start: back to the last place in the air, then the rest. */
  lines: string[];
  /** Line of the whole program (from 0) with which the rest begins. */
  fromLine: number;
  /** How many of `lines` come before it: they bring the machine back. */
  leadIn: number;
};

/** What is in force at some line, in millimetres. */
type Standing = {
  at: [number, number, number];
  scale: number;
  isRelative: boolean;
  motion: number;
  plane: number;
  feed: number;
  speed: number;
  spindle: number;
  coolant: number;
};

/**
 * The part of an interrupted cutting program that is still to do: from the last place at or before `line` (from 0) where the
 * tool was up in the air. It lifts, starts the spindle, waits `spinUpSeconds`, goes above that place, and goes on as written. Cuts that
 * were begun are done again from their start, since nobody knows how far they went. Only for a machine that has found its
 * home again, and only by a person's word. Throws a sentence when the program has no such place.
 */
export function resumeProgram(
  program: readonly string[],
  line: number,
  spinUpSeconds: number,
): ResumedProgram {
  const standings = follow(program);
  const topMm = Math.max(...standings.map(({ at }) => at[2]));
  const isUp = ({ at }: Standing) => topMm > 0 && at[2] >= topMm - HEIGHT_TOLERANCE_MM;
  const last = standings.slice(0, Math.max(0, line)).findLastIndex(isUp);
  const standing = standings[last];
  if (standing === undefined)
    throw new Error('The program was not yet above the workpiece at that line: start it from its beginning.');
  const leadIn = leadInTo(standing, spinUpSeconds);
  return {
    lines: [...leadIn, ...program.slice(last + 1)],
    fromLine: last + 1,
    leadIn: leadIn.length,
  };
}

function leadInTo(standing: Standing, spinUpSeconds: number): string[] {
  const { at, scale, isRelative, motion, plane, feed, speed, spindle, coolant } = standing;
  const turns = spindle === 5 ? [] : [`M${spindle} S${speed}`, `G4 P${spinUpSeconds}`];
  return [
    `G21 G90 G${plane} G94 G54`,
    `G0 Z${text(at[2])}`,
    ...turns,
    ...(coolant === 9 ? [] : [`M${coolant}`]),
    `G0 X${text(at[0])} Y${text(at[1])}`,
    ...(feed > 0 ? [`F${text(feed)}`] : []),
    `G${scale === 1 ? 21 : 20} G${isRelative ? 91 : 90} G${motion}`,
  ];
}

/** What stands after each line. */
function follow(program: readonly string[]): Standing[] {
  let now: Standing = {
    ...{ at: [0, 0, 0], scale: 1, isRelative: false, motion: 0, plane: 17 },
    ...{ feed: 0, speed: 0, spindle: 5, coolant: 9 },
  };
  return program.map((raw, index) => {
    const words = readProgramWords(withoutComments(raw, 'router'), 'router');
    if (typeof words === 'string') throw new Error(`Line ${index + 1} of the program ${words}.`);
    now = { ...now, at: [...now.at] };
    for (const { letter, value = 0 } of words) obey(now, letter, value);
    const isPlaceless = words.some(({ letter, value }) => letter === 'G' && (value === 4 || value === 10));
    for (const { letter, value = 0 } of isPlaceless ? [] : words) move(now, letter, value);
    return now;
  });
}

function obey(now: Standing, letter: string, value: number): void {
  if (letter === 'S') now.speed = value;
  if (letter === 'M' && value >= 3 && value <= 5) now.spindle = value;
  if (letter === 'M' && value >= 7 && value <= 9) now.coolant = value;
  if (letter !== 'G') return;
  if (value <= 3) now.motion = value;
  else if (value >= 17 && value <= 19) now.plane = value;
  else if (value === 20 || value === 21) now.scale = value === 20 ? MM_PER_INCH : 1;
  else if (value === 90 || value === 91) now.isRelative = value === 91;
}

function move(now: Standing, letter: string, value: number): void {
  if (letter === 'F') now.feed = value * now.scale;
  const axis = 'XYZ'.indexOf(letter);
  if (axis < 0) return;
  const from = now.isRelative ? (now.at[axis] ?? 0) : 0;
  now.at[axis] = from + value * now.scale;
}

function text(value: number): string {
  return String(Number(value.toFixed(DECIMALS)));
}
