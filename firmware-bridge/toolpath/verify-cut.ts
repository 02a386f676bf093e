import type { Contour, PlacedPart, Pocket, Point, SheetLayout } from '#contract/sheet-layout.ts';
import type { Cutter } from './cutter.ts';
import type { Motion, Problem } from './interpret-program.ts';
import { SegmentGrid } from './segment-grid.ts';
import { isInside, type KeepOut, keepOutsOf } from './solid-at-depth.ts';

/** Deeper into a part than this is a gouge; twice what the arcs and digits of a good program come to. */
const GOUGE_MM = 0.02;
/** Material no thicker than this left beside the path is dust. */
const LEFT_MM = 0.05;
const SAMPLE_MM = 2.5;
/** A floor this much too high is still the floor. */
const DEPTH_MM = 0.02;
/** A tab may slope down this many times its height on each side. */
const TAB_SLOPE_RUN = 3;
/** A corner that the cutter cannot get to the end of keeps a fillet; along both its sides it is at most so many cutters long. */
const LONGEST_FILLET = 2;
/** Openings whose offcut is lighter fall out and need no tabs. */
const LIGHT_OFFCUT_MM2 = 5_000;
/** Fillets in a pocket's corners stay within this share of the radius from its walls. */
const FILLET_SHARE = 0.35;
/** One place that is wrong tells as much as a hundred. */
const MAX_GOUGES = 10;

/** Compares what the cutter sweeps with the parts: nothing of them is cut, all around them is, and tabs hold them. */
export function verifyCut(motions: readonly Motion[], layout: SheetLayout, cutter: Cutter): Problem[] {
  const cuts = motions.filter(({ from, to }) => Math.min(from[2], to[2]) < -1e-3);
  const floors = new Floors(cuts);
  return [
    ...gouges(cuts, layout, cutter),
    ...layout.placed.flatMap((placed) => [
      ...openings(floors, placed, cutter),
      ...outline(floors, placed, cutter),
      ...placed.part.pockets.flatMap((pocket) => pocketFloor(floors, placed, pocket, cutter)),
    ]),
  ];
}

/** The cuts that reach a depth, as a grid for each depth that is asked for. */
class Floors {
  readonly #cuts: readonly Motion[];
  readonly #grids = new Map<number, SegmentGrid<Motion>>();

  constructor(cuts: readonly Motion[]) {
    this.#cuts = cuts;
  }

  at(depthMm: number): SegmentGrid<Motion> {
    const known = this.#grids.get(depthMm);
    if (known !== undefined) return known;
    const grid = new SegmentGrid<Motion>();
    for (const cut of this.#cuts) {
      if (Math.max(cut.from[2], cut.to[2]) > -depthMm + DEPTH_MM) continue;
      grid.add([cut.from[0], cut.from[1]], [cut.to[0], cut.to[1]], cut);
    }
    this.#grids.set(depthMm, grid);
    return grid;
  }
}

type Owned = { placed: PlacedPart; keepOut: KeepOut; fromDepthMm: number };

function gouges(cuts: readonly Motion[], layout: SheetLayout, cutter: Cutter): Problem[] {
  const owned: Owned[] = [];
  const edges = new SegmentGrid<Owned>();
  for (const placed of layout.placed) {
    let fromDepthMm = -Infinity;
    for (const keepOut of keepOutsOf(placed, cutter.diameterMm / 2, GOUGE_MM)) {
      const item = { placed, keepOut, fromDepthMm };
      owned.push(item);
      fromDepthMm = keepOut.toDepthMm;
      for (const loop of keepOut.loops) addLoop(edges, loop, item);
    }
  }
  const problems: Problem[] = [];
  let before: Motion | undefined;
  for (const cut of cuts) {
    if (problems.length >= MAX_GOUGES) break;
    const hit = gougedBy(cut, before, owned, edges);
    before = cut;
    if (hit === undefined || problems.at(-1)?.line === cut.line) continue;
    const { part, copy } = hit.placed;
    problems.push({
      line: cut.line,
      code: 'gouge',
      sentence: `Line ${cut.line} cuts into ${part.name} copy ${copy}.`,
    });
  }
  return problems;
}

/** A cut that goes on where and as deep as the one before can only get into a part across its edge. */
function gougedBy(
  cut: Motion,
  before: Motion | undefined,
  owned: readonly Owned[],
  edges: SegmentGrid<Owned>,
): Owned | undefined {
  const depth = depthOf(cut);
  const counts = ({ keepOut, fromDepthMm }: Owned): boolean =>
    depth > fromDepthMm && depth <= keepOut.toDepthMm;
  const [a, b]: [Point, Point] = [
    [cut.from[0], cut.from[1]],
    [cut.to[0], cut.to[1]],
  ];
  const goesOn =
    before !== undefined &&
    Math.abs(depthOf(before) - depth) < 1e-6 &&
    before.to[0] === a[0] &&
    before.to[1] === a[1];
  const inside = goesOn ? undefined : owned.find((item) => counts(item) && isInside(item.keepOut, b));
  return inside ?? edges.crossing(a, b, counts);
}

function depthOf({ from, to }: Motion): number {
  return -Math.min(from[2], to[2]);
}

function addLoop(grid: SegmentGrid<Owned>, loop: Contour, item: Owned): void {
  let last = loop.at(-1) as Point;
  for (const next of loop) {
    grid.add(last, next, item);
    last = next;
  }
}

/** Lengths along a contour beside which the cutter never went through the whole thickness. */
function uncutRuns(floors: Floors, contour: Contour, depthMm: number, cutter: Cutter): number[] {
  const reach = cutter.diameterMm / 2 + LEFT_MM;
  const grid = floors.at(depthMm);
  const samples = samplesOf(contour);
  const isCut = samples.map(({ at }) => grid.isNear(at, reach));
  const firstCut = isCut.indexOf(true);
  if (firstCut < 0) return [samples.reduce((sum, { lengthMm }) => sum + lengthMm, 0)];
  const runs: number[] = [];
  let run = 0;
  for (let step = 1; step <= samples.length; step++) {
    const index = (firstCut + step) % samples.length;
    if (!isCut[index]) run += samples[index]?.lengthMm ?? 0;
    else if (run > 0) {
      runs.push(run);
      run = 0;
    }
  }
  return runs;
}

function samplesOf(contour: Contour): { at: Point; lengthMm: number }[] {
  const samples: { at: Point; lengthMm: number }[] = [];
  let last = contour.at(-1) as Point;
  for (const next of contour) {
    const length = Math.hypot(next[0] - last[0], next[1] - last[1]);
    const count = Math.max(1, Math.ceil(length / SAMPLE_MM));
    for (let index = 0; index < count; index++) {
      const share = (index + 0.5) / count;
      samples.push({
        at: [last[0] + (next[0] - last[0]) * share, last[1] + (next[1] - last[1]) * share],
        lengthMm: length / count,
      });
    }
    last = next;
  }
  return samples;
}

/** Longest uncut stretch that can be one tab or one fillet. */
function longestUncutMm({ tab, diameterMm, spoilMm }: Cutter): number {
  const filletMm = LONGEST_FILLET * diameterMm;
  if (tab === null) return filletMm;
  const tabMm = tab.widthMm + diameterMm + 2 * TAB_SLOPE_RUN * (tab.heightMm + spoilMm);
  return Math.max(tabMm, filletMm);
}

function openings(floors: Floors, { part, copy }: PlacedPart, cutter: Cutter): Problem[] {
  return part.cutouts.flatMap((cutout, index) => {
    const mayHaveTabs = Math.abs(areaOf(cutout)) > LIGHT_OFFCUT_MM2;
    const allowed = mayHaveTabs ? longestUncutMm(cutter) : LONGEST_FILLET * cutter.diameterMm;
    const longest = Math.max(0, ...uncutRuns(floors, cutout, part.thicknessMm, cutter));
    if (longest <= allowed) return [];
    return [notThrough(`Opening ${index + 1} of ${part.name} copy ${copy}`, longest)];
  });
}

function outline(floors: Floors, { part, copy }: PlacedPart, cutter: Cutter): Problem[] {
  const runs = uncutRuns(floors, part.outline, part.thicknessMm, cutter);
  const longest = Math.max(0, ...runs);
  const name = `${part.name} copy ${copy}`;
  if (longest > longestUncutMm(cutter)) return [notThrough(`The outline of ${name}`, longest)];
  const { tab } = cutter;
  if (tab === null || runs.some((run) => run >= tab.widthMm / 2)) return [];
  return [{ code: 'not-held', sentence: `${name} is cut free all around: no tab holds it.` }];
}

function notThrough(what: string, lengthMm: number): Problem {
  return {
    code: 'not-cut-through',
    sentence: `${what} is not cut through along ${Math.round(lengthMm)} mm.`,
  };
}

/** Points of the floor, away from the fillets, must have been under a cutter at the pocket's depth. */
function pocketFloor(floors: Floors, { part, copy }: PlacedPart, pocket: Pocket, cutter: Cutter): Problem[] {
  const radius = cutter.diameterMm / 2;
  const floor = floors.at(pocket.depthMm);
  const away = FILLET_SHARE * radius;
  const walls = new SegmentGrid<null>();
  const loops = [pocket.contour, ...pocket.islands];
  for (const loop of loops) {
    let last = loop.at(-1) as Point;
    for (const next of loop) {
      walls.add(last, next, null);
      last = next;
    }
  }
  const [xs, ys] = [pocket.contour.map(([x]) => x), pocket.contour.map(([, y]) => y)];
  const area: KeepOut = {
    toDepthMm: 0,
    loops,
    box: { min: [Math.min(...xs), Math.min(...ys)], max: [Math.max(...xs), Math.max(...ys)] },
  };
  for (let x = area.box.min[0] + away; x < area.box.max[0]; x += radius) {
    for (let y = area.box.min[1] + away; y < area.box.max[1]; y += radius) {
      if (!isInside(area, [x, y]) || walls.isNear([x, y], away)) continue;
      if (floor.isNear([x, y], radius + LEFT_MM)) continue;
      const place = `X${x.toFixed(1)} Y${y.toFixed(1)}`;
      return [
        {
          code: 'pocket-not-cleared',
          sentence: `A pocket of ${part.name} copy ${copy} is not cleared at ${place}.`,
        },
      ];
    }
  }
  return [];
}

function areaOf(contour: Contour): number {
  let doubled = 0;
  let last = contour.at(-1) as Point;
  for (const next of contour) {
    doubled += last[0] * next[1] - next[0] * last[1];
    last = next;
  }
  return doubled / 2;
}
