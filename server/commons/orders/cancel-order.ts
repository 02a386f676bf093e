import { AppError } from '../../errors.ts';
import { type Context, type Draft, draft, streams } from '../fact.ts';
import { hasEnded } from '../jobs/jobs.ts';
import { type CommonsState, knownAgent, knownJob, knownOrder } from '../state.ts';

/**
 * Cancels an order with its jobs, as long as no job is on a machine or made: whoever worked is to be paid.
 * Cancelling again changes nothing.
 * @throws AppError `order.completed`, `order.on-machine`, `order.partly-made`.
 */
export function cancelOrder(
  state: CommonsState,
  { order, by, reason }: { order: string; by: string; reason: string },
  context: Context,
): Draft[] {
  const there = knownOrder(state, order);
  knownAgent(state, by);
  if (there.phase.state === 'cancelled') return [];
  if (there.phase.state === 'completed')
    throw new AppError('conflict', 'This order is completed and its price shared: it stays.', {
      code: 'order.completed',
    });
  const jobs = there.jobs.map((job) => knownJob(state, job));
  for (const job of jobs) refuseUnlessIdle(job.phase.state, job.opened.number);
  return [
    ...jobs
      .filter((job) => !hasEnded(job))
      .map(({ opened: { job } }) =>
        draft('job.cancelled', streams.job(job), context.newId(), { job, by, reason }),
      ),
    draft('order.cancelled', streams.order(order), context.newId(), { order, by, reason }),
  ];
}

function refuseUnlessIdle(state: string, number: number): void {
  if (state === 'running' || state === 'unknown')
    throw new AppError('conflict', `Job ${number} of this order is on a machine. Cancel that job first.`, {
      code: 'order.on-machine',
      details: { number },
    });
  if (state === 'made')
    throw new AppError(
      'conflict',
      `Job ${number} of this order is made, and who made it is to be paid. Have the others made, too.`,
      { code: 'order.partly-made', details: { number } },
    );
}
