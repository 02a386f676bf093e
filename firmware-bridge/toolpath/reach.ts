import type { Contour, Point } from '#contract/sheet-layout.ts';
import { COARSE_ARC_MM, grow, intersect, subtract, sweep, unite } from './offsets.ts';
import { boneOf, type SharpCorner } from './relieve-corners.ts';

/** Material that stays in a place thinner than twice this is a burr, not a feature that was missed. */
const UNREACHED_MM = 0.1;
/** Finest and coarsest cutter that a refusal names. */
const FINEST_MM = 0.5;
const SEARCH_STEPS = 9;
/** Points that approximate a corner's own circle. */
const CIRCLE_POINTS = 24;

/**
 * Whether a round cutter leaves part of an area standing, apart from the fillets in its sharp corners. `area` is what should be
 * cleared, `centres` where the cutter's centre goes.
 */
export function leavesUnreached(
  area: readonly Contour[],
  centres: readonly Contour[],
  radiusMm: number,
  corners: readonly SharpCorner[],
): boolean {
  const reached = unite(
    grow(centres, radiusMm, COARSE_ARC_MM),
    corners.flatMap((corner) => fillet(corner, radiusMm)),
  );
  return grow(subtract(area, reached), -UNREACHED_MM, COARSE_ARC_MM).length > 0;
}

/** Everything that a corner may keep (or, relieved, loses) beside the plain path. */
function fillet(corner: SharpCorner, radiusMm: number): Contour[] {
  const { turnAt, boneAt } = boneOf(corner, radiusMm);
  return [...sweep([boneAt, turnAt], radiusMm), circle(corner.at, radiusMm / corner.sinHalf)];
}

function circle([x, y]: Point, radiusMm: number): Contour {
  return Array.from({ length: CIRCLE_POINTS }, (_, index): Point => {
    const angle = (2 * Math.PI * index) / CIRCLE_POINTS;
    return [x + radiusMm * Math.cos(angle), y + radiusMm * Math.sin(angle)];
  });
}

/** Diameter of the widest cutter that passes `fits`, to a few hundredths, or 0 when even the finest does not. */
export function widestCutterMm(fits: (radiusMm: number) => boolean, atMostMm: number): number {
  if (!fits(FINEST_MM / 2)) return 0;
  let [small, large] = [FINEST_MM, atMostMm];
  for (let step = 0; step < SEARCH_STEPS; step++) {
    const middle = (small + large) / 2;
    if (fits(middle / 2)) small = middle;
    else large = middle;
  }
  return Math.floor(small * 10) / 10;
}

/** Whether two outlines are closer to each other than a cutter of this diameter is wide. */
export function areCloserThan(a: Contour, b: Contour, diameterMm: number): boolean {
  return intersect(grow([a], diameterMm, COARSE_ARC_MM), [b]).length > 0;
}
