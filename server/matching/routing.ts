import type { Position, StockLot } from '#contract/manufacturing.ts';
import { defaultRankingWeights } from '#contract/manufacturing.ts';
import { amountFor, withoutUsed } from '../commons/facilities/take-from-stock.ts';
import { attemptOf, type Job } from '../commons/jobs/jobs.ts';
import { sheetMinorPerM2 } from '../commons/orders/price.ts';
import type { PlanNow, RouteNow } from '../commons/route-now.ts';
import type { CommonsState } from '../commons/state.ts';
import { planJobs } from './plan-jobs.ts';
import { rankMachines } from './rank-machines.ts';
import { idleMachine, type MachineLoad, type RankedLab } from './ranked-lab.ts';
import type { RankedBy } from './ranking-terms.ts';
import { loadsOf, sharesOf } from './work-so-far.ts';

type IsOnline = (lab: string, machine: string) => boolean;

export interface Routing {
  route: RouteNow;
  plan: PlanNow;
}

interface Occupancy {
  size: number;
  labs: RankedLab[];
  /** By `lab/machine`. */
  loads: Map<string, MachineLoad>;
  by: Pick<RankedBy, 'weights' | 'sheetMinorPerM2'>;
}

/**
 * Routes and plans by the state as it is at each call: jobs that a machine already has make its queue, and what they
 * will use up is no longer free. Whether a machine is connected is not in the ledger, so it is asked.
 */
export function createRouting(state: CommonsState, isOnline: IsOnline): Routing {
  let kept: Occupancy | undefined;
  const now = (): Occupancy => {
    if (kept?.size !== state.size) kept = occupancyOf(state);
    return kept;
  };
  return {
    route(requirement, job, asked) {
      const { labs, loads, by } = now();
      const there = job === undefined ? undefined : state.jobs.all.get(job);
      return rankMachines({
        ...{ requirement, ...by, isOnline },
        labs: asLabs(labs, there, asked?.machine),
        target: asked?.destination ?? (there && destinationOf(state, there)),
        loadOf: loadIn(loads),
      });
    },
    plan(jobs, free) {
      const { labs, loads, by } = now();
      return planJobs({
        ...{ ...by, loadOf: loadIn(loads) },
        labs: labs.map((lab) => withMachines(lab, (machine) => free.has(`${lab.lab}/${machine}`))),
        jobs: jobs.flatMap((id) => {
          const job = state.jobs.all.get(id);
          if (job?.phase.state !== 'wanted') return [];
          return {
            ...{ job: id, wantedMs: job.openedMs, requirement: job.opened.requirement },
            target: destinationOf(state, job),
            declined: new Set(job.declined.map(({ lab, machine }) => `${lab}/${machine}`)),
          };
        }),
      });
    },
  };
}

/** Routes only, for whoever plans nothing. */
export function routingOf(state: CommonsState, isOnline: IsOnline): RouteNow {
  return createRouting(state, isOnline).route;
}

function loadIn(loads: ReadonlyMap<string, MachineLoad>) {
  return (lab: string, machine: string) => loads.get(`${lab}/${machine}`) ?? idleMachine;
}

function destinationOf(state: CommonsState, { opened }: Job): Position | undefined {
  return state.orders.get(opened.order)?.placed.destination;
}

/** The labs as a job meets them: with who declined it, and only the machine that is asked for. */
function asLabs(
  labs: readonly RankedLab[],
  job: Job | undefined,
  only: { lab: string; machine: string } | undefined,
): readonly RankedLab[] {
  const asked =
    only === undefined
      ? labs
      : labs
          .filter(({ lab }) => lab === only.lab)
          .map((lab) => withMachines(lab, (machine) => machine === only.machine));
  if (job === undefined || job.declined.length === 0) return asked;
  return asked.map((lab) => ({
    ...lab,
    declinedMachines: job.declined.filter((one) => one.lab === lab.lab),
  }));
}

function withMachines(lab: RankedLab, isKept: (machine: string) => boolean): RankedLab {
  return { ...lab, machines: lab.machines.filter(({ machine }) => isKept(machine)) };
}

function occupancyOf(state: CommonsState): Occupancy {
  const stocks = new Map<string, readonly StockLot[]>();
  for (const { lab, stock } of state.labs.values()) stocks.set(lab, stock);
  for (const id of state.jobs.open) {
    const job = state.jobs.all.get(id);
    const attempt = job && attemptOf(job);
    if (job === undefined || attempt === undefined) continue;
    const { requirement } = job.opened;
    const stock = stocks.get(attempt.lab) ?? [];
    stocks.set(attempt.lab, withoutUsed(stock, requirement, amountFor(requirement)));
  }
  const shares = sharesOf(state);
  const rules = state.charter.rulePacks.at(-1);
  return {
    size: state.size,
    loads: loadsOf(state),
    labs: [...state.labs.values()].map(({ lab, machines, position }) => ({
      ...{ lab, position, share: shares.get(lab) ?? 0, stock: stocks.get(lab) ?? [] },
      machines: [...machines.values()].map(({ description }) => description),
    })),
    by: {
      weights: rules?.ranking ?? defaultRankingWeights,
      sheetMinorPerM2: rules === undefined ? undefined : (...sheet) => sheetMinorPerM2(rules, ...sheet),
    },
  };
}
