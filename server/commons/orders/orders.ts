import type { EntryData } from '#contract/entries.ts';
import type { HistoryLine } from '#contract/views.ts';
import type { RecordedEntry } from '../fact.ts';

export type Evaluated = Omit<EntryData<'order.evaluated'>, 'order'>;
export type Distribution = EntryData<'distribution.run'>;

export type OrderPhase =
  | { state: 'placed' }
  | { state: 'evaluated'; evaluated: Evaluated }
  | { state: 'completed'; evaluated: Evaluated; completedMs: number; distribution?: Distribution }
  | { state: 'cancelled'; evaluated?: Evaluated; by: string; reason: string; cancelledMs: number };

export interface Order {
  readonly placed: EntryData<'order.placed'>;
  readonly placedMs: number;
  readonly phase: OrderPhase;
  /** In the order of their numbers. */
  readonly jobs: readonly string[];
  readonly history: readonly HistoryLine[];
}

export type Orders = Map<string, Order>;

export function evaluatedOf(order: Order): Evaluated | undefined {
  return order.phase.state === 'placed' ? undefined : order.phase.evaluated;
}

export function evolveOrders(orders: Orders, entry: RecordedEntry): void {
  const { body, log } = entry;
  switch (body.type) {
    case 'order.placed':
      orders.set(body.data.order, {
        placed: body.data,
        placedMs: log.time,
        phase: { state: 'placed' },
        jobs: [],
        history: [historyLine(entry)],
      });
      return;
    case 'job.opened': {
      const { order, job } = body.data;
      const there = orders.get(order);
      if (there !== undefined) orders.set(order, { ...there, jobs: [...there.jobs, job] });
      return;
    }
    case 'order.evaluated':
    case 'order.completed':
    case 'order.cancelled':
    case 'income.received':
    case 'distribution.run': {
      const { order } = body.data;
      const there = orders.get(order);
      if (there === undefined) return;
      const history = [...there.history, historyLine(entry)];
      orders.set(order, { ...there, history, phase: nextPhase(there.phase, entry) });
      return;
    }
    default:
  }
}

export function historyLine({ index, body, log }: RecordedEntry): HistoryLine {
  return { index, type: body.type, timeMs: log.time };
}

function nextPhase(phase: OrderPhase, { body, log }: RecordedEntry): OrderPhase {
  switch (body.type) {
    case 'order.evaluated': {
      const { order: _order, ...evaluated } = body.data;
      return { state: 'evaluated', evaluated };
    }
    case 'order.completed':
      if (phase.state !== 'evaluated') return phase;
      return { state: 'completed', evaluated: phase.evaluated, completedMs: log.time };
    case 'order.cancelled': {
      const { by, reason } = body.data;
      const evaluated = phase.state === 'evaluated' ? { evaluated: phase.evaluated } : {};
      return { state: 'cancelled', ...evaluated, by, reason, cancelledMs: log.time };
    }
    case 'distribution.run':
      return phase.state === 'completed' ? { ...phase, distribution: body.data } : phase;
    default:
      return phase;
  }
}
