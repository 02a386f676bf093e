import type { Position, RankingWeights, Requirement } from '#contract/manufacturing.ts';
import { amountFor, lotFor, withoutUsed } from '../commons/facilities/take-from-stock.ts';
import type { PlannedJob } from '../commons/route-now.ts';
import { assignJobs, type Choice } from './assign-jobs.ts';
import { compared } from './compared.ts';
import { meetsAll } from './hard-constraints.ts';
import { indexMachines, type MachineIndex, type Place } from './machine-index.ts';
import type { MachineLoad, RankedLab } from './ranked-lab.ts';
import { type RankedBy, scoreOf } from './ranking-terms.ts';

export interface WantedJob {
  job: string;
  /** Milliseconds since 1970; who has waited longer goes first. */
  wantedMs: number;
  requirement: Requirement;
  target?: Position | undefined;
  /** Machines, as `lab/machine`, that said no to it. */
  declined: ReadonlySet<string>;
}

export interface Planning {
  jobs: readonly WantedJob[];
  /** With the machines that are connected and free, and no others. */
  labs: readonly RankedLab[];
  weights: RankingWeights;
  sheetMinorPerM2?: RankedBy['sheetMinorPerM2'];
  loadOf(lab: string, machine: string): MachineLoad;
}

/** Points are kept to a hundredth, and counted in whole numbers so that sums do not depend on their order. */
const COST_PER_POINT = 100;

/**
 * Plans wanted jobs and free machines together. No job goes without that an older one need not make room for, and the
 * jobs that are served cost the fewest points in all. The same jobs and labs give the same plan in whatever order they
 * come. Where two jobs want the last sheet of a lab, the older one gets it, and the other one and all that came after it
 * are planned once more with what is left.
 */
export function planJobs(planning: Planning): PlannedJob[] {
  const planned: PlannedJob[] = [];
  let waiting = [...planning.jobs].sort((a, b) => a.wantedMs - b.wantedMs || compared(a.job, b.job));
  let labs = planning.labs;
  while (waiting.length > 0) {
    const round = planOnce({ ...planning, jobs: waiting, labs });
    planned.push(...round.planned);
    waiting = round.waiting;
    labs = round.labs;
  }
  return planned;
}

interface Round {
  planned: PlannedJob[];
  /** From the first job on for which the stock of its lab did not suffice after the older ones had theirs. */
  waiting: WantedJob[];
  /** What is left of machines and stock. */
  labs: readonly RankedLab[];
}

function planOnce(planning: Planning): Round {
  const { jobs } = planning;
  const index = indexMachines(planning.labs);
  const lists: (readonly Choice[])[] = [];
  const machineOf = assignJobs(choicesOf(planning, index, lists), index.places.length);
  const stocks = new Map(planning.labs.map(({ lab, stock }) => [lab, stock]));
  const planned: PlannedJob[] = [];
  const left = (waiting: WantedJob[]): Round => ({
    ...{ planned, waiting },
    labs: whatIsLeft(planning.labs, stocks, planned),
  });
  for (const [at, wanted] of jobs.entries()) {
    const given = machineOf[at];
    const place = given === undefined ? undefined : index.places[given];
    if (place === undefined) continue;
    const { lab, machine } = place;
    const stock = stocks.get(lab.lab) ?? [];
    if (lotFor(stock, wanted.requirement) === undefined) return left(jobs.slice(at));
    stocks.set(lab.lab, withoutUsed(stock, wanted.requirement, amountFor(wanted.requirement)));
    const cost = lists[at]?.find((choice) => choice.machine === given)?.cost ?? 0;
    planned.push({ job: wanted.job, lab: lab.lab, machine: machine.machine, score: cost / COST_PER_POINT });
  }
  return left([]);
}

function whatIsLeft(
  labs: readonly RankedLab[],
  stocks: ReadonlyMap<string, RankedLab['stock']>,
  planned: readonly PlannedJob[],
): RankedLab[] {
  const taken = new Set(planned.map(({ lab, machine }) => `${lab}/${machine}`));
  return labs.map((lab) => ({
    ...lab,
    stock: stocks.get(lab.lab) ?? lab.stock,
    machines: lab.machines.filter(({ machine }) => !taken.has(`${lab.lab}/${machine}`)),
  }));
}

/**
 * For each job its machines, cheapest first, also entered into `lists`. With n jobs none needs more than n of them: the
 * others leave it one.
 */
function* choicesOf(
  planning: Planning,
  index: MachineIndex,
  lists: (readonly Choice[])[],
): Iterable<readonly Choice[]> {
  const loads = index.places.map(({ lab, machine }) => planning.loadOf(lab.lab, machine.machine));
  const known = new Map<string, readonly Choice[]>();
  for (const wanted of planning.jobs) {
    const { requirement, target, declined } = wanted;
    // Copies of one piece want the same.
    const key = JSON.stringify([requirement, target, [...declined]]);
    const choices = known.get(key) ?? choicesFor(wanted, planning, index, loads);
    known.set(key, choices);
    lists.push(choices);
    yield choices;
  }
}

function choicesFor(
  { requirement, target, declined }: WantedJob,
  { jobs, weights, sheetMinorPerM2 }: Planning,
  index: MachineIndex,
  loads: readonly MachineLoad[],
): readonly Choice[] {
  const by = { weights, target, sheetMinorPerM2 };
  const choices: Choice[] = [];
  for (const place of index.worthAsking(requirement)) {
    const load = loads[place.at];
    if (load === undefined || isDeclined(place, declined)) continue;
    const { lab, machine, at } = place;
    if (!meetsAll(requirement, lab, machine, isThere)) continue;
    const score = scoreOf({ requirement, lab, machine, load }, by);
    choices.push({ machine: at, cost: Math.round(score * COST_PER_POINT) });
  }
  return choices.sort((a, b) => a.cost - b.cost || a.machine - b.machine).slice(0, jobs.length);
}

function isThere(): boolean {
  return true;
}

function isDeclined({ lab, machine }: Place, declined: ReadonlySet<string>): boolean {
  return declined.size > 0 && declined.has(`${lab.lab}/${machine.machine}`);
}
