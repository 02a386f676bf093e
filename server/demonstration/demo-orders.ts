import type { CommonsState } from '../commons/state.ts';
import { DEMO_PERSON } from './demo-lab.ts';

const DAY_MS = 24 * 3_600_000;
/** How often to look whether something should be ordered. */
const LOOK_EVERY_MS = 1_000;
/** A refused order is not repeated every second. */
const AFTER_REFUSAL_MS = 60_000;

/**
 * Keeps the first page alive: when somebody watches and no job has been open for a while, it orders the next design.
 * The bound: at most `ordersPerDay` in any 24 hours, none while nobody watches, so that ledger and stock do not grow for ever.
 */
export function keepOrdering(parts: {
  state: () => CommonsState;
  watchers: () => number;
  /** Places the order number so-and-so of the demonstration. */
  order: (count: number) => Promise<void>;
  restMs: number;
  ordersPerDay: number;
  nowMs: () => number;
  say: (sentence: string) => void;
}): { stop(): void } {
  const { state, watchers, order, restMs, ordersPerDay, nowMs, say } = parts;
  let idleSinceMs: number | undefined;
  let isOrdering = false;
  let notBeforeMs = 0;

  const look = async () => {
    const isIdle = state().jobs.open.size === 0;
    if (!isIdle || watchers() === 0) {
      idleSinceMs = undefined;
      return;
    }
    idleSinceMs ??= nowMs();
    if (nowMs() - idleSinceMs < restMs || nowMs() < notBeforeMs) return;
    const { total, ofThisDay } = countOrders(state(), nowMs());
    if (ofThisDay >= ordersPerDay) return;
    idleSinceMs = undefined;
    await order(total);
  };

  const timer = setInterval(() => {
    if (isOrdering) return;
    isOrdering = true;
    look()
      .catch((error: unknown) => {
        notBeforeMs = nowMs() + AFTER_REFUSAL_MS;
        say(`The demonstration could not order: ${error instanceof Error ? error.message : String(error)}`);
      })
      .finally(() => {
        isOrdering = false;
      });
  }, LOOK_EVERY_MS);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

function countOrders(state: CommonsState, nowMs: number): { total: number; ofThisDay: number } {
  let total = 0;
  let ofThisDay = 0;
  for (const { placed, placedMs } of state.orders.values()) {
    if (placed.by !== DEMO_PERSON.agent) continue;
    total += 1;
    if (nowMs - placedMs < DAY_MS) ofThisDay += 1;
  }
  return { total, ofThisDay };
}
