import type { Path } from './motion-planner.ts';

const FULL_TURN = 2 * Math.PI;
/** GRBL's limits on how far the end of an arc may lie off its circle: 0.5 mm, or 0.005 mm and 0.1 %. */
const RADIUS_ERROR_MM = 0.5;
const RADIUS_ERROR_FINE_MM = 0.005;
const RADIUS_ERROR_SHARE = 0.001;

/** Straight through X, Y, Z and whatever axes follow; those alone give the length when X, Y, Z stand still. */
export function straight(from: readonly number[], to: readonly number[]): Path {
  const [dx, dy, dz] = [delta(from, to, 0), delta(from, to, 1), delta(from, to, 2)];
  const mm = Math.hypot(dx, dy, dz);
  const lengthMm = mm > 0 ? mm : Math.abs(delta(from, to, 3));
  const direction = mm > 0 ? [dx / mm, dy / mm, dz / mm] : [0, 0, 0];
  return {
    from,
    to,
    lengthMm,
    startDirection: direction,
    endDirection: direction,
    at: (share) => between(from, to, share),
  };
}

export type ArcWords = {
  isClockwise: boolean;
  /** Indices of the plane's two axes: [0, 1] for G17. */
  plane: readonly [number, number];
  /** Centre relative to the start, in the plane's axes; or a radius. */
  offset?: readonly [number, number];
  radiusMm?: number;
};

/** A circular or helical arc, or the number of the GRBL error that forbids it (33: no such arc, 34: radius mismatch). */
export function arc(from: readonly number[], to: readonly number[], words: ArcWords): Path | 33 | 34 {
  const [p, q] = words.plane;
  const centre = centreOf(from, to, words);
  if (typeof centre === 'number') return centre;
  const [cx, cy] = centre;
  const [sx, sy] = [(from[p] ?? 0) - cx, (from[q] ?? 0) - cy];
  const [ex, ey] = [(to[p] ?? 0) - cx, (to[q] ?? 0) - cy];
  const radius = Math.hypot(sx, sy);
  const error = Math.abs(Math.hypot(ex, ey) - radius);
  if (error > RADIUS_ERROR_MM || (error > RADIUS_ERROR_FINE_MM && error > RADIUS_ERROR_SHARE * radius))
    return 33;
  const start = Math.atan2(sy, sx);
  const sweep = sweepOf(start, Math.atan2(ey, ex), words.isClockwise);
  const rise = Math.hypot(
    ...from.map((_, axis) => (axis === p || axis === q || axis > 2 ? 0 : delta(from, to, axis))),
  );
  const lengthMm = Math.hypot(radius * Math.abs(sweep), rise);
  const tangent = (angle: number): number[] => {
    const direction = [0, 0, 0];
    const turn = Math.sign(sweep);
    direction[p] = -Math.sin(angle) * turn;
    direction[q] = Math.cos(angle) * turn;
    return direction;
  };
  return {
    from,
    to,
    lengthMm,
    startDirection: tangent(start),
    endDirection: tangent(start + sweep),
    at: (share) => {
      if (share >= 1) return [...to];
      const at = between(from, to, share);
      at[p] = cx + radius * Math.cos(start + sweep * share);
      at[q] = cy + radius * Math.sin(start + sweep * share);
      return at;
    },
  };
}

/** Speed that an acceleration allows on an arc, mm/s; Infinity on a straight. */
export function arcSpeed(path: Path, words: ArcWords, accelerationMmPerS2: number): number {
  const [p, q] = words.plane;
  const centre = centreOf(path.from, path.to, words);
  if (typeof centre === 'number') return Infinity;
  return Math.sqrt(
    accelerationMmPerS2 * Math.hypot((path.from[p] ?? 0) - centre[0], (path.from[q] ?? 0) - centre[1]),
  );
}

function centreOf(
  from: readonly number[],
  to: readonly number[],
  words: ArcWords,
): readonly [number, number] | 33 | 34 {
  const [p, q] = words.plane;
  const [fx, fy] = [from[p] ?? 0, from[q] ?? 0];
  if (words.offset !== undefined) {
    if (Math.hypot(...words.offset) === 0) return 33;
    return [fx + words.offset[0], fy + words.offset[1]];
  }
  const radius = words.radiusMm ?? 0;
  const [dx, dy] = [delta(from, to, p), delta(from, to, q)];
  const chord = Math.hypot(dx, dy);
  if (chord === 0) return 33;
  const squared = 4 * radius * radius - chord * chord;
  if (squared < 0) return 34;
  const side = words.isClockwise === radius > 0 ? -1 : 1;
  const height = (side * Math.sqrt(squared)) / chord / 2;
  return [fx + dx / 2 - height * dy, fy + dy / 2 + height * dx];
}

/** A start equal to the end is a whole turn, never none. */
function sweepOf(start: number, end: number, isClockwise: boolean): number {
  let sweep = end - start;
  if (isClockwise) while (sweep >= -1e-7) sweep -= FULL_TURN;
  else while (sweep <= 1e-7) sweep += FULL_TURN;
  return sweep;
}

function between(from: readonly number[], to: readonly number[], share: number): number[] {
  return from.map((value, axis) => value + delta(from, to, axis) * share);
}

function delta(from: readonly number[], to: readonly number[], axis: number): number {
  return (to[axis] ?? 0) - (from[axis] ?? 0);
}
