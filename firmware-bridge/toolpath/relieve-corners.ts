import type { Contour, Point } from '#contract/sheet-layout.ts';
import { distance, turning } from './offsets.ts';

/** A corner of an opening (or of a notch in an outline) that a round cutter cannot fill. */
export type SharpCorner = {
  at: Point;
  /** Unit vector from the corner into the open side, halving its angle. */
  inward: Point;
  /** Sine of half the open angle. */
  sinHalf: number;
};

/** Gentler corners are chords of a curve, which no square corner has to fit into. */
const MIN_TURN_RAD = (40 * Math.PI) / 180;
/** The bone of a corner sharper than this would reach further into the part than the cutter is wide. */
const MIN_SIN_HALF = Math.sin((15 * Math.PI) / 180);
/** How closely the offset path's own corner must agree with the computed one; else the cutter does not get there. */
const SAME_PLACE_MM = 0.01;

/** The corners of a contour whose open side is inside (an opening) or outside (an outline) of it. */
export function sharpCorners(contour: Contour, openSide: 'inside' | 'outside'): SharpCorner[] {
  const path = turning(contour, openSide === 'inside' ? 'counter-clockwise' : 'clockwise');
  const corners: SharpCorner[] = [];
  for (const [index, at] of path.entries()) {
    const before = unit(path.at(index - 1) as Point, at);
    const after = unit(at, path[(index + 1) % path.length] as Point);
    if (before === undefined || after === undefined) continue;
    const turn = Math.atan2(
      before[0] * after[1] - before[1] * after[0],
      before[0] * after[0] + before[1] * after[1],
    );
    if (turn < MIN_TURN_RAD) continue;
    const inward = unit([0, 0], [after[0] - before[0], after[1] - before[1]]);
    const sinHalf = Math.sin((Math.PI - turn) / 2);
    if (inward !== undefined && sinHalf >= MIN_SIN_HALF) corners.push({ at, inward, sinHalf });
  }
  return corners;
}

/** Where the cutter's centre goes: `turnAt` on the plain path, `boneAt` where its edge passes through the corner. */
export function boneOf(corner: SharpCorner, radiusMm: number): { turnAt: Point; boneAt: Point } {
  const along = (mm: number): Point => [
    corner.at[0] + corner.inward[0] * mm,
    corner.at[1] + corner.inward[1] * mm,
  ];
  return { turnAt: along(radiusMm / corner.sinHalf), boneAt: along(radiusMm) };
}

/**
 * Adds a dogbone at every corner that the offset path reaches: out along the half angle until the cutter touches the corner,
 * and back. A corner that the design relieves itself is no corner of the path any more, and stays as it is.
 */
export function relieve(
  path: Contour,
  corners: readonly SharpCorner[],
  radiusMm: number,
): { path: Contour; relieved: SharpCorner[] } {
  const relieved: SharpCorner[] = [];
  const result: Contour = [];
  const bones = corners.map((corner) => ({ corner, ...boneOf(corner, radiusMm) }));
  for (const point of path) {
    result.push(point);
    const bone = bones.find(({ turnAt }) => distance(turnAt, point) < SAME_PLACE_MM);
    if (bone === undefined || relieved.includes(bone.corner)) continue;
    result.push(bone.boneAt, point);
    relieved.push(bone.corner);
  }
  return { path: result, relieved };
}

function unit(from: Point, to: Point): Point | undefined {
  const length = distance(from, to);
  return length < 1e-9 ? undefined : [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
}
