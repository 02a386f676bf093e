import type { Cutter } from './cutter.ts';
import type { Tab } from './place-tabs.ts';

/** A place along the path (millimetres, over all laps) and the depth there; straight in between. */
export type Knot = { atMm: number; z: number };

/** Gentle enough for a cutter whose centre does not cut. */
const RAMP_SLOPE = Math.tan((5 * Math.PI) / 180);
/** Small holes would take dozens of laps at the gentle slope; a helix in them may be this steep ... */
const HELIX_SLOPE = Math.tan((15 * Math.PI) / 180);
/** ... as long as a lap goes no deeper than this share of a pass. */
const HELIX_SHARE_OF_PASS = 0.5;
/** Levels are compared as they are written. */
const DECIMALS = 4;

/** Equal passes down to a depth (positive, below the top face), each a different number when written. */
export function levelsTo(depthMm: number, passDepthMm: number): number[] {
  const passes = Math.max(1, Math.ceil(depthMm / passDepthMm - 1e-6));
  return Array.from({ length: passes }, (_, pass) =>
    Number((-(depthMm * (pass + 1)) / passes).toFixed(DECIMALS)),
  );
}

/** How long the way down by `dropMm` is on a closed path of this length. */
export function rampLengthMm(dropMm: number, lapMm: number, cutter: Cutter): number {
  const helixDrop = Math.min(HELIX_SHARE_OF_PASS * cutter.passDepthMm, lapMm * HELIX_SLOPE);
  const dropPerLap = Math.max(lapMm * RAMP_SLOPE, helixDrop);
  return (dropMm / dropPerLap) * lapMm;
}

/** From the face through all levels without leaving the cut: a ramp to each level, then one whole lap at it. */
export function contourProfile(levels: readonly number[], lapMm: number, cutter: Cutter): Knot[] {
  const knots: Knot[] = [{ atMm: 0, z: 0 }];
  let [atMm, z] = [0, 0];
  for (const level of levels) {
    atMm += rampLengthMm(z - level, lapMm, cutter);
    knots.push({ atMm, z: level });
    atMm += lapMm;
    knots.push({ atMm, z: level });
    z = level;
  }
  return knots;
}

/** Lifts a profile over the tabs wherever it would cut into them. */
export function overTabs(
  knots: readonly Knot[],
  tabs: readonly Tab[],
  lapMm: number,
  bottomZ: number,
): Knot[] {
  const last = knots.at(-1)?.atMm ?? 0;
  const tabKnots = tabs.flatMap((tab) => tabLine(tab, lapMm, last, bottomZ));
  tabKnots.sort((a, b) => a.atMm - b.atMm);
  if (tabKnots.length === 0) return [...knots];
  const places = [...knots, ...tabKnots].map(({ atMm }) => atMm).filter((atMm) => atMm >= 0 && atMm <= last);
  const breaks = [...new Set(places)].sort((a, b) => a - b);
  const path = new Line(knots, 0);
  const over = new Line(tabKnots, bottomZ);
  const result: Knot[] = [];
  for (const [index, atMm] of breaks.entries()) {
    const before = breaks[index - 1];
    if (before !== undefined) result.push(...crossing(path, over, before, atMm));
    result.push({ atMm, z: Math.max(path.at(atMm), over.at(atMm)) });
  }
  return result;
}

/** The trapezoid of a tab in every lap. */
function tabLine(tab: Tab, lapMm: number, lastMm: number, bottomZ: number): Knot[] {
  const half = tab.topMm / 2;
  const knots: Knot[] = [];
  for (let lap = -lapMm; lap < lastMm + lapMm; lap += lapMm) {
    const centre = lap + tab.atMm;
    knots.push(
      { atMm: centre - half - tab.flankMm, z: bottomZ },
      { atMm: centre - half, z: tab.z },
      { atMm: centre + half, z: tab.z },
      { atMm: centre + half + tab.flankMm, z: bottomZ },
    );
  }
  return knots;
}

function crossing(path: Line, over: Line, fromMm: number, toMm: number): Knot[] {
  const startGap = path.at(fromMm) - over.at(fromMm);
  const endGap = path.at(toMm) - over.at(toMm);
  if (startGap * endGap >= 0) return [];
  const atMm = fromMm + ((toMm - fromMm) * startGap) / (startGap - endGap);
  return [{ atMm, z: path.at(atMm) }];
}

/** A line through knots, read from left to right. */
class Line {
  readonly #knots: readonly Knot[];
  readonly #otherwise: number;
  #index = 0;

  constructor(knots: readonly Knot[], otherwise: number) {
    this.#knots = knots;
    this.#otherwise = otherwise;
  }

  at(atMm: number): number {
    while (this.#index > 0 && (this.#knots[this.#index] as Knot).atMm > atMm) this.#index -= 1;
    while ((this.#knots[this.#index + 1]?.atMm ?? Infinity) < atMm) this.#index += 1;
    const [a, b] = [this.#knots[this.#index], this.#knots[this.#index + 1]];
    if (a === undefined || a.atMm > atMm) return this.#otherwise;
    if (b === undefined) return a.z;
    return b.atMm === a.atMm ? b.z : a.z + ((b.z - a.z) * (atMm - a.atMm)) / (b.atMm - a.atMm);
  }
}
