import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { commonsFold } from '../../../server/commons/commons.ts';
import type { CommonsState } from '../../../server/commons/state.ts';
import { DEMO_PERSON, DEMO_STOCK, isStockLow } from '../../../server/demonstration/demo-lab.ts';
import { keepOrdering } from '../../../server/demonstration/demo-orders.ts';
import { newId } from '../../../server/ledger/new-id.ts';

/** An order of the demonstration, as the fold keeps it. */
function placeOne(state: CommonsState): void {
  const order = newId();
  state.orders.set(order, {
    placed: {
      ...{ order, by: DEMO_PERSON.agent, design: 'stool', version: `sha256:${'0'.repeat(64)}` },
      ...{ parameters: {}, quantity: 1 },
    },
    placedMs: Date.now(),
    phase: { state: 'placed' },
    jobs: [],
    history: [],
  });
}

describe('the demonstration', () => {
  const state = commonsFold.initial();
  let watchers: number;
  let ordered: number[];
  let ordering: { stop(): void };
  const said: string[] = [];
  let refuses = false;

  beforeEach(() => {
    vi.useFakeTimers();
    watchers = 1;
    refuses = false;
    ordered = [];
    said.length = 0;
    state.orders.clear();
    state.jobs.open.clear();
    ordering = keepOrdering({
      state: () => state,
      watchers: () => watchers,
      order: async (count) => {
        if (refuses) throw new Error('no stock');
        ordered.push(count);
        placeOne(state);
      },
      restMs: 20_000,
      ordersPerDay: 3,
      nowMs: () => Date.now(),
      say: (sentence) => said.push(sentence),
    });
  });
  afterEach(() => {
    ordering.stop();
    vi.useRealTimers();
  });

  it('orders when somebody watches and nothing was open for the rest', async () => {
    await vi.advanceTimersByTimeAsync(19_000);
    expect(ordered).toEqual([]);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(ordered).toEqual([0]);
  });

  it('does nothing while nobody watches or a job is open', async () => {
    watchers = 0;
    await vi.advanceTimersByTimeAsync(100_000);
    watchers = 1;
    state.jobs.open.add('a job');
    await vi.advanceTimersByTimeAsync(100_000);
    expect(ordered).toEqual([]);
    state.jobs.open.clear();
    await vi.advanceTimersByTimeAsync(22_000);
    expect(ordered).toEqual([0]);
  });

  it('stops at the most orders of a day and goes on the day after', async () => {
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    expect(ordered).toEqual([0, 1, 2]);
    await vi.advanceTimersByTimeAsync(24 * 3_600_000);
    expect(ordered.length).toBeGreaterThan(3);
  });

  it('says why it could not order, once a minute at most', async () => {
    refuses = true;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(said).toEqual(['The demonstration could not order: no stock']);
  });

  it('counts its stock anew when a material runs low', () => {
    expect(isStockLow([])).toBe(true);
    expect(isStockLow(DEMO_STOCK)).toBe(false);
    expect(isStockLow(DEMO_STOCK.map((lot) => (lot.form === 'sheet' ? { ...lot, sheets: 3 } : lot)))).toBe(
      true,
    );
  });
});
