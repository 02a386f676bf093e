import { Clipper, EndType, FillRule, JoinType, type Paths64 } from 'clipper2-ts';
import type { Contour, Point } from '#contract/sheet-layout.ts';

/** Units of the integer geometry in a millimetre: a tenth of a micrometre, the last digit a program is written with. */
const UNITS_PER_MM = 10_000;
/** A round offset is a polygon within this distance of the true arc; arcs are fitted to it again later. */
const ARC_TOLERANCE_MM = 0.002;
/** Points nearer than this to the line between their neighbours say nothing that the machine could follow. */
const STRAIGHT_MM = 0.0015;
/** For questions of reach, where a hundredth of a millimetre decides nothing. */
export const COARSE_ARC_MM = 0.02;

function toUnits(contours: readonly Contour[]): Paths64 {
  return contours.map((contour) =>
    contour.map(([x, y]) => ({ x: Math.round(x * UNITS_PER_MM), y: Math.round(y * UNITS_PER_MM) })),
  );
}

function toMm(paths: Paths64): Contour[] {
  return paths.map((path) => path.map(({ x, y }): Point => [x / UNITS_PER_MM, y / UNITS_PER_MM]));
}

/** Contours moved outwards by `byMm` (inwards when negative), with rounded outer corners; what vanishes is left out. */
export function grow(
  contours: readonly Contour[],
  byMm: number,
  arcToleranceMm = ARC_TOLERANCE_MM,
): Contour[] {
  return offset(contours, byMm, JoinType.Round, arcToleranceMm);
}

/** The same with pointed corners. */
export function growPointed(contours: readonly Contour[], byMm: number): Contour[] {
  return offset(contours, byMm, JoinType.Miter, ARC_TOLERANCE_MM);
}

function offset(
  contours: readonly Contour[],
  byMm: number,
  join: JoinType,
  arcToleranceMm: number,
): Contour[] {
  const tolerance = arcToleranceMm * UNITS_PER_MM;
  const moved = Clipper.inflatePaths(
    toUnits(contours),
    byMm * UNITS_PER_MM,
    join,
    EndType.Polygon,
    2,
    tolerance,
  );
  const straight = Math.max(STRAIGHT_MM, arcToleranceMm / 4) * UNITS_PER_MM;
  return toMm(Clipper.simplifyPaths(moved, straight, true));
}

/** The area that an open path sweeps with a disc of this radius. */
export function sweep(path: readonly Point[], radiusMm: number, arcToleranceMm = COARSE_ARC_MM): Contour[] {
  const paths = toUnits([[...path]]);
  const tolerance = arcToleranceMm * UNITS_PER_MM;
  return toMm(
    Clipper.inflatePaths(paths, radiusMm * UNITS_PER_MM, JoinType.Round, EndType.Round, 2, tolerance),
  );
}

export function unite(a: readonly Contour[], b: readonly Contour[] = []): Contour[] {
  return toMm(Clipper.union(toUnits(a), toUnits(b), FillRule.NonZero));
}

export function subtract(from: readonly Contour[], what: readonly Contour[]): Contour[] {
  return toMm(Clipper.difference(toUnits(from), toUnits(what), FillRule.NonZero));
}

export function intersect(a: readonly Contour[], b: readonly Contour[]): Contour[] {
  return toMm(Clipper.intersect(toUnits(a), toUnits(b), FillRule.NonZero));
}

/** Positive for a counter-clockwise contour. */
export function signedArea(contour: readonly Point[]): number {
  let doubled = 0;
  let last = contour.at(-1);
  for (const point of contour) {
    if (last !== undefined) doubled += last[0] * point[1] - point[0] * last[1];
    last = point;
  }
  return doubled / 2;
}

/** The contour running the given way round. */
export function turning(contour: Contour, way: 'clockwise' | 'counter-clockwise'): Contour {
  return signedArea(contour) > 0 === (way === 'counter-clockwise') ? contour : [...contour].reverse();
}

export function distance(a: Point, b: Point): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}
