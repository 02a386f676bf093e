/** One straight piece of a move, arcs already divided; line numbers from 1. */
export type Motion = {
  line: number;
  isRapid: boolean;
  from: readonly [number, number, number];
  to: readonly [number, number, number];
  feedMmPerMin: number;
  isSpindleOn: boolean;
};

export type Problem = { line?: number; code: ProblemCode; sentence: string };

export type ProblemCode =
  | 'line-unreadable'
  | 'line-too-long'
  | 'word-unsupported'
  | 'arc-broken'
  | 'cut-without-spindle'
  | 'cut-without-feed'
  | 'feed-too-fast'
  | 'rapid-too-low'
  | 'too-deep'
  | 'beyond-travel'
  | 'gouge'
  | 'not-cut-through'
  | 'pocket-not-cleared'
  | 'not-held'
  | 'not-ended';

export type Interpretation = {
  motions: Motion[];
  problems: Problem[];
  isSpindleOn: boolean;
  hasEnded: boolean;
};

/** GRBL 1.1 refuses longer lines. */
const MAX_LINE = 80;
const WORD = /([A-Z])([-+]?(?:\d+\.?\d*|\.\d+))/g;
/** What a cut program may say: GRBL's own set without what would move a machine unseen (probing, homing, offsets). */
const CODES = new Set([
  'G0',
  'G1',
  'G2',
  'G3',
  'G4',
  'G17',
  'G20',
  'G21',
  'G54',
  'G90',
  'G91',
  'G94',
  'M3',
  'M5',
  'M30',
]);
const LETTERS = new Set(['G', 'M', 'X', 'Y', 'Z', 'I', 'J', 'F', 'S', 'P', 'N']);
/** GRBL's error 33: the radius to the end may differ from the radius to the start by 5 µm and by 0.1 %. */
const RADIUS_MM = 0.005;
const RADIUS_SHARE = 0.001;
/** A quarter of what counts as a gouge. */
const CHORD_ERROR_MM = 0.005;

const AXES = ['X', 'Y', 'Z'] as const;

type Machine = {
  at: [number, number, number];
  motion: 'G0' | 'G1' | 'G2' | 'G3' | undefined;
  scale: number;
  isRelative: boolean;
  feed: number;
  speed: number;
};

/** Runs a program on paper, as GRBL 1.1 reads it, starting at X0 Y0 and as high as nothing can be touched. */
export function interpretProgram(lines: readonly string[], startZMm: number): Interpretation {
  const machine: Machine = {
    at: [0, 0, startZMm],
    motion: undefined,
    scale: 1,
    isRelative: false,
    feed: 0,
    speed: 0,
  };
  const result: Interpretation = { motions: [], problems: [], isSpindleOn: false, hasEnded: false };
  for (const [index, text] of lines.entries()) {
    const line = index + 1;
    const say = (code: ProblemCode, sentence: string): void => {
      result.problems.push({ line, code, sentence });
    };
    if (text.length > MAX_LINE)
      say('line-too-long', `Line ${line} has ${text.length} characters; GRBL reads ${MAX_LINE}.`);
    const bare = text
      .replace(/\([^)]*\)/g, '')
      .replace(/\s+/g, '')
      .toUpperCase();
    if (bare === '') continue;
    if (bare.replace(WORD, '') !== '') {
      say('line-unreadable', `Line ${line} is not G-code: ${text.slice(0, 40)}`);
      continue;
    }
    if (result.hasEnded) say('not-ended', `Line ${line} comes after the end of the program.`);
    obey(machine, bare, line, result, say);
  }
  return result;
}

type Say = (code: ProblemCode, sentence: string) => void;

/** The words of a line: places and numbers by letter, and the codes in order. */
function readWords(bare: string, line: number, say: Say): { words: Map<string, number>; codes: string[] } {
  const words = new Map<string, number>();
  const codes: string[] = [];
  for (const [, letter = '', digits] of bare.matchAll(WORD)) {
    const value = Number(digits);
    const code = `${letter}${value}`;
    const isCode = letter === 'G' || letter === 'M';
    if (!LETTERS.has(letter) || (isCode && !CODES.has(code))) {
      say('word-unsupported', `Line ${line} says ${code}, which this machine's dialect does not have.`);
    }
    if (isCode) codes.push(code);
    else words.set(letter, value);
  }
  return { words, codes };
}

function obey(machine: Machine, bare: string, line: number, result: Interpretation, say: Say): void {
  const { words, codes } = readWords(bare, line, say);
  const isDwell = codes.includes('G4');
  for (const code of codes) setMode(machine, code, result);
  machine.feed = words.has('F') ? (words.get('F') ?? 0) * machine.scale : machine.feed;
  machine.speed = words.get('S') ?? machine.speed;
  if (codes.includes('M3')) result.isSpindleOn = machine.speed > 0;
  const moves = words.has('X') || words.has('Y') || words.has('Z');
  if (moves && !isDwell) move(machine, words, line, result, say);
}

function setMode(machine: Machine, code: string, result: Interpretation): void {
  if (code === 'G0' || code === 'G1' || code === 'G2' || code === 'G3') machine.motion = code;
  if (code === 'G20') machine.scale = 25.4;
  if (code === 'G21') machine.scale = 1;
  if (code === 'G90') machine.isRelative = false;
  if (code === 'G91') machine.isRelative = true;
  if (code === 'M5' || code === 'M30') result.isSpindleOn = false;
  if (code === 'M30') result.hasEnded = true;
}

function move(
  machine: Machine,
  words: Map<string, number>,
  line: number,
  result: Interpretation,
  say: Say,
): void {
  const { at, scale, isRelative, motion } = machine;
  const to: [number, number, number] = [...at];
  for (const [axis, letter] of AXES.entries()) {
    const value = words.get(letter);
    if (value !== undefined) to[axis] = value * scale + (isRelative ? (at[axis] ?? 0) : 0);
  }
  machine.at = to;
  if (motion === undefined) {
    say('line-unreadable', `Line ${line} gives a place without saying how to go there.`);
    return;
  }
  const base = {
    line,
    isRapid: motion === 'G0',
    feedMmPerMin: machine.feed,
    isSpindleOn: result.isSpindleOn,
  };
  if (motion === 'G0' || motion === 'G1') {
    result.motions.push({ ...base, from: at, to });
    return;
  }
  const [i, j] = [(words.get('I') ?? 0) * scale, (words.get('J') ?? 0) * scale];
  const points = arcPoints(at, to, [i, j], motion === 'G2');
  if (points === undefined) {
    say('arc-broken', `The arc of line ${line} does not end on the circle it starts on.`);
    return;
  }
  let from: readonly [number, number, number] = at;
  for (const next of points) {
    result.motions.push({ ...base, from, to: next });
    from = next;
  }
}

function arcPoints(
  from: readonly [number, number, number],
  to: readonly [number, number, number],
  [i, j]: readonly [number, number],
  isClockwise: boolean,
): (readonly [number, number, number])[] | undefined {
  const radius = Math.hypot(i, j);
  const [cx, cy] = [from[0] + i, from[1] + j];
  const wrong = Math.abs(Math.hypot(to[0] - cx, to[1] - cy) - radius);
  if (radius === 0 || (wrong > RADIUS_MM && wrong > RADIUS_SHARE * radius)) return;
  const start = Math.atan2(-j, -i);
  let sweep = Math.atan2(to[1] - cy, to[0] - cx) - start;
  if (isClockwise && sweep >= -1e-7) sweep -= 2 * Math.PI;
  if (!isClockwise && sweep <= 1e-7) sweep += 2 * Math.PI;
  const step = 2 * Math.acos(1 - Math.min(CHORD_ERROR_MM / radius, 0.5));
  const count = Math.max(1, Math.ceil(Math.abs(sweep) / step));
  return Array.from({ length: count }, (_, index) => {
    const share = (index + 1) / count;
    if (index === count - 1) return to;
    const angle = start + sweep * share;
    const z = from[2] + (to[2] - from[2]) * share;
    return [cx + radius * Math.cos(angle), cy + radius * Math.sin(angle), z] as const;
  });
}
