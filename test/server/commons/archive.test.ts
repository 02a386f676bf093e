import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { sumOfAccounts } from '../../../server/commons/accounts/sum-of-accounts.ts';
import { createArchive, type EntryReader } from '../../../server/commons/archive.ts';
import { commonsFoldKeeping } from '../../../server/commons/commons.ts';
import { cancelJob, reopenJob } from '../../../server/commons/jobs/end-job.ts';
import { recordBridgeFact } from '../../../server/commons/jobs/record-bridge-fact.ts';
import { cancelOrder } from '../../../server/commons/orders/cancel-order.ts';
import { placeOrder } from '../../../server/commons/orders/place-order.ts';
import type { CommonsState } from '../../../server/commons/state.ts';
import { jobViewOf, orderViewOf } from '../../../server/commons/views.ts';
import { createLedger } from '../../../server/ledger/ledger.ts';
import { newLogKeys } from '../../../server/ledger/log-keys.ts';
import { routingOf } from '../../../server/matching/routing.ts';
import { createMemoryStorage } from '../../../server/storage/memory-storage.ts';
import { type ServedApp, serveApp } from '../http/serve-app.ts';
import { BRIDGE_KEY, refusalCode, type SmallCommunity, smallCommunity } from './small-community.ts';

const by = 'visitor';
const reason = 'as it is';
const fold = commonsFoldKeeping({ orders: 2, jobs: 1_000 });

/** One completed, one cancelled and one half-made order, and three completed ones after them. */
function longStory() {
  const there = smallCommunity();
  const completed = there.placeStool(2);
  for (const job of completed.jobs) there.make(job);
  const cancelled = there.placeStool();
  there.do((context) => cancelOrder(there.state, { order: cancelled.order, by, reason }, context));
  const failed = there.placeStool();
  there.make(failed.jobs[0] ?? '');
  there.start(failed.jobs[1] ?? '');
  there.bridgeSays(failed.jobs[1] ?? '', 'job.failed');
  for (let more = 0; more < 3; more += 1) for (const job of there.placeStool().jobs) there.make(job);
  return { there, completed, cancelled, failed };
}

const stateOf = (there: SmallCommunity) => there.entries.reduce(fold.evolve, fold.initial());

function readerOf({ entries }: SmallCommunity): EntryReader {
  return {
    entries: async (from, count) => entries.slice(from, from + count),
    entriesOfStream: async (stream) => entries.filter(({ body }) => body.stream === stream),
  };
}

function archiveOf(there: SmallCommunity, state: CommonsState) {
  return createArchive({ reader: readerOf(there), state: () => state, route: routingOf(state, () => true) });
}

describe('an ended order', () => {
  it('leaves memory with its jobs when newer ones have ended, an order that may go on does not', () => {
    const { there, completed, cancelled, failed } = longStory();
    const state = stateOf(there);
    expect(state.orders.size).toBe(3);
    expect(state.jobs.all.size).toBe(6);
    expect([completed, cancelled, failed].map(({ order }) => state.orders.has(order))).toEqual([
      ...[false, false, true],
    ]);
    expect(sumOfAccounts(state)).toBe(0n);
    expect(state.accounts).toEqual(there.state.accounts);
    expect(state.designs.get('stool')?.made).toBe(4);
    const again = { job: failed.jobs[1] ?? '', by, reason };
    expect(reopenJob(state, again, there.context)).toMatchObject([{ type: 'job.released' }]);
  });

  it('leaves sooner when it has many jobs, all but the newest', () => {
    const { there } = longStory();
    const { initial, evolve } = commonsFoldKeeping({ orders: 100, jobs: 5 });
    const state = there.entries.reduce(evolve, initial());
    // Of the order that goes on one job is made and one failed; the newest ended order has two.
    expect([state.endedOrders.size, state.orders.size, state.jobs.all.size]).toEqual([1, 2, 4]);
  });

  it('stays as it is: whatever is said about it later changes nothing and is refused', () => {
    const { there, completed, cancelled } = longStory();
    const state = stateOf(there);
    const [job = ''] = completed.jobs;
    const [idle = ''] = cancelled.jobs;
    const { context } = there;
    const body = there.factBody(job, 'job.finished');
    const fact = { lab: 'lab', body, sig: { kid: BRIDGE_KEY, sig: 'c2ln' }, bridgeKey: BRIDGE_KEY };
    const wishes = [
      () => reopenJob(state, { job: idle, by, reason }, context),
      () => cancelJob(state, { job, by, reason }, context),
      () => recordBridgeFact(state, fact, context),
    ];
    expect(wishes.map(refusalCode)).toEqual(Array(3).fill('job.unknown'));
    const cancel = () => cancelOrder(state, { order: completed.order, by, reason }, context);
    expect(refusalCode(cancel)).toBe('order.unknown');
  });

  it('is not placed a second time: the ledger knows its id, and refuses another content under it', async () => {
    const ledger = await createLedger<CommonsState>({
      ...{
        storage: createMemoryStorage(),
        fold: commonsFoldKeeping({ orders: 0, jobs: 0 }),
        keys: newLogKeys(),
      },
      ...{ origin: 'test.example/log', nowMs: Date.now, newId: randomUUID },
    });
    const { there, completed } = longStory();
    for (const { body } of there.entries) await ledger.submit(() => [body]);
    expect(ledger.state().orders.has(completed.order)).toBe(false);
    const size = ledger.size();
    const place = (quantity: number) =>
      ledger.submit((state, context) =>
        placeOrder(state, there.stoolOrder(completed.order, quantity), context),
      );
    const { entries } = await place(2);
    expect(entries.map(({ body }) => body.type)).toEqual(['order.placed']);
    await expect(place(1)).rejects.toMatchObject({ code: 'ledger.id-conflict' });
    expect(ledger.size()).toBe(size);
    await ledger.close();
  });
});

describe('the archive', () => {
  it('shows orders and jobs that have left memory as they were shown before', async () => {
    const { there, completed, cancelled, failed } = longStory();
    const state = stateOf(there);
    const archive = archiveOf(there, state);
    const before = JSON.stringify([...state.orders.keys(), ...state.jobs.all.keys()]);
    for (const { order, jobs } of [completed, cancelled, failed]) {
      expect(await archive.order(order)).toEqual(orderViewOf(there.state, order, there.routing));
      for (const job of jobs)
        expect(await archive.job(job)).toEqual(jobViewOf(there.state, job, there.routing));
    }
    expect(JSON.stringify([...state.orders.keys(), ...state.jobs.all.keys()])).toBe(before);
  });

  it('knows nothing of what never was', async () => {
    const { there } = longStory();
    const archive = archiveOf(there, stateOf(there));
    expect(await archive.order(there.id())).toBeUndefined();
    expect(await archive.job(there.id())).toBeUndefined();
  });
});

describe('the address of an order or a job', () => {
  let app: ServedApp | undefined;
  afterEach(() => app?.stop());

  it('still answers when it has long ended', async () => {
    const { there, completed } = longStory();
    const { order, job } = archiveOf(there, stateOf(there));
    const refuse = () => Promise.reject(new Error('only looked at'));
    app = await serveApp({
      orders: { orders: () => [], order, place: refuse, cancel: refuse },
      jobs: { jobs: () => [], job, command: refuse },
    });
    const get = async (path: string) => {
      const response = await fetch(`${app?.url}${path}`);
      return { status: response.status, body: await response.json() };
    };
    const shown = await get(`/api/orders/${completed.order}`);
    expect(shown).toMatchObject({ status: 200, body: { state: 'completed', isShared: true } });
    expect(shown.body.jobs).toEqual(completed.jobs);
    const made = await get(`/api/jobs/${completed.jobs[3]}`);
    expect(made).toMatchObject({ status: 200, body: { state: 'made', design: 'stool' } });
    expect((await get(`/api/jobs/${there.id()}`)).status).toBe(404);
  });
});
