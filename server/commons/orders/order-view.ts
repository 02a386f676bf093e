import type { Share } from '#contract/entries.ts';
import type { OrderView } from '#contract/views.ts';
import { versionOf } from '../designs/designs.ts';
import { shareIncome } from '../distributions/share-income.ts';
import { attemptOf } from '../jobs/jobs.ts';
import type { RouteNow } from '../route-now.ts';
import { type CommonsState, FUND, knownRulePack } from '../state.ts';
import { type Evaluated, evaluatedOf, type Order } from './orders.ts';

/** Stands in a preview for the lab of a job that nobody could take now. */
export const LAB_TO_BE_FOUND = 'lab-to-be-found';

export function orderView(state: CommonsState, order: Order, routing: RouteNow): OrderView {
  const { placed, phase, placedMs } = order;
  const { design, version, by, parameters, quantity } = placed;
  const evaluated = evaluatedOf(order);
  const distribution = phase.state === 'completed' ? phase.distribution : undefined;
  return {
    ...{ order: placed.order, by, design, version, parameters, quantity, placedMs },
    byName: state.agents.get(by)?.name ?? by,
    designName: versionOf(state.designs, design, version)?.caption ?? { en: design },
    state: phase.state,
    ...(phase.state === 'completed' ? { completedMs: phase.completedMs } : {}),
    ...(evaluated === undefined
      ? {}
      : {
          report: evaluated.report,
          price: evaluated.price,
          rulePackVersion: evaluated.rulePackVersion,
        }),
    shares: distribution?.shares ?? expectedShares(state, order, evaluated, routing),
    isShared: distribution !== undefined,
    ...{ jobs: [...order.jobs], history: [...order.history] },
  };
}

/** What each would get if the jobs stay where they are, and wanted ones go to whoever fits best now. */
function expectedShares(
  state: CommonsState,
  order: Order,
  evaluated: Evaluated | undefined,
  routing: RouteNow,
): Share[] {
  if (evaluated === undefined || order.phase.state === 'cancelled') return [];
  const { design, version } = order.placed;
  const jobs = order.jobs.flatMap((id) => {
    const job = state.jobs.all.get(id);
    if (job === undefined) return [];
    const isWanted = job.phase.state === 'wanted';
    const best = isWanted ? routing(job.opened.requirement, id).candidates[0]?.lab : undefined;
    return [{ lab: attemptOf(job)?.lab ?? best ?? LAB_TO_BE_FOUND, costs: job.opened.costs }];
  });
  return shareIncome({
    price: evaluated.price,
    jobs,
    contributors: versionOf(state.designs, design, version)?.contributors ?? [],
    rulePack: knownRulePack(state, evaluated.rulePackVersion),
    fund: FUND,
  });
}
