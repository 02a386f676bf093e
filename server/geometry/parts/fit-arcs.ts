import type { Point } from '#contract/sheet-layout.ts';

/** A piece of an outline, from the end of the piece before. */
export type Piece =
  | { kind: 'line'; to: Point }
  /** `sweep` in radians, positive where it runs counter-clockwise. */
  | { kind: 'arc'; to: Point; centre: Point; radius: number; sweep: number };

export type FittedOutline =
  | { kind: 'circle'; centre: Point; radius: number; isClockwise: boolean }
  | { kind: 'pieces'; start: Point; pieces: Piece[] };

/** How far a corner may lie from the circle through its neighbours: corners of curves are exact to the micrometre. */
const TOLERANCE_MM = 0.004;

/** Curves turn less than this at each corner (15 segments and more to a circle); a hexagon is meant as a hexagon. */
const MAX_TURN_RAD = (24.5 * Math.PI) / 180;

/** Three chords make an arc: two would fit any two edges. */
const MIN_CHORDS = 3;

/** An arc is cut in two before it comes near to a full turn, where its bulge grows without limit. */
const MAX_SWEEP_RAD = (300 * Math.PI) / 180;

const MAX_RADIUS_MM = 20_000;

interface Circle {
  readonly centre: Point;
  readonly radius: number;
}

function circleThrough(a: Point, b: Point, c: Point): Circle | undefined {
  const [bx, by, cx, cy] = [b[0] - a[0], b[1] - a[1], c[0] - a[0], c[1] - a[1]];
  const doubled = 2 * (bx * cy - by * cx);
  if (Math.abs(doubled) < 1e-9) return undefined;
  const bb = bx * bx + by * by;
  const cc = cx * cx + cy * cy;
  const x = (cy * bb - by * cc) / doubled;
  const y = (bx * cc - cx * bb) / doubled;
  const radius = Math.hypot(x, y);
  return radius > MAX_RADIUS_MM ? undefined : { centre: [a[0] + x, a[1] + y], radius };
}

function liesOn({ centre, radius }: Circle, [x, y]: Point): boolean {
  const [dx, dy] = [x - centre[0], y - centre[1]];
  return Math.abs(Math.sqrt(dx * dx + dy * dy) - radius) <= TOLERANCE_MM;
}

/** Angle by which the outline turns at `b`, in radians, positive to the left. */
export function turnAt(a: Point, b: Point, c: Point): number {
  const [ux, uy, vx, vy] = [b[0] - a[0], b[1] - a[1], c[0] - b[0], c[1] - b[1]];
  return Math.atan2(ux * vy - uy * vx, ux * vx + uy * vy);
}

/** Corners in a ring; an index may run on beyond the end. */
class Ring {
  readonly size: number;
  readonly #points: readonly Point[];
  readonly #turns: Float64Array;

  constructor(points: readonly Point[]) {
    this.#points = points;
    this.size = points.length;
    this.#turns = Float64Array.from(points, (_, index) =>
      turnAt(this.at(index - 1), this.at(index), this.at(index + 1)),
    );
  }

  at(index: number): Point {
    return this.#points[((index % this.size) + this.size) % this.size] ?? [0, 0];
  }

  turn(index: number): number {
    return this.#turns[((index % this.size) + this.size) % this.size] ?? 0;
  }
}

function wholeCircle(ring: Ring): FittedOutline | undefined {
  if (ring.size < 12) return undefined;
  const third = Math.floor(ring.size / 3);
  const circle = circleThrough(ring.at(0), ring.at(third), ring.at(2 * third));
  if (circle === undefined) return undefined;
  const direction = Math.sign(ring.turn(0));
  for (let index = 0; index < ring.size; index += 1) {
    const turn = ring.turn(index);
    if (Math.sign(turn) !== direction || Math.abs(turn) > MAX_TURN_RAD) return undefined;
    if (!liesOn(circle, ring.at(index))) return undefined;
  }
  return { kind: 'circle', ...circle, isClockwise: direction < 0 };
}

/** The arc from corner `from` to corner `to`, where all corners between lie on it. */
function arcBetween(ring: Ring, from: number, to: number): (Circle & { sweep: number }) | undefined {
  const circle = circleThrough(ring.at(from), ring.at(Math.floor((from + to) / 2)), ring.at(to));
  if (circle === undefined) return undefined;
  let sweep = 0;
  for (let index = from; index < to; index += 1) {
    if (!liesOn(circle, ring.at(index))) return undefined;
    const [ax, ay] = ring.at(index);
    const [bx, by] = ring.at(index + 1);
    sweep += turnAt([2 * circle.centre[0] - ax, 2 * circle.centre[1] - ay], circle.centre, [bx, by]);
  }
  return Math.abs(sweep) > MAX_SWEEP_RAD ? undefined : { ...circle, sweep };
}

function turnsOn(ring: Ring, index: number, direction: number): boolean {
  const turn = ring.turn(index);
  return Math.sign(turn) === direction && Math.abs(turn) <= MAX_TURN_RAD;
}

/** The longest arc that begins at a corner; none where fewer than three chords follow a circle. */
function longestArc(
  ring: Ring,
  from: number,
  last: number,
): { to: number; arc: Circle & { sweep: number } } | undefined {
  const direction = Math.sign(ring.turn(from + 1));
  let found: { to: number; arc: Circle & { sweep: number } } | undefined;
  for (let to = from + 2; to <= last && turnsOn(ring, to - 1, direction); to += 1) {
    if (to - from < MIN_CHORDS) continue;
    const arc = arcBetween(ring, from, to);
    if (arc === undefined) break;
    found = { to, arc };
  }
  return found;
}

/** A corner where no arc runs through: the sharpest, or the end of the longest edge where the outline is smooth. */
function startOf(ring: Ring): number {
  let [sharpest, longest] = [0, 0];
  let longestMm = 0;
  for (let index = 0; index < ring.size; index += 1) {
    const [ax, ay] = ring.at(index - 1);
    const [bx, by] = ring.at(index);
    const lengthMm = Math.hypot(bx - ax, by - ay);
    if (Math.abs(ring.turn(index)) > Math.abs(ring.turn(sharpest)) + 1e-6) sharpest = index;
    if (index > 0 && lengthMm <= longestMm + 1e-6) continue;
    [longest, longestMm] = [index, lengthMm];
  }
  return Math.abs(ring.turn(sharpest)) > MAX_TURN_RAD ? sharpest : longest;
}

/**
 * Finds the circles and arcs that a design's polygons stand for. JSCAD and manifold put the corners of a curve onto
 * the true curve, so the arc through them is more exact than the polygon.
 */
export function fitArcs(contour: readonly Point[]): FittedOutline {
  const ring = new Ring(contour);
  const whole = wholeCircle(ring);
  if (whole !== undefined) return whole;
  const start = startOf(ring);
  const last = start + ring.size;
  const pieces: Piece[] = [];
  let index = start;
  while (index < last) {
    const found = longestArc(ring, index, last);
    if (found === undefined) {
      pieces.push({ kind: 'line', to: ring.at(index + 1) });
      index += 1;
    } else {
      const { centre, radius, sweep } = found.arc;
      pieces.push({ kind: 'arc', to: ring.at(found.to), centre, radius, sweep });
      index = found.to;
    }
  }
  return { kind: 'pieces', start: ring.at(start), pieces };
}
