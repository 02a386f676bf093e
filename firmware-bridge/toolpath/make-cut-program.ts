import { readProgramPath, WORK } from '#contract/gcode-path.ts';
import type { PlacedPart, Point, SheetLayout } from '#contract/sheet-layout.ts';
import { checkBounds } from './check-bounds.ts';
import { writePocket } from './clear-pocket.ts';
import { writeContour } from './cut-contour.ts';
import type { CutProgram, CutSummary } from './cut-program.ts';
import type { Cutter, MachineEnvelope, MotionLimits, Refusal } from './cutter.ts';
import { PLANNER_CHORD_MM, secondsOfPath } from './estimate-seconds.ts';
import { type Outcome, openingCut, outlineCut, pocketCut } from './features.ts';
import { GcodeWriter } from './gcode-writer.ts';
import { distance } from './offsets.ts';
import { areCloserThan } from './reach.ts';
import { toolPathOf } from './tool-path.ts';

/** Seconds until a spindle has its speed. */
const SPIN_UP_SECONDS = 3;
/** A hobby router with belts or screws, for estimates where the machine has not told its own. */
const USUAL_MOTION: MotionLimits = {
  rapidMmPerMin: 5_000,
  accelerationMmPerS2: 500,
  junctionDeviationMm: 0.01,
};

/** A cut with its start, so that the nearest one can be written next. */
type Job = { start: Point; title: string; write(writer: GcodeWriter): void };
type Jobs = { pockets: Job[]; openings: Job[]; outlines: Job[] };

/**
 * Makes the program that cuts a nested sheet: zero at the sheet's lower left corner and on its top face. Pockets first, then
 * openings, then outlines, each time the nearest one next, so that a part is whole before it is cut free. A layout that this
 * cutter or machine cannot cut gives no lines but refusals, one for each feature.
 */
export function makeCutProgram(
  layout: SheetLayout,
  cutter: Cutter,
  machine: { envelope?: MachineEnvelope; motion?: MotionLimits } = {},
): CutProgram {
  const refusals = [...impossible(cutter), ...tooClose(layout, cutter)];
  const jobs: Jobs = { pockets: [], openings: [], outlines: [] };
  const summary: CutSummary = { parts: 0, contours: 0, pockets: 0, relievedCorners: 0, tabs: 0 };
  if (refusals.length === 0) {
    for (const placed of layout.placed) addPart(placed, cutter, { jobs, summary, refusals });
  }
  if (refusals.length > 0) return refused(refusals, summary);
  const program = assemble(layout, cutter, jobs, summary, machine.motion ?? USUAL_MOTION);
  const beyond = machine.envelope === undefined ? [] : checkBounds(program.bounds, machine.envelope);
  return beyond.length > 0 ? refused(beyond, summary) : program;
}

function refused(refusals: Refusal[], summary: CutSummary): CutProgram {
  const bounds = { min: [0, 0, 0], max: [0, 0, 0] } satisfies CutProgram['bounds'];
  return { lines: [], estimatedSeconds: 0, lengthMm: 0, bounds, summary, refusals };
}

function impossible(cutter: Cutter): Refusal[] {
  const positive = {
    diameterMm: cutter.diameterMm,
    feedMmPerMin: cutter.feedMmPerMin,
    plungeMmPerMin: cutter.plungeMmPerMin,
    spindleRpm: cutter.spindleRpm,
    passDepthMm: cutter.passDepthMm,
    safeZMm: cutter.safeZMm,
  };
  return Object.entries(positive)
    .filter(([, value]) => !(value > 0 && Number.isFinite(value)))
    .map(([name, value]) => ({
      code: 'cutter-impossible',
      sentence: `The cutter's ${name} is ${value}; it must be greater than 0. Correct the tool in the machine's settings.`,
      details: { name, value },
    }));
}

/** The slot between two parts is cut by one cutter: it must be at least as wide. */
function tooClose(layout: SheetLayout, cutter: Cutter): Refusal[] {
  if (layout.gapMm >= cutter.diameterMm) return [];
  const boxes = layout.placed.map(({ part }) => boxOf(part.outline));
  const refusals: Refusal[] = [];
  for (const [i, a] of layout.placed.entries()) {
    for (const [k, b] of layout.placed.slice(i + 1).entries()) {
      const reach = cutter.diameterMm;
      const areNear = boxesTouch(boxes[i] as Box, boxes[i + 1 + k] as Box, reach);
      if (!areNear || !areCloserThan(a.part.outline, b.part.outline, reach - 0.02)) continue;
      refusals.push({
        code: 'parts-closer-than-cutter',
        sentence: `${a.part.name} and ${b.part.name} lie closer together than the ${reach} mm cutter is wide: nest the sheet with a gap of at least ${reach} mm.`,
        partId: a.part.partId,
        copy: a.copy,
        details: { otherPartId: b.part.partId, cutterMm: reach, gapMm: layout.gapMm },
      });
    }
  }
  return refusals;
}

type Box = { min: Point; max: Point };

function boxOf(points: readonly Point[]): Box {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return { min: [Math.min(...xs), Math.min(...ys)], max: [Math.max(...xs), Math.max(...ys)] };
}

function boxesTouch(a: Box, b: Box, reach: number): boolean {
  const [left, right] = [b.min[0] - a.max[0], a.min[0] - b.max[0]];
  const [below, above] = [b.min[1] - a.max[1], a.min[1] - b.max[1]];
  return Math.max(left, right, below, above) < reach;
}

type Collected = { jobs: Jobs; summary: CutSummary; refusals: Refusal[] };

function addPart(placed: PlacedPart, cutter: Cutter, { jobs, summary, refusals }: Collected): void {
  const of = `${placed.part.name} copy ${placed.copy}`;
  const take = <Cut>(outcome: Outcome<Cut>, each: (cut: Cut) => void): void => {
    if ('refusal' in outcome) refusals.push(outcome.refusal);
    else {
      summary.relievedCorners += outcome.relieved;
      outcome.cuts.forEach(each);
    }
  };
  for (const [index, pocket] of placed.part.pockets.entries()) {
    take(pocketCut(placed, pocket, cutter), (cut) => {
      summary.pockets += 1;
      const start = toolPathOf(cut.rings[0]?.contour ?? pocket.contour).start;
      jobs.pockets.push({
        start,
        title: `pocket ${index + 1} of ${of}`,
        write: (to) => writePocket(to, cut, cutter),
      });
    });
  }
  for (const [index, cutout] of placed.part.cutouts.entries()) {
    take(openingCut(placed, cutout, cutter), (cut) => {
      summary.contours += 1;
      summary.tabs += cut.tabs.length;
      const title = `opening ${index + 1} of ${of}`;
      jobs.openings.push({ start: cut.path.start, title, write: (to) => writeContour(to, cut, cutter) });
    });
  }
  take(outlineCut(placed, cutter), (cut) => {
    summary.contours += 1;
    summary.tabs += cut.tabs.length;
    jobs.outlines.push({
      start: cut.path.start,
      title: `outline of ${of}`,
      write: (to) => writeContour(to, cut, cutter),
    });
  });
  summary.parts += 1;
}

function assemble(
  layout: SheetLayout,
  cutter: Cutter,
  jobs: Jobs,
  summary: CutSummary,
  motion: MotionLimits,
): CutProgram {
  const writer = new GcodeWriter(cutter.safeZMm);
  const { sheet } = layout;
  writer.comment(`${sheet.material} ${sheet.lengthMm} x ${sheet.widthMm} x ${sheet.thicknessMm} mm`);
  writer.comment(`cutter ${cutter.diameterMm} mm, zero at the lower left corner, top face`);
  writer.put('G21 G90 G17 G94 G54');
  writer.retract();
  writer.put(`M3 S${Math.round(cutter.spindleRpm)}`);
  writer.put(`G4 P${SPIN_UP_SECONDS}`);
  for (const phase of [jobs.pockets, jobs.openings, jobs.outlines]) {
    for (const job of nearestNext(phase, writer)) {
      writer.comment(job.title);
      job.write(writer);
    }
  }
  writer.retract();
  writer.put('M5');
  writer.put('M30');
  const path = readProgramPath(writer.lines, { chordErrorMm: PLANNER_CHORD_MM });
  const bounds = path.bounds ?? { min: [0, 0, 0], max: [0, 0, 0] };
  let lengthMm = 0;
  for (let index = 0; index < path.count; index++) {
    if (path.kinds[index] !== WORK) continue;
    const [x0, y0, z0, x1, y1, z1] = path.segments.subarray(index * 6, index * 6 + 6);
    lengthMm += Math.hypot((x1 ?? 0) - (x0 ?? 0), (y1 ?? 0) - (y0 ?? 0), (z1 ?? 0) - (z0 ?? 0));
  }
  return {
    lines: writer.lines,
    estimatedSeconds: secondsOfPath(path, motion),
    lengthMm,
    bounds,
    summary,
    refusals: [],
  };
}

/** Each time the cut that starts nearest to where the writer is by then. */
function* nearestNext(jobs: readonly Job[], writer: GcodeWriter): Generator<Job> {
  const left = [...jobs];
  while (left.length > 0) {
    let nearest = 0;
    for (const [index, job] of left.entries()) {
      if (distance(job.start, writer.at) < distance((left[nearest] as Job).start, writer.at)) nearest = index;
    }
    yield* left.splice(nearest, 1);
  }
}
