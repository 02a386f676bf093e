import type { Point } from '#contract/sheet-layout.ts';
import type { Stretch } from './tool-path.ts';

const DECIMALS = 4;
/** Shorter arcs are chords: their ends, rounded, no longer determine a direction. */
const SHORTEST_ARC_MM = 0.05;
const SMALLEST_RADIUS_MM = 0.2;
/** Room for the tool to come down fast without touching the face. */
const APPROACH_MM = 1;
/** GRBL's line buffer holds 80 characters. */
const MAX_COMMENT = 60;

/** Writes moves in GRBL's dialect: one motion a line, absolute millimetres, arcs by I and J, no word without need. */
export class GcodeWriter {
  readonly lines: string[] = [];
  #x: number | undefined;
  #y: number | undefined;
  #z: number | undefined;
  #feed: number | undefined;
  readonly #safeZMm: number;

  constructor(safeZMm: number) {
    this.#safeZMm = safeZMm;
  }

  get at(): Point {
    return [this.#x ?? 0, this.#y ?? 0];
  }

  put(line: string): void {
    this.lines.push(line);
  }

  comment(text: string): void {
    this.put(
      `(${text
        .normalize('NFKD')
        .replace(/[^A-Za-z0-9 .,:_-]/g, '')
        .slice(0, MAX_COMMENT)})`,
    );
  }

  /** Up to the only height at which the tool may cross the sheet. */
  retract(): void {
    if (this.#z === this.#safeZMm) return;
    this.#z = this.#safeZMm;
    this.put(`G0 Z${number(this.#z)}`);
  }

  /** Across at the safe height, then down to just above the face. */
  approach([x, y]: Point): void {
    this.retract();
    [this.#x, this.#y] = [rounded(x), rounded(y)];
    this.put(`G0 X${number(this.#x)} Y${number(this.#y)}`);
    this.#z = Math.min(APPROACH_MM, this.#safeZMm);
    this.put(`G0 Z${number(this.#z)}`);
  }

  /** Straight down (or up) in the air or at the surface. */
  sink(z: number, feedMmPerMin: number): void {
    const to = rounded(z);
    if (to === this.#z) return;
    this.#z = to;
    this.put(`G1 Z${number(to)}${this.#feedWord(feedMmPerMin)}`);
  }

  cut(stretch: Pick<Stretch, 'to' | 'arc'>, z: number, feedMmPerMin: number): void {
    const [fromX, fromY] = this.at;
    const [x, y, height] = [rounded(stretch.to[0]), rounded(stretch.to[1]), rounded(z)];
    const isStill = x === fromX && y === fromY;
    if (isStill && height === this.#z) return;
    const words = [
      ...(x === fromX ? [] : [`X${number(x)}`]),
      ...(y === fromY ? [] : [`Y${number(y)}`]),
      ...(height === this.#z ? [] : [`Z${number(height)}`]),
    ];
    const arc = isStill ? undefined : this.#arcWords(stretch, x, y);
    [this.#x, this.#y, this.#z] = [x, y, height];
    const motion = arc === undefined ? 'G1' : arc.motion;
    this.put(`${motion} ${[...words, ...(arc?.words ?? [])].join(' ')}${this.#feedWord(feedMmPerMin)}`);
  }

  #arcWords(
    stretch: Pick<Stretch, 'arc'>,
    x: number,
    y: number,
  ): { motion: string; words: string[] } | undefined {
    if (stretch.arc === undefined) return;
    const [fromX, fromY] = this.at;
    const { centre, isClockwise } = stretch.arc;
    const [i, j] = [rounded(centre[0] - fromX), rounded(centre[1] - fromY)];
    const radius = Math.hypot(i, j);
    if (radius < SMALLEST_RADIUS_MM || Math.hypot(x - fromX, y - fromY) < SHORTEST_ARC_MM) return;
    return { motion: isClockwise ? 'G2' : 'G3', words: [`I${number(i)}`, `J${number(j)}`] };
  }

  #feedWord(feedMmPerMin: number): string {
    if (feedMmPerMin === this.#feed) return '';
    this.#feed = feedMmPerMin;
    return ` F${number(feedMmPerMin)}`;
  }
}

function rounded(value: number): number {
  const result = Number(value.toFixed(DECIMALS));
  return result === 0 ? 0 : result;
}

function number(value: number): string {
  return String(rounded(value));
}
