import type { Contour, Point } from '#contract/sheet-layout.ts';
import { distance, signedArea } from './offsets.ts';

/** A straight or circular stretch that begins where the stretch before it ends. */
export type Stretch = { to: Point; lengthMm: number; arc?: { centre: Point; isClockwise: boolean } };

/** The way of the cutter's centre, closed: the last stretch ends at `start`. */
export type ToolPath = { start: Point; stretches: Stretch[]; lengthMm: number };

/** An arc is put for chords when every vertex is this near to it ... */
const VERTEX_TOLERANCE_MM = 0.003;
/** ... and no chord is further from it, so that a coarse polygon is cut as the polygon it is. */
const CHORD_TOLERANCE_MM = 0.012;
/** Where the arc bulges away from the part, it only gives back the curve that the design's chords stand for. */
export const AWAY_FROM_PART_MM = 0.06;
/** Smaller arcs lose their radius in the last digit written. */
const MIN_RADIUS_MM = 0.2;
const MAX_RADIUS_MM = 2_000;
/** Arcs stay below a half turn, where centre and end are well conditioned. */
const MAX_SWEEP_RAD = (170 * Math.PI) / 180;
/** A start in the middle of an edge this long leaves no mark at a corner. */
const LONG_EDGE_MM = 5;

/**
 * A closed path through the contour's points, with arcs where its points lie on one; it starts amid the longest edge.
 * `outwardMm` is how far an arc may bulge out of the contour.
 */
export function toolPathOf(contour: Contour, outwardMm = CHORD_TOLERANCE_MM): ToolPath {
  const points = fromLongestEdge(contour);
  const way = Math.sign(signedArea(contour));
  const stretches: Stretch[] = [];
  let at = 0;
  while (at < points.length - 1) {
    const arc = longestArc(points, at, (turn) => (Math.sign(turn) === way ? outwardMm : CHORD_TOLERANCE_MM));
    const from = points[at] as Point;
    if (arc === undefined) {
      at += 1;
      const to = points[at] as Point;
      stretches.push({ to, lengthMm: distance(from, to) });
    } else {
      at = arc.end;
      const { centre, isClockwise, lengthMm } = arc;
      stretches.push({ to: points[at] as Point, lengthMm, arc: { centre, isClockwise } });
    }
  }
  const lengthMm = stretches.reduce((sum, stretch) => sum + stretch.lengthMm, 0);
  return { start: points[0] as Point, stretches, lengthMm };
}

/** The contour as an open list that ends where it starts. */
function fromLongestEdge(contour: Contour): Contour {
  let longest = 0;
  let edge = 0;
  for (const [index, point] of contour.entries()) {
    const length = distance(point, contour[(index + 1) % contour.length] as Point);
    if (length > longest + 1e-6) [longest, edge] = [length, index];
  }
  const [a, b] = [contour[edge] as Point, contour[(edge + 1) % contour.length] as Point];
  const rest = [...contour.slice(edge + 1), ...contour.slice(0, edge + 1)];
  if (longest < LONG_EDGE_MM) return [...rest, rest[0] as Point];
  const middle: Point = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
  return [middle, ...rest, middle];
}

type FittedArc = { end: number; centre: Point; isClockwise: boolean; lengthMm: number };

function longestArc(
  points: Contour,
  start: number,
  allowedMm: (turn: number) => number,
): FittedArc | undefined {
  let best: FittedArc | undefined;
  for (let end = start + 3; end < points.length; end++) {
    const arc = arcThrough(points, start, end, allowedMm);
    if (arc === undefined) break;
    best = arc;
  }
  return best;
}

function arcThrough(
  points: Contour,
  start: number,
  end: number,
  allowedMm: (turn: number) => number,
): FittedArc | undefined {
  const [a, c] = [points[start] as Point, points[end] as Point];
  const centre = circumcentre(a, points[(start + end) >> 1] as Point, c);
  if (centre === undefined) return;
  const radius = distance(centre, a);
  if (radius < MIN_RADIUS_MM || radius > MAX_RADIUS_MM) return;
  let sweep = 0;
  for (let index = start; index < end; index++) {
    const [from, to] = [points[index] as Point, points[index + 1] as Point];
    if (Math.abs(distance(centre, to) - radius) > VERTEX_TOLERANCE_MM) return;
    const turn = angleBetween(centre, from, to);
    if (sweep !== 0 && turn > 0 !== sweep > 0) return;
    if (radius * (1 - Math.cos(turn / 2)) > allowedMm(turn)) return;
    sweep += turn;
  }
  if (Math.abs(sweep) > MAX_SWEEP_RAD) return;
  return { end, centre, isClockwise: sweep < 0, lengthMm: Math.abs(sweep) * radius };
}

function circumcentre(a: Point, b: Point, c: Point): Point | undefined {
  const [bx, by, cx, cy] = [b[0] - a[0], b[1] - a[1], c[0] - a[0], c[1] - a[1]];
  const d = 2 * (bx * cy - by * cx);
  if (Math.abs(d) < 1e-12) return;
  const [b2, c2] = [bx * bx + by * by, cx * cx + cy * cy];
  return [a[0] + (cy * b2 - by * c2) / d, a[1] + (bx * c2 - cx * b2) / d];
}

function angleBetween(centre: Point, from: Point, to: Point): number {
  const [ux, uy, vx, vy] = [from[0] - centre[0], from[1] - centre[1], to[0] - centre[0], to[1] - centre[1]];
  return Math.atan2(ux * vy - uy * vx, ux * vx + uy * vy);
}

/** A stretch and how far along the path it ends. */
export type Step = Stretch & { atMm: number };

/**
 * The stretches from `fromMm` to `toMm` along the path, lap after lap, divided at `breaksMm` (rising). Both ends count from the
 * start of the path and may be any number of laps away.
 */
export function* walk(
  path: ToolPath,
  fromMm: number,
  toMm: number,
  breaksMm: readonly number[],
): Generator<Step> {
  let next = breaksMm.findIndex((at) => at > fromMm);
  if (next < 0) next = breaksMm.length;
  for (const { from, stretch, beginMm } of laps(path, fromMm, toMm)) {
    const lastMm = Math.min(beginMm + stretch.lengthMm, toMm);
    while ((breaksMm[next] ?? Infinity) < lastMm - 1e-9) {
      const atMm = breaksMm[next] as number;
      if (atMm > fromMm) yield part(from, stretch, atMm - beginMm, atMm);
      next += 1;
    }
    if (lastMm > fromMm && lastMm > beginMm) yield part(from, stretch, lastMm - beginMm, lastMm);
  }
}

/** The stretches that begin before `toMm`, with where they begin, from the lap in which `fromMm` lies. */
function* laps(
  path: ToolPath,
  fromMm: number,
  toMm: number,
): Generator<{ from: Point; stretch: Stretch; beginMm: number }> {
  let beginMm = Math.floor(fromMm / path.lengthMm) * path.lengthMm;
  let from = path.start;
  while (beginMm < toMm) {
    for (const stretch of path.stretches) {
      if (beginMm >= toMm) return;
      yield { from, stretch, beginMm };
      beginMm += stretch.lengthMm;
      from = stretch.to;
    }
  }
}

function part(from: Point, stretch: Stretch, alongMm: number, atMm: number): Step {
  const share = stretch.lengthMm === 0 ? 1 : Math.min(1, alongMm / stretch.lengthMm);
  const to = share > 1 - 1e-12 ? stretch.to : pointOn(from, stretch, share);
  return { ...stretch, to, lengthMm: alongMm, atMm };
}

function pointOn(from: Point, stretch: Stretch, share: number): Point {
  if (stretch.arc === undefined) {
    return [from[0] + (stretch.to[0] - from[0]) * share, from[1] + (stretch.to[1] - from[1]) * share];
  }
  const { centre } = stretch.arc;
  const angle = angleBetween(centre, from, stretch.to) * share;
  const [dx, dy] = [from[0] - centre[0], from[1] - centre[1]];
  return [
    centre[0] + dx * Math.cos(angle) - dy * Math.sin(angle),
    centre[1] + dx * Math.sin(angle) + dy * Math.cos(angle),
  ];
}
