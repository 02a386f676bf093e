import type { MachinePosition } from '../../machine.ts';
import type { ProgramLimits } from './program-limits.ts';

const MM_PER_INCH = 25.4;
const FULL_TURN = 2 * Math.PI;
/** Rounding of a program's own decimals; soft limits round alike. */
const TOLERANCE_MM = 0.01;
const AXES = ['X', 'Y', 'Z'] as const;
const CENTRES = ['I', 'J', 'K'] as const;

/** Words of one line: letter to number. */
export type Parameters = ReadonlyMap<string, number | undefined>;

/**
 * Follows a program's moves, arcs by their true extent, and tells the first that leaves the reach. Until a program has
 * named a place on an axis, nobody knows where it is: its relative moves may then add up to the whole travel at most.
 */
export class ProgramReach {
  readonly #reach: NonNullable<ProgramLimits['reachMm']> | undefined;
  readonly #at = [0, 0, 0];
  readonly #isKnown = [false, false, false];
  #motion = 0;
  #plane: readonly [number, number] = [0, 1];
  #scale = 1;
  #isRelative = false;
  #isLost = false;

  constructor(reachMm: ProgramLimits['reachMm']) {
    this.#reach = reachMm;
  }

  /** Millimetres in one of the program's units. */
  get scale(): number {
    return this.#scale;
  }

  /** The program's zero is moved: from here on its places are the lab's own affair. */
  loseZero(): void {
    this.#isLost = true;
  }

  /** Takes a line's codes and parameters; returns the end of a sentence when it leaves the reach. */
  follow(codes: readonly string[], words: Parameters): string | undefined {
    for (const code of codes) this.#setMode(code);
    if (codes.includes('G28')) {
      this.#goHome(words);
      return;
    }
    if (this.#reach === undefined || this.#isLost || codes.some((code) => PLACELESS.has(code))) return;
    const from = [...this.#at];
    const to = AXES.map((letter, axis) => this.#target(letter, axis, words));
    if (AXES.every((letter) => words.get(letter) === undefined) && this.#motion < 2) return;
    const isArc = this.#motion >= 2 && (codes.length > 0 || AXES.some((letter) => words.has(letter)));
    const box = isArc ? this.#arcBox(from, to, words) : [to, to];
    for (const axis of [0, 1, 2]) this.#at[axis] = to[axis] ?? 0;
    return this.#beyond(box[0] ?? to, box[1] ?? to);
  }

  #setMode(code: string): void {
    if (/^G[0-3]$/.test(code)) this.#motion = Number(code[1]);
    else if (code === 'G80') this.#motion = 0;
    else if (code === 'G17') this.#plane = [0, 1];
    else if (code === 'G18') this.#plane = [2, 0];
    else if (code === 'G19') this.#plane = [1, 2];
    else if (code === 'G20') this.#scale = MM_PER_INCH;
    else if (code === 'G21') this.#scale = 1;
    else if (code === 'G90') this.#isRelative = false;
    else if (code === 'G91') this.#isRelative = true;
  }

  #goHome(words: Parameters): void {
    const all = AXES.every((letter) => !words.has(letter));
    for (const [axis, letter] of AXES.entries()) {
      if (!all && !words.has(letter)) continue;
      // Where a machine's home lies is its own affair; the next place the program names is known again.
      this.#at[axis] = 0;
      this.#isKnown[axis] = false;
    }
  }

  #target(letter: string, axis: number, words: Parameters): number {
    const value = words.get(letter);
    const now = this.#at[axis] ?? 0;
    if (value === undefined) return now;
    if (this.#isRelative) return now + value * this.#scale;
    this.#isKnown[axis] = true;
    return value * this.#scale;
  }

  /** Lowest and highest corner of an arc: its ends, and where it crosses the axes through its centre. */
  #arcBox(from: readonly number[], to: readonly number[], words: Parameters): number[][] {
    const [p, q] = this.#plane;
    const low = from.map((value, axis) => Math.min(value, to[axis] ?? 0));
    const high = from.map((value, axis) => Math.max(value, to[axis] ?? 0));
    const centre = this.#centre(from, to, words);
    if (centre === undefined) return [low, high];
    const [dx, dy] = [(from[p] ?? 0) - centre[0], (from[q] ?? 0) - centre[1]];
    const radius = Math.hypot(dx, dy);
    const isClockwise = this.#motion === 2;
    const start = Math.atan2(dy, dx);
    let sweep = Math.atan2((to[q] ?? 0) - centre[1], (to[p] ?? 0) - centre[0]) - start;
    if (isClockwise) while (sweep >= -1e-9) sweep -= FULL_TURN;
    else while (sweep <= 1e-9) sweep += FULL_TURN;
    const [first, last] = sweep > 0 ? [start, start + sweep] : [start + sweep, start];
    for (let k = Math.ceil(first / (Math.PI / 2)); k * (Math.PI / 2) <= last; k++) {
      const [x, y] = [
        centre[0] + radius * Math.cos(k * (Math.PI / 2)),
        centre[1] + radius * Math.sin(k * (Math.PI / 2)),
      ];
      [low[p], high[p]] = [Math.min(low[p] ?? x, x), Math.max(high[p] ?? x, x)];
      [low[q], high[q]] = [Math.min(low[q] ?? y, y), Math.max(high[q] ?? y, y)];
    }
    return [low, high];
  }

  #centre(from: readonly number[], to: readonly number[], words: Parameters): [number, number] | undefined {
    const [p, q] = this.#plane;
    const [fx, fy] = [from[p] ?? 0, from[q] ?? 0];
    const radius = (words.get('R') ?? 0) * this.#scale;
    if (radius === 0) {
      const [i, j] = [words.get(CENTRES[p] ?? ''), words.get(CENTRES[q] ?? '')];
      if (i === undefined && j === undefined) return;
      return [fx + (i ?? 0) * this.#scale, fy + (j ?? 0) * this.#scale];
    }
    const [dx, dy] = [(to[p] ?? 0) - fx, (to[q] ?? 0) - fy];
    const chord = Math.hypot(dx, dy);
    if (chord === 0) return;
    const height = Math.sqrt(Math.max(0, radius * radius - (chord * chord) / 4));
    const side = (this.#motion === 2) === radius > 0 ? 1 : -1;
    return [fx + dx / 2 + (side * height * dy) / chord, fy + dy / 2 - (side * height * dx) / chord];
  }

  #beyond(low: readonly number[], high: readonly number[]): string | undefined {
    for (const [axis, letter] of AXES.entries()) {
      const [least, most] = this.#allowed(axis);
      const short = least - (low[axis] ?? 0);
      const over = (high[axis] ?? 0) - most;
      if (Math.max(short, over) <= TOLERANCE_MM) continue;
      const missing = Math.ceil(Math.max(short, over) * 100) / 100;
      return `goes ${missing} mm beyond the reach of the machine in ${letter}`;
    }
    return;
  }

  #allowed(axis: number): [number, number] {
    if (this.#reach === undefined) return [-Infinity, Infinity];
    const { min, max } = this.#reach;
    const [least, most] = [axisOf(min, axis), axisOf(max, axis)];
    return this.#isKnown[axis] ? [least, most] : [least - most, most - least];
  }
}

/** Their parameters are not a place to go to. */
const PLACELESS: ReadonlySet<string> = new Set(['G4', 'G10', 'G29', 'G53', 'G92']);

function axisOf(position: MachinePosition, axis: number): number {
  return [position.xMm, position.yMm, position.zMm][axis] ?? 0;
}
