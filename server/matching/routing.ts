import type { StockLot } from '#contract/manufacturing.ts';
import { amountFor, withoutUsed } from '../commons/facilities/take-from-stock.ts';
import { attemptOf } from '../commons/jobs/jobs.ts';
import type { RouteNow } from '../commons/route-now.ts';
import type { CommonsState } from '../commons/state.ts';
import { defaultWeights, type RankedLab, rankMachines, type Weights } from './rank-machines.ts';

interface Occupancy {
  size: number;
  labs: RankedLab[];
  /** Jobs by `lab/machine`. */
  queues: Map<string, number>;
}

/**
 * Routes by the state as it is at each call: jobs that a machine already has make its queue, and what they will use
 * up is no longer free. Whether a machine is connected is not in the ledger, so it is asked.
 */
export function routingOf(
  state: CommonsState,
  isOnline: (lab: string, machine: string) => boolean,
  weights: Weights = defaultWeights,
): RouteNow {
  let occupancy: Occupancy | undefined;
  return (requirement, job) => {
    if (occupancy?.size !== state.size) occupancy = occupancyOf(state);
    const { labs, queues } = occupancy;
    const declined = job === undefined ? [] : (state.jobs.all.get(job)?.declined ?? []);
    return rankMachines({
      requirement,
      labs: declined.length === 0 ? labs : labs.map((lab) => withDeclined(lab, declined)),
      isOnline,
      queueOf: (lab, machine) => queues.get(`${lab}/${machine}`) ?? 0,
      weights,
    });
  };
}

function withDeclined(
  lab: RankedLab,
  declined: readonly { lab: string; machine: string; reason: string }[],
): RankedLab {
  return { ...lab, declinedMachines: declined.filter((one) => one.lab === lab.lab) };
}

function occupancyOf(state: CommonsState): Occupancy {
  const stocks = new Map<string, readonly StockLot[]>();
  for (const { lab, stock } of state.labs.values()) stocks.set(lab, stock);
  const queues = new Map<string, number>();
  for (const id of state.jobs.open) {
    const job = state.jobs.all.get(id);
    const attempt = job && attemptOf(job);
    if (job === undefined || attempt === undefined) continue;
    const machine = `${attempt.lab}/${attempt.machine}`;
    queues.set(machine, (queues.get(machine) ?? 0) + 1);
    const { requirement } = job.opened;
    const stock = stocks.get(attempt.lab) ?? [];
    stocks.set(attempt.lab, withoutUsed(stock, requirement, amountFor(requirement)));
  }
  const labs = [...state.labs.values()].map(({ lab, machines }) => ({
    lab,
    machines: [...machines.values()].map(({ description }) => description),
    stock: [...(stocks.get(lab) ?? [])],
  }));
  return { size: state.size, labs, queues };
}
