import type { Cutter } from './cutter.ts';
import { contourProfile, type Knot, levelsTo, overTabs } from './depth-profile.ts';
import type { GcodeWriter } from './gcode-writer.ts';
import type { Tab } from './place-tabs.ts';
import { type ToolPath, walk } from './tool-path.ts';

/** On a shorter closed path a ramp is a drill with extra steps: the cutter goes straight down at its plunge feed. */
const DRILLED_BELOW_MM = 1;

/** One closed cut through the sheet, ready to be written wherever the order puts it. */
export type ContourCut = { path: ToolPath; depthMm: number; tabs: Tab[] };

/** Cuts down in ramps and passes along the path, over its tabs, and retracts. */
export function writeContour(writer: GcodeWriter, cut: ContourCut, cutter: Cutter): void {
  const { path, tabs, depthMm } = cut;
  const levels = levelsTo(depthMm, cutter.passDepthMm);
  writer.approach(path.start);
  if (path.lengthMm < DRILLED_BELOW_MM) drill(writer, path, levels, cutter);
  else {
    const profile = contourProfile(levels, path.lengthMm, cutter);
    follow(writer, path, overTabs(profile, tabs, path.lengthMm, -depthMm), cutter);
  }
  writer.retract();
}

function drill(writer: GcodeWriter, path: ToolPath, levels: readonly number[], cutter: Cutter): void {
  for (const level of levels) {
    writer.sink(level, cutter.plungeMmPerMin);
    for (const stretch of path.stretches) writer.cut(stretch, level, cutter.feedMmPerMin);
    writer.sink(0, cutter.feedMmPerMin);
  }
}

/** Follows a path at the depths of a profile; wherever it goes down, at the plunge feed. */
export function follow(writer: GcodeWriter, path: ToolPath, profile: readonly Knot[], cutter: Cutter): void {
  const first = profile[0];
  const last = profile.at(-1);
  if (first === undefined || last === undefined) return;
  writer.sink(first.z, cutter.plungeMmPerMin);
  let index = 0;
  for (const step of walk(
    path,
    first.atMm,
    last.atMm,
    profile.map(({ atMm }) => atMm),
  )) {
    while (index < profile.length - 2 && (profile[index + 1] as Knot).atMm < step.atMm - 1e-7) index += 1;
    const [from, to] = [profile[index] as Knot, profile[index + 1] as Knot];
    const run = to.atMm - from.atMm;
    const share = run < 1e-9 ? 1 : Math.min(1, (step.atMm - from.atMm) / run);
    const z = from.z + (to.z - from.z) * share;
    writer.cut(step, z, to.z < from.z - 1e-9 ? cutter.plungeMmPerMin : cutter.feedMmPerMin);
  }
}
