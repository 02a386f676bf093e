import type { RecordedEntry } from '../fact.ts';
import { hasEnded, jobOf } from '../jobs/jobs.ts';
import type { CommonsState } from '../state.ts';
import type { Order } from './orders.ts';

/**
 * What stays in memory of what has ended, so that pages have some screens of history at hand and a bridge that repeats
 * itself hears that its job has ended. A job is about 4 kB, so this is some twenty megabytes.
 */
export interface EndedKept {
  readonly orders: number;
  /** Jobs that have ended, also those of orders that go on; the newest ended order stays all the same. */
  readonly jobs: number;
}

export const ENDED_KEPT: EndedKept = { orders: 1_000, jobs: 5_000 };

/**
 * Notes which orders have ended, and lets the oldest of them leave with their jobs where there are more than are kept.
 * Nothing can happen to them any more; their entries stay in the log, and `archive.ts` reads them from there.
 */
export function letEndedLeave(state: CommonsState, entry: RecordedEntry, kept: EndedKept): void {
  const id = endingOrder(state, entry);
  const order = id === undefined ? undefined : state.orders.get(id);
  if (id === undefined || order === undefined) return;
  const { endedOrders } = state;
  if (!isOver(state, order)) {
    endedOrders.delete(id);
    return;
  }
  endedOrders.add(id);
  for (const oldest of endedOrders) {
    const endedJobs = state.jobs.all.size - state.jobs.open.size;
    const isMuch = endedJobs > kept.jobs && endedOrders.size > 1;
    if (endedOrders.size <= kept.orders && !isMuch) return;
    leave(state, oldest);
  }
}

/** The order that this entry may have ended, or taken from its end. */
function endingOrder({ jobs, orders }: CommonsState, entry: RecordedEntry): string | undefined {
  const { body } = entry;
  if (body.type === 'order.completed' || body.type === 'order.cancelled') return body.data.order;
  const order = jobs.all.get(jobOf(entry) ?? '')?.opened.order;
  if (order === undefined || orders.get(order)?.phase.state !== 'cancelled') return undefined;
  return order;
}

/** A completed order stays so. A cancelled one is over when none of its jobs is open. */
function isOver({ jobs }: CommonsState, order: Order): boolean {
  if (order.phase.state === 'completed') return true;
  if (order.phase.state !== 'cancelled') return false;
  return order.jobs.every((id) => {
    const job = jobs.all.get(id);
    return job === undefined || hasEnded(job);
  });
}

function leave({ endedOrders, orders, jobs }: CommonsState, id: string): void {
  for (const job of orders.get(id)?.jobs ?? []) {
    jobs.all.delete(job);
    jobs.open.delete(job);
  }
  orders.delete(id);
  endedOrders.delete(id);
}
