import { Clipper, FillRule, type Path64, type Paths64 } from 'clipper2-ts';
import { convexPieces } from './convex-pieces.ts';

/** A kind of part at one rotation, as the nester sees it: its outer outline in whole units. */
export type Shape = { kind: number; rotationDeg: number; outer: Path64 };

/**
 * The places of a moving shape's origin at which it would overlap a shape that stands at the origin. They are computed once for
 * each pair of kinds and each angle between them; quarter turns of a pair, and the pair the other way round, follow from it.
 * Enclosed openings are filled: a part is never put where it could not be slid in, and the slivers that integer rounding
 * leaves in such unions cannot be mistaken for places.
 */
export class NoFitPolygons {
  readonly #known = new Map<string, Paths64>();

  between(standing: Shape, moving: Shape): Paths64 {
    const key = keyOf(standing, moving);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const quarters = quartersOf(standing.rotationDeg);
    const [still, other] = [turned(standing, -quarters), turned(moving, -quarters)];
    const made = this.#upright(still, other);
    const result = made.map((path) => quarterTurned(path, quarters));
    this.#known.set(key, result);
    return result;
  }

  /** For a standing shape that is turned by less than a quarter. */
  #upright(standing: Shape, moving: Shape): Paths64 {
    const key = keyOf(standing, moving);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const made = overlapPlaces(standing.outer, moving.outer);
    this.#known.set(key, made);
    const quarters = quartersOf(moving.rotationDeg);
    const opposite = made.map((path) => quarterTurned(mirrored(path), -quarters));
    this.#known.set(keyOf(turned(moving, -quarters), turned(standing, -quarters)), opposite);
    return made;
  }
}

function keyOf(standing: Shape, moving: Shape): string {
  return `${standing.kind} ${standing.rotationDeg} ${moving.kind} ${moving.rotationDeg}`;
}

/** Whole quarter turns in an angle from 0 to below 360. */
export function quartersOf(rotationDeg: number): number {
  return Math.floor(rotationDeg / 90);
}

function turned(shape: Shape, quarters: number): Shape {
  const rotationDeg = (shape.rotationDeg + quarters * 90 + 360) % 360;
  return { kind: shape.kind, rotationDeg, outer: quarterTurned(shape.outer, quarters) };
}

/** Turned counter-clockwise about the origin, exactly. */
export function quarterTurned(path: Path64, quarters: number): Path64 {
  const times = ((quarters % 4) + 4) % 4;
  if (times === 0) return path;
  if (times === 1) return path.map(({ x, y }) => ({ x: -y, y: x }));
  if (times === 2) return mirrored(path);
  return path.map(({ x, y }) => ({ x: y, y: -x }));
}

/** Seen from the other shape every place is the opposite one; a half turn keeps the direction of the path. */
function mirrored(path: Path64): Path64 {
  return path.map(({ x, y }) => ({ x: -x, y: -y }));
}

/** The union of the sums of convex pieces; of every pair of edges where an outline has no such pieces. */
function overlapPlaces(standing: Path64, moving: Path64): Paths64 {
  const still = convexPieces(standing);
  const other = convexPieces(moving);
  if (still === undefined || other === undefined) {
    return outlinesOf(Clipper.minkowskiDiff(moving, standing, true));
  }
  const opposite = other.map(mirrored);
  // In two steps: a union costs more than its edges, and the sums with one piece lie upon each other.
  const sums = still.flatMap((a) => {
    const ofPiece = opposite.map((b) => convexSum(a, b));
    return ofPiece.length === 1 ? ofPiece : outlinesOf(Clipper.union(ofPiece, FillRule.NonZero));
  });
  return sums.length === 1 ? sums : outlinesOf(Clipper.union(sums, FillRule.NonZero));
}

/** The outer contours of a union; two of them never overlap. */
function outlinesOf(sum: Paths64): Paths64 {
  return sum.filter((path) => Clipper.area(path) > 0);
}

/** The Minkowski sum of convex outlines: their edges in the order of their directions. */
function convexSum(a: Path64, b: Path64): Path64 {
  const [p, q] = [fromLowest(a), fromLowest(b)];
  const sum: Path64 = [];
  let [i, j] = [0, 0];
  while (i < p.length || j < q.length) {
    const [from, other] = [p[i % p.length], q[j % q.length]];
    const [to, next] = [p[(i + 1) % p.length], q[(j + 1) % q.length]];
    if (from === undefined || other === undefined || to === undefined || next === undefined) break;
    sum.push({ x: from.x + other.x, y: from.y + other.y });
    const turn = (to.x - from.x) * (next.y - other.y) - (to.y - from.y) * (next.x - other.x);
    const takesFirst = j >= q.length || (i < p.length && turn >= 0);
    const takesSecond = i >= p.length || (j < q.length && turn <= 0);
    if (takesFirst) i += 1;
    if (takesSecond) j += 1;
  }
  return sum;
}

/** Begun at the lowest point, of those the leftmost: there the directions of a convex outline begin to rise. */
function fromLowest(path: Path64): Path64 {
  let lowest = 0;
  for (const [index, point] of path.entries()) {
    const best = path[lowest] ?? point;
    if (point.y < best.y || (point.y === best.y && point.x < best.x)) lowest = index;
  }
  return [...path.slice(lowest), ...path.slice(0, lowest)];
}
