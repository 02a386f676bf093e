import type { Contour, Point, SheetPart } from '#contract/sheet-layout.ts';
import type { CrossSection, Kernel } from '../kernel/manifold-kernel.ts';
import { fitArcs, type Piece, turnAt } from './fit-arcs.ts';
import { boundsOf } from './plane-figures.ts';

export interface Openings {
  /** 0 where an inside corner is sharp. */
  readonly innerRadiusMm: number;
  readonly narrowestOpeningMm: number;
}

/** Radii and widths beyond this do not restrict any cutter. */
export const UNRESTRICTED_MM = 100;

/** A corner that turns less than this is a curve or a bend that any cutter follows. */
const SHARP_TURN_RAD = (26 * Math.PI) / 180;

/** Radii of cutters from the finest to the widest in use, doubling. */
const SEARCHED_RADII_MM = [0.75, 1.5, 3, 6, 12.5];

/** Chords of a full turn in offsets: their error is far below the corners that are left out of account. */
const OFFSET_SEGMENTS = 16;

/** Halvings between two radii: the width is then known to a twentieth of a millimetre. */
const SEARCH_STEPS = 6;

/**
 * Rounding off the corner of an angle of 60° or more leaves at most 0.9 × r²; a passage that is too narrow leaves
 * much more, since it is longer than it is wide.
 */
const LOST_CORNER_SHARE = 1.2;

interface Joint {
  readonly at: Point;
  readonly into: Point;
  readonly out: Point;
}

/** Where two pieces of an outline meet, with the directions before and after. */
function jointsOf(start: Point, pieces: readonly Piece[]): Joint[] {
  let from = start;
  const directions = pieces.map((piece) => {
    const [out, into] =
      piece.kind === 'line' ? [along(from, piece.to), along(from, piece.to)] : tangents(from, piece);
    from = piece.to;
    return { out, into, to: piece.to };
  });
  return directions.flatMap(({ into, to }, index) => {
    const next = directions[(index + 1) % directions.length];
    return next === undefined ? [] : [{ at: to, into, out: next.out }];
  });
}

/** Smallest radius of the corners on one side of the outline: 1 for those that turn left, -1 for those that turn right. */
function innerRadiusOf(contour: Contour, isCorner: (point: Point) => boolean, side: 1 | -1): number {
  const fitted = fitArcs(contour);
  if (fitted.kind === 'circle')
    return (fitted.isClockwise ? -1 : 1) === side ? fitted.radius : UNRESTRICTED_MM;
  const isSharp = jointsOf(fitted.start, fitted.pieces).some(({ at, into, out }) => {
    const turn = turnAt([0, 0], into, [into[0] + out[0], into[1] + out[1]]);
    return turn * side > SHARP_TURN_RAD && isCorner(at);
  });
  if (isSharp) return 0;
  let [smallest, from] = [UNRESTRICTED_MM, fitted.start];
  for (const piece of fitted.pieces) {
    const isInner =
      piece.kind === 'arc' && Math.sign(piece.sweep) === side && isCorner(middleOf(from, piece));
    if (isInner) smallest = Math.min(smallest, piece.radius);
    from = piece.to;
  }
  return smallest;
}

type Arc = { to: Point; centre: Point; radius: number; sweep: number };

function along(from: Point, to: Point): Point {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]) || 1;
  return [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
}

function tangents(from: Point, { to, centre, radius, sweep }: Arc): [Point, Point] {
  const sign = Math.sign(sweep) / radius;
  const at = ([x, y]: Point): Point => [-(y - centre[1]) * sign, (x - centre[0]) * sign];
  return [at(from), at(to)];
}

function middleOf(from: Point, { centre, sweep }: Arc): Point {
  const [x, y] = [from[0] - centre[0], from[1] - centre[1]];
  const [cos, sin] = [Math.cos(sweep / 2), Math.sin(sweep / 2)];
  return [centre[0] + x * cos - y * sin, centre[1] + x * sin + y * cos];
}

function distanceToContour([x, y]: Point, contour: Contour): number {
  let nearest = Infinity;
  for (const [index, [ax, ay]] of contour.entries()) {
    const [bx, by] = contour[(index + 1) % contour.length] ?? [ax, ay];
    const [dx, dy] = [bx - ax, by - ay];
    const share = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
    const [awayX, awayY] = [x - ax - share * dx, y - ay - share * dy];
    nearest = Math.min(nearest, awayX * awayX + awayY * awayY);
  }
  return Math.sqrt(nearest);
}

function smallestInnerRadius(part: SheetPart): number {
  const radii = [part.outline, ...part.cutouts].map((contour) => innerRadiusOf(contour, () => true, -1));
  for (const { contour, islands } of part.pockets) {
    const openEdges = [part.outline, ...part.cutouts];
    // Where a recess runs out over the rim the cutter runs out with it: no corner there.
    const isInside = (point: Point): boolean =>
      openEdges.every((edge) => distanceToContour(point, edge) > 0.01);
    radii.push(
      innerRadiusOf(contour, isInside, 1),
      ...islands.map((island) => innerRadiusOf(island, isInside, 1)),
    );
  }
  return Math.min(UNRESTRICTED_MM, ...radii);
}

/** True where a disc of this radius enters the opening and reaches every place of it, corners aside. */
function isPassable(opening: CrossSection, radiusMm: number): boolean {
  const shrunk = opening.offset(-radiusMm, 'Round', 2, OFFSET_SEGMENTS);
  const reached = shrunk.offset(radiusMm + 0.002, 'Round', 2, OFFSET_SEGMENTS);
  const lost = opening.subtract(reached);
  const sections = [shrunk, reached, lost];
  try {
    if (shrunk.isEmpty()) return false;
    const allowedMm2 = LOST_CORNER_SHARE * radiusMm * radiusMm;
    if (lost.area() <= allowedMm2) return true;
    const pieces = lost.decompose();
    sections.push(...pieces);
    return pieces.every((piece) => piece.area() <= allowedMm2);
  } finally {
    for (const section of sections) section.delete();
  }
}

/** Half the width of the narrowest passage, where that is less than `limitMm`. */
function narrowestRadius(opening: CrossSection, limitMm: number): number {
  const radii = SEARCHED_RADII_MM.filter((radiusMm) => radiusMm < limitMm);
  const tooWide = [...radii, limitMm].find((radiusMm) => !isPassable(opening, radiusMm));
  if (tooWide === undefined) return limitMm;
  let good = radii.findLast((radiusMm) => radiusMm < tooWide) ?? 0;
  let bad = tooWide;
  for (let step = 0; step < SEARCH_STEPS; step += 1) {
    const middle = (good + bad) / 2;
    if (isPassable(opening, middle)) good = middle;
    else bad = middle;
  }
  return good;
}

/** Equal openings (a row of slots) are measured once, round holes by their circle. */
function narrowest(space: CrossSection): number {
  const openings = space.decompose();
  const measured = new Set<string>();
  let limitMm = Math.max(...SEARCHED_RADII_MM);
  for (const opening of openings.toSorted((a, b) => a.numVert() - b.numVert())) {
    const { min, max } = opening.bounds();
    const figure = [opening.area(), max[0] - min[0], max[1] - min[1]].map((value) => value.toFixed(2)).join();
    if (measured.has(figure)) continue;
    measured.add(figure);
    const contours = opening.toPolygons();
    const fitted = fitArcs(contours[0] ?? []);
    const isRound = contours.length === 1 && fitted.kind === 'circle';
    limitMm = isRound ? Math.min(limitMm, fitted.radius) : narrowestRadius(opening, limitMm);
  }
  for (const opening of openings) opening.delete();
  return limitMm >= Math.max(...SEARCHED_RADII_MM) ? UNRESTRICTED_MM : 2 * limitMm;
}

/** Everything that is taken away, seen from above: slots, holes, recesses, and the surroundings of the outline. */
function removedSpace(kernel: Kernel, part: SheetPart): CrossSection {
  const { CrossSection: Section } = kernel;
  const pad = 4 * Math.max(...SEARCHED_RADII_MM);
  const { minX, minY, maxX, maxY } = boundsOf([part.outline]);
  const frame: Contour = [
    [minX - pad, minY - pad],
    [maxX + pad, minY - pad],
    [maxX + pad, maxY + pad],
    [minX - pad, maxY + pad],
  ];
  const solid = Section.ofPolygons([part.outline, ...part.cutouts], 'NonZero');
  const recesses = part.pockets.map(({ contour, islands }) =>
    Section.ofPolygons([contour, ...islands], 'NonZero'),
  );
  const around = Section.ofPolygons([frame]);
  const empty = around.subtract(solid);
  const all = Section.union([empty, ...recesses]);
  for (const section of [solid, around, empty, ...recesses]) section.delete();
  return all;
}

/** What a cutter needs to make the part: the smallest radius of an inside corner, the width of the narrowest passage. */
export function measureOpenings(kernel: Kernel, part: SheetPart): Openings {
  const space = removedSpace(kernel, part);
  try {
    return {
      innerRadiusMm: Math.round(smallestInnerRadius(part) * 100) / 100,
      narrowestOpeningMm: Math.round(narrowest(space) * 10) / 10,
    };
  } finally {
    space.delete();
  }
}
