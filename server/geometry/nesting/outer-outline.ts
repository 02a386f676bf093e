import { Clipper, EndType, JoinType, type Path64, type Point64 } from 'clipper2-ts';
import type { Contour } from '#contract/sheet-layout.ts';

/** Whole units of the integer geometry in a millimetre: 10 µm is finer than any router places a sheet. */
export const UNITS_PER_MM = 100;
/** Covers the rounding to whole units of the outline, its offset and its place. */
const ROUNDING_MM = 0.02;
/** A right-angled corner stays a corner; sharper ones are cut square, still outside the round offset. */
const MITER_LIMIT = 2;
/** No-fit polygons cost the product of two vertex counts; above this an outline may grow by `MAX_GROWTH`. */
const ENOUGH_VERTICES = 20;
/** Share of an outline's area that it may gain to have fewer vertices. */
const MAX_GROWTH = 0.015;
/** Share of the area that a single vertex may cost even when there are few already. */
const FREE_GROWTH = 0.0001;

/**
 * An outline in whole units that encloses the contour grown by half the gap, with few vertices. It only ever grows: what keeps
 * clear of it keeps clear of the part.
 */
export function outerOutline(contour: Contour, gapMm: number): Path64 {
  const path = contour.map(([x, y]) => ({
    x: Math.round(x * UNITS_PER_MM),
    y: Math.round(y * UNITS_PER_MM),
  }));
  const delta = (gapMm / 2 + ROUNDING_MM) * UNITS_PER_MM;
  const grown = Clipper.inflatePaths([path], delta, JoinType.Miter, EndType.Polygon, MITER_LIMIT);
  const outer = grown.reduce((best, next) => (Clipper.area(next) > Clipper.area(best) ? next : best), path);
  const fewer = withFewerVertices(outer);
  const lost = Clipper.areaPaths(Clipper.difference([outer], [fewer], 1));
  return lost > UNITS_PER_MM ? outer : fewer;
}

type Step = { growth: number; at: number; replacement?: Point64 };

/** Greedy: takes away the vertex or the short edge that adds the least area, as long as the outline grows little. */
function withFewerVertices(outline: Path64): Path64 {
  const path = [...outline];
  const area = Clipper.area(path);
  let left = area * MAX_GROWTH;
  while (path.length > 4) {
    const step = cheapestStep(path);
    if (step === undefined || step.growth > left) break;
    if (path.length <= ENOUGH_VERTICES && step.growth > area * FREE_GROWTH) break;
    left -= step.growth;
    applyStep(path, step);
  }
  return path;
}

function applyStep(path: Path64, step: Step): void {
  if (step.replacement === undefined) {
    path.splice(step.at, 1);
    return;
  }
  path[step.at] = step.replacement;
  path.splice((step.at + 1) % path.length, 1);
}

function cheapestStep(path: Path64): Step | undefined {
  let best: Step | undefined;
  let before = path.at(-1);
  for (let at = 0; at < path.length; at++) {
    const here = path[at];
    const after = path[(at + 1) % path.length];
    const beyond = path[(at + 2) % path.length];
    if (before === undefined || here === undefined || after === undefined || beyond === undefined) break;
    const bend = cross(before, here, after);
    const step: Step | undefined =
      bend <= 0
        ? { growth: -bend / 2, at }
        : bend > 0
          ? pointedStep(before, here, after, beyond, at)
          : undefined;
    if (step !== undefined && (best === undefined || step.growth < best.growth)) best = step;
    before = here;
  }
  return best;
}

/** An edge between two convex corners gives way to the point where its neighbours meet. */
function pointedStep(
  before: Point64,
  here: Point64,
  after: Point64,
  beyond: Point64,
  at: number,
): Step | undefined {
  if (cross(here, after, beyond) <= 0) return;
  const [ux, uy] = [here.x - before.x, here.y - before.y];
  const [vx, vy] = [after.x - beyond.x, after.y - beyond.y];
  const turn = ux * vy - uy * vx;
  if (turn >= 0) return;
  const t = ((after.x - here.x) * vy - (after.y - here.y) * vx) / turn;
  if (t <= 0) return;
  const exact = { x: here.x + ux * t, y: here.y + uy * t };
  const growth = Math.abs(cross(here, exact, after)) / 2;
  return { growth, at, replacement: awayFrom(exact, here, after) };
}

/** Rounds outwards, so that the replacement never cuts into the edge it stands for. */
function awayFrom(point: Point64, here: Point64, after: Point64): Point64 {
  const [mx, my] = [(here.x + after.x) / 2, (here.y + after.y) / 2];
  return {
    x: point.x >= mx ? Math.ceil(point.x) : Math.floor(point.x),
    y: point.y >= my ? Math.ceil(point.y) : Math.floor(point.y),
  };
}

function cross(a: Point64, b: Point64, c: Point64): number {
  return (b.x - a.x) * (c.y - b.y) - (b.y - a.y) * (c.x - b.x);
}
