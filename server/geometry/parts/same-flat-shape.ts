import type { Contour, Point, SheetPart } from '#contract/sheet-layout.ts';
import type { CrossSection, Kernel } from '../kernel/manifold-kernel.ts';
import { boundsOf } from './plane-figures.ts';

/** Parts count as equal when what they do not share is thinner than this around their whole rim. */
const RIM_TOLERANCE_MM = 0.01;

function rimOf(contours: readonly Contour[]): number {
  return contours.reduce((sum, contour) => {
    const length = contour.reduce((along, [x, y], index) => {
      const [nextX, nextY] = contour[(index + 1) % contour.length] ?? [x, y];
      return along + Math.hypot(nextX - x, nextY - y);
    }, 0);
    return sum + length;
  }, 0);
}

function turned(contour: Contour, quarterTurns: number): Contour {
  let points = contour;
  for (let turn = 0; turn < quarterTurns; turn += 1) points = points.map(([x, y]): Point => [-y, x]);
  return points;
}

/** Outline with cutouts, and the recesses of each depth, turned and moved so that the lower left corner is at the origin. */
function layersOf(part: SheetPart, quarterTurns: number): Map<number, Contour[]> {
  const { minX, minY } = boundsOf([turned(part.outline, quarterTurns)]);
  const place = (contour: Contour): Contour =>
    turned(contour, quarterTurns).map(([x, y]): Point => [x - minX, y - minY]);
  const layers = new Map<number, Contour[]>([[0, [part.outline, ...part.cutouts].map(place)]]);
  for (const { contour, islands, depthMm } of part.pockets) {
    const layer = layers.get(depthMm) ?? [];
    layer.push(...[contour, ...islands].map(place));
    layers.set(depthMm, layer);
  }
  return layers;
}

function differs(kernel: Kernel, a: Contour[], b: Contour[]): boolean {
  const used: CrossSection[] = [];
  const keep = (section: CrossSection): CrossSection => {
    used.push(section);
    return section;
  };
  try {
    const [first, second] = [a, b].map((contours) =>
      keep(kernel.CrossSection.ofPolygons(contours, 'NonZero')),
    );
    if (first === undefined || second === undefined) return true;
    const apart = keep(first.subtract(second)).area() + keep(second.subtract(first)).area();
    return apart > RIM_TOLERANCE_MM * rimOf(a);
  } finally {
    for (const section of used) section.delete();
  }
}

/** True where one part lies exactly on the other after a quarter, half or three-quarter turn, or none; never mirrored. */
export function isSameFlatShape(kernel: Kernel, one: SheetPart, other: SheetPart): boolean {
  const wanted = layersOf(one, 0);
  return [0, 1, 2, 3].some((quarterTurns) => {
    const layers = layersOf(other, quarterTurns);
    if (layers.size !== wanted.size) return false;
    return [...wanted].every(([depth, contours]) => {
      const found = layers.get(depth);
      return found !== undefined && !differs(kernel, contours, found);
    });
  });
}
