import { Clipper, EndType, FillRule, JoinType, type Path64, type Paths64 } from 'clipper2-ts';
import type { Contour, PlacedPart, Point } from '#contract/sheet-layout.ts';

/** What must stay of a part down to a depth, as the area that the cutter's centre may not enter. */
export type KeepOut = { toDepthMm: number; loops: Contour[]; box: { min: Point; max: Point } };

const UNITS_PER_MM = 5_000;
/** Corners that turn by less are chords of a curve: nobody relieves them. */
const RELIEVED_FROM_RAD = (35 * Math.PI) / 180;
const DEPTH_TOLERANCE_MM = 0.02;
/** Half of what counts as a gouge: fewer corners to compare with. */
const ARC_TOLERANCE_MM = 0.01;

/**
 * For each depth at which a part changes: its area there, less the dogbones that a cutter of this radius may leave, grown by
 * the radius less the tolerance. The cutter's centre inside it means material cut that belongs to the part.
 */
export function keepOutsOf({ part }: PlacedPart, radiusMm: number, toleranceMm: number): KeepOut[] {
  const outline = oriented(part.outline, true);
  const cutouts = part.cutouts.map((cutout) => oriented(cutout, true));
  const bones = [
    ...reliefs(outline, false, radiusMm),
    ...cutouts.flatMap((cutout) => reliefs(cutout, true, radiusMm)),
  ];
  const body = Clipper.difference([outline], [...cutouts, ...bones], FillRule.NonZero);
  const depths = [...new Set(part.pockets.map(({ depthMm }) => depthMm))].sort((a, b) => a - b);
  return [...depths, Infinity].map((depth) => {
    const pockets = part.pockets.filter(({ depthMm }) => depthMm >= depth);
    const recesses = pockets.flatMap(({ contour, islands }) =>
      Clipper.difference(
        [oriented(contour, true)],
        islands.map((island) => oriented(island, true)),
        FillRule.NonZero,
      ),
    );
    const solid = recesses.length === 0 ? body : Clipper.difference(body, recesses, FillRule.NonZero);
    const grown = inflate(solid, radiusMm - toleranceMm, EndType.Polygon);
    const loops = grown.map((path) => path.map(({ x, y }): Point => [x / UNITS_PER_MM, y / UNITS_PER_MM]));
    return { toDepthMm: depth + DEPTH_TOLERANCE_MM, loops, box: boxOf(loops.flat()) };
  });
}

/** Even-odd over all loops of a keep-out. */
export function isInside({ loops, box }: KeepOut, [x, y]: Point): boolean {
  if (x < box.min[0] || x > box.max[0] || y < box.min[1] || y > box.max[1]) return false;
  let inside = false;
  for (const loop of loops) {
    let last = loop.at(-1) as Point;
    for (const next of loop) {
      const spans = next[1] > y !== last[1] > y;
      if (spans && x < ((last[0] - next[0]) * (y - next[1])) / (last[1] - next[1]) + next[0])
        inside = !inside;
      last = next;
    }
  }
  return inside;
}

function inflate(paths: Paths64, byMm: number, end: EndType): Paths64 {
  return Clipper.inflatePaths(
    paths,
    byMm * UNITS_PER_MM,
    JoinType.Round,
    end,
    2,
    ARC_TOLERANCE_MM * UNITS_PER_MM,
  );
}

function oriented(contour: Contour, isCounterClockwise: boolean): Path64 {
  const path = contour.map(([x, y]) => ({
    x: Math.round(x * UNITS_PER_MM),
    y: Math.round(y * UNITS_PER_MM),
  }));
  return Clipper.area(path) > 0 === isCounterClockwise ? path : path.reverse();
}

/** The area that the cutter sweeps when it goes from its plain path into a sharp corner. */
function reliefs(contour: Path64, isOpening: boolean, radiusMm: number): Paths64 {
  const path = isOpening ? contour : [...contour].reverse();
  const ways: Paths64 = [];
  for (const [index, here] of path.entries()) {
    const before = path.at(index - 1) ?? here;
    const after = path[(index + 1) % path.length] ?? here;
    const arrival = Math.atan2(here.y - before.y, here.x - before.x);
    const departure = Math.atan2(after.y - here.y, after.x - here.x);
    let turn = departure - arrival;
    while (turn > Math.PI) turn -= 2 * Math.PI;
    while (turn <= -Math.PI) turn += 2 * Math.PI;
    if (turn < RELIEVED_FROM_RAD) continue;
    const towards = departure + (Math.PI - turn) / 2;
    const radius = radiusMm * UNITS_PER_MM;
    const at = (length: number): { x: number; y: number } => ({
      x: Math.round(here.x + Math.cos(towards) * length),
      y: Math.round(here.y + Math.sin(towards) * length),
    });
    ways.push([at(radius), at(radius / Math.max(0.2, Math.cos(turn / 2)))]);
  }
  return ways.length === 0 ? [] : inflate(ways, radiusMm, EndType.Round);
}

function boxOf(points: readonly Point[]): { min: Point; max: Point } {
  const min: Point = [Infinity, Infinity];
  const max: Point = [-Infinity, -Infinity];
  for (const [x, y] of points) {
    min[0] = Math.min(min[0], x);
    min[1] = Math.min(min[1], y);
    max[0] = Math.max(max[0], x);
    max[1] = Math.max(max[1], y);
  }
  return { min, max };
}
