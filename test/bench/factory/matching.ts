import {
  defaultRankingWeights,
  type MachineDescription,
  type Position,
  type Requirement,
  type StockLot,
} from '#contract/manufacturing.ts';
import { planJobs, type WantedJob } from '../../../server/matching/plan-jobs.ts';
import { rankMachines } from '../../../server/matching/rank-machines.ts';
import { idleMachine, type RankedLab } from '../../../server/matching/ranked-lab.ts';
import type { Figure } from '../figures.ts';

const LABS = 2_500;
const MACHINES_PER_LAB = 4;
const JOBS = 1_000;
const RUNS = 3;

const PLANNED_MS_MAX = 1_000;

/** A generator of numbers from 0 to 1, the same ones each time (mulberry32). */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function pick<Value>(from: readonly Value[], next: () => number): Value {
  const value = from[Math.floor(next() * from.length)];
  if (value === undefined) throw new Error('there is nothing to pick from');
  return value;
}

const THICKNESSES_UM = [6_000, 9_000, 12_000, 15_000, 18_000, 21_000];
const SHEET_MATERIALS = ['plywood', 'MDF', 'OSB'];
const FILAMENTS = ['PLA', 'PETG', 'ABS', 'TPU'];

/** Somewhere in Europe. */
function place(next: () => number): Position {
  return {
    latitudeUdeg: Math.floor(38_000_000 + next() * 20_000_000),
    longitudeUdeg: Math.floor(-8_000_000 + next() * 30_000_000),
  };
}

function labOf(at: number, next: () => number): RankedLab {
  const sheets: StockLot[] = SHEET_MATERIALS.flatMap((material) =>
    THICKNESSES_UM.filter(() => next() < 0.5).map((thicknessUm) => ({
      ...{ form: 'sheet' as const, material, thicknessUm, lengthMm: 2_440, widthMm: 1_220 },
      sheets: 1 + Math.floor(next() * 20),
    })),
  );
  const spools = FILAMENTS.map((material) => ({
    form: 'spool' as const,
    material,
    massMg: Math.ceil(next() * 1_000_000),
  }));
  return {
    ...{ lab: `lab-${at}`, position: place(next), share: Math.round(next() * 100) / 10_000 },
    stock: [...sheets, ...spools],
    machines: Array.from({ length: MACHINES_PER_LAB }, (_, nth) => machineOf(nth, next)),
  };
}

function machineOf(nth: number, next: () => number): MachineDescription {
  const isRouter = next() < 0.5;
  const side = isRouter ? pick([1_000, 1_500, 2_500, 3_100], next) : pick([180, 220, 256, 350], next);
  return {
    ...{ machine: `machine-${nth}`, name: 'Machine', simulated: true },
    ...(isRouter
      ? {
          ...{ process: 'cut' as const, controller: 'grbl' as const, materials: ['plywood', 'MDF'] },
          cutter: { name: 'cutter', diameterUm: pick([3_000, 6_000, 8_000], next) },
        }
      : {
          ...{ process: 'print' as const, controller: 'marlin' as const, nozzleUm: 400 },
          materials: next() < 0.5 ? ['PLA', 'PETG'] : FILAMENTS,
        }),
    envelope: { xMm: side, yMm: isRouter ? 1_300 : side, zMm: isRouter ? 100 : 250 },
  };
}

function jobOf(at: number, next: () => number): WantedJob {
  const requirement: Requirement =
    next() < 0.5
      ? {
          ...{
            process: 'cut',
            material: pick(['plywood', 'MDF'], next),
            thicknessUm: pick(THICKNESSES_UM, next),
          },
          sheet: { lengthMm: 500 + Math.floor(next() * 1_940), widthMm: 300 + Math.floor(next() * 900) },
          narrowestOpeningUm: pick([0, 4_000, 6_500, 12_000], next),
        }
      : {
          ...{ process: 'print', material: pick(FILAMENTS, next), layerHeightUm: 200 },
          size: { xUm: 50_000 + Math.floor(next() * 200_000), yUm: 50_000, zUm: 100_000 },
          materialMg: 10_000 + Math.floor(next() * 100_000),
        };
  return {
    ...{ job: `job-${String(at).padStart(6, '0')}`, wantedMs: at, requirement },
    ...{ target: place(next), declined: new Set<string>() },
  };
}

/** How long many jobs over many machines take, each job with a size and a place of its own; and one job asked for a page. */
export async function matchingFigures(): Promise<Figure[]> {
  const next = numbersFrom(1);
  const labs = Array.from({ length: LABS }, (_, at) => labOf(at, next));
  const jobs = Array.from({ length: JOBS }, (_, at) => jobOf(at, next));
  const rules = { weights: defaultRankingWeights, sheetMinorPerM2: () => 2_800 };
  const loadOf = () => idleMachine;
  const planned = () => planJobs({ jobs, labs, ...rules, loadOf }).length;
  const few = labs.slice(0, 60);
  const scarce = () => planJobs({ jobs, labs: few, ...rules, loadOf }).length;
  const [first] = jobs;
  if (first === undefined) throw new Error('there is a first job');
  const ranking = { requirement: first.requirement, target: first.target, labs, ...rules, loadOf };
  const ranked = () => rankMachines({ ...ranking, isOnline: () => true }).candidates.length;
  const [all, short, one] = [best(planned), best(scarce), best(ranked)];
  return [
    {
      name: 'matching: 1,000 jobs over 10,000 machines, ranked and assigned at least cost',
      ...{ value: all.ms, unit: 'ms', bound: { at: PLANNED_MS_MAX, side: 'at most' } },
      note: `best of ${RUNS}; ${all.count} of ${JOBS} jobs given, each with its own size and place`,
    },
    {
      name: 'matching: 1,000 jobs over 240 machines, planned together',
      ...{ value: short.ms, unit: 'ms' },
      note: `best of ${RUNS}; ${short.count} jobs given, the others wait`,
    },
    {
      name: 'matching: one job over 10,000 machines, with reasons for a page',
      ...{ value: one.ms, unit: 'ms' },
      note: `best of ${RUNS}`,
    },
  ];
}

function best(run: () => number): { ms: number; count: number } {
  const times = Array.from({ length: RUNS }, () => {
    const startedMs = performance.now();
    const count = run();
    return { ms: performance.now() - startedMs, count };
  });
  return times.reduce((fastest, time) => (time.ms < fastest.ms ? time : fastest));
}
