import type { Position, RankingWeights, Requirement } from '#contract/manufacturing.ts';
import { amountFor, lotFor, withoutUsed } from '../commons/facilities/take-from-stock.ts';
import type { PlannedJob } from '../commons/route-now.ts';
import { assignJobs, type Choice } from './assign-jobs.ts';
import { CheapestFirst } from './cheapest-first.ts';
import { compared } from './compared.ts';
import { kmFrom, spotOf } from './distance.ts';
import { isMadeFor } from './hard-constraints.ts';
import { type Alike, indexMachines, type MachineIndex, type Place } from './machine-index.ts';
import type { MachineLoad, RankedLab } from './ranked-lab.ts';
import {
  type RankedBy,
  roomPoints,
  scoreOf,
  sheetPoints,
  standingPoints,
  UNSTATED_PLACE_KM,
  wayPoints,
} from './ranking-terms.ts';

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
 * come. Where more jobs want the sheets of a lab than it has, the younger ones are planned once more without that lab.
 */
export function planJobs(planning: Planning): PlannedJob[] {
  const jobs = [...planning.jobs].sort((a, b) => a.wantedMs - b.wantedMs || compared(a.job, b.job));
  const index = indexMachines(planning.labs);
  const choices = new ChoicesOfJobs({ ...planning, jobs }, index);
  for (;;) {
    const machineOf = assignJobs(choices.all(), index.places.length);
    const given = jobs.flatMap((wanted, at) => {
      const place = index.places[machineOf[at] ?? -1];
      return place === undefined ? [] : [{ wanted, at, place }];
    });
    const collided = withoutStock(planning.labs, given);
    if (collided.length === 0) return given.map(({ wanted, place }) => plannedJob(wanted, place, planning));
    for (const { at, place } of collided) choices.exclude(at, place.lab.lab);
  }
}

interface Given {
  wanted: WantedJob;
  at: number;
  place: Place;
}

/** Jobs, oldest first, for which the stock of their lab does not suffice after the older ones had theirs. */
function withoutStock(labs: readonly RankedLab[], given: readonly Given[]): Given[] {
  const stocks = new Map(labs.map(({ lab, stock }) => [lab, stock]));
  return given.filter(({ wanted: { requirement }, place }) => {
    const { lab } = place.lab;
    const stock = stocks.get(lab) ?? [];
    if (lotFor(stock, requirement) === undefined) return true;
    stocks.set(lab, withoutUsed(stock, requirement, amountFor(requirement)));
    return false;
  });
}

function plannedJob(
  { job, requirement, target }: WantedJob,
  { lab, machine }: Place,
  { weights, sheetMinorPerM2, loadOf }: Planning,
): PlannedJob {
  const load = loadOf(lab.lab, machine.machine);
  const score = scoreOf({ requirement, lab, machine, load }, { weights, target, sheetMinorPerM2 });
  return { job, lab: lab.lab, machine: machine.machine, score };
}

/** The machines that each job may be given to, found when somebody first asks, and kept. */
class ChoicesOfJobs {
  readonly #planning: Planning;
  readonly #index: MachineIndex;
  readonly #standings: readonly number[];
  readonly #kept: CheapestFirst[] = [];
  /** Copies of one piece want the same. */
  readonly #byWish = new Map<string, CheapestFirst>();
  /** Labs that a job cannot have any more, by the job's number. */
  readonly #excluded = new Map<number, Set<string>>();

  constructor(planning: Planning, index: MachineIndex) {
    this.#planning = planning;
    this.#index = index;
    this.#standings = index.places.map(({ lab, machine }) =>
      standingPoints(lab, planning.loadOf(lab.lab, machine.machine), planning.weights),
    );
  }

  exclude(at: number, lab: string): void {
    this.#excluded.set(at, (this.#excluded.get(at) ?? new Set()).add(lab));
  }

  *all(): Generator<Iterable<Choice>> {
    for (const [at, wanted] of this.#planning.jobs.entries()) {
      this.#kept[at] ??= this.#choicesOf(wanted);
      const excluded = this.#excluded.get(at);
      yield excluded === undefined ? this.#kept[at] : this.#without(this.#kept[at], excluded);
    }
  }

  #without(choices: Iterable<Choice>, excluded: ReadonlySet<string>): readonly Choice[] {
    return [...choices].filter(({ machine }) => !excluded.has(this.#index.places[machine]?.lab.lab ?? ''));
  }

  #choicesOf(wanted: WantedJob): CheapestFirst {
    const { requirement, target, declined } = wanted;
    const wish = JSON.stringify([requirement, target, [...declined]]);
    const choices = this.#byWish.get(wish) ?? this.#choicesFor(wanted);
    this.#byWish.set(wish, choices);
    return choices;
  }

  #choicesFor(wanted: WantedJob): CheapestFirst {
    const { requirement, target } = wanted;
    const { weights, sheetMinorPerM2 } = this.#planning;
    const by = { weights, target, sheetMinorPerM2 };
    const choices = new CheapestFirst();
    for (const alike of this.#index.worthAsking(requirement)) {
      const { machine, lab } = alike;
      if (!isMadeFor(requirement, lab, machine)) continue;
      // Spools differ from lab to lab, so each is looked at; sheets are the same for all of them.
      if (requirement.process === 'cut' && lotFor(lab.stock, requirement) === undefined) continue;
      const points = roomPoints(requirement, machine, by) + sheetPoints(requirement, lab, by);
      this.#addPlaces(choices, wanted, alike, points);
    }
    return choices;
  }

  /** A thousand jobs come here ten million times. */
  #addPlaces(
    choices: CheapestFirst,
    { requirement, target, declined }: WantedJob,
    { at, x, y, z, mostMg }: Alike,
    alikePoints: number,
  ): void {
    const { weights } = this.#planning;
    const spot = target && spotOf(target);
    const neededMg = requirement.process === 'print' ? requirement.materialMg : 0;
    const isChoosy = declined.size > 0;
    for (let nth = 0; nth < at.length; nth += 1) {
      const place = at[nth] ?? 0;
      if ((mostMg[nth] ?? 0) < neededMg || (isChoosy && this.#isDeclined(place, declined))) continue;
      const km = spot === undefined ? 0 : kmFrom(x[nth] ?? 0, y[nth] ?? 0, z[nth] ?? 0, spot);
      const way = wayPoints(Number.isNaN(km) ? UNSTATED_PLACE_KM : km, weights);
      const points = way + alikePoints + (this.#standings[place] ?? 0);
      choices.add(place, Math.round(points * COST_PER_POINT));
    }
  }

  #isDeclined(at: number, declined: ReadonlySet<string>): boolean {
    const place = this.#index.places[at];
    return place !== undefined && declined.has(`${place.lab.lab}/${place.machine.machine}`);
  }
}
