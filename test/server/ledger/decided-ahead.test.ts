import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../server/errors.ts';
import type { Ledger } from '../../../server/ledger/ledger.ts';
import { createMemoryStorage } from '../../../server/storage/memory-storage.ts';
import type { Storage } from '../../../server/storage/storage.ts';
import { type Counted, counted } from './counting-fold.ts';
import { openTestLedger, testDraft } from './open-test-ledger.ts';

type Gate = { letGo: () => void; fail: (error: Error) => void };

/** A storage whose commits wait at a gate. */
class GatedStorage {
  readonly inner = createMemoryStorage();
  readonly #gates: Gate[] = [];
  isGated = false;

  readonly storage: Storage = {
    ...this.inner,
    putCommit: async (commit, rows) => {
      if (this.isGated)
        await new Promise<void>((resolve, reject) => {
          this.#gates.push({ letGo: resolve, fail: reject });
        });
      return this.inner.putCommit(commit, rows);
    },
  };

  /** The gate at which the next commit stands. */
  async gate(): Promise<Gate> {
    for (;;) {
      const gate = this.#gates.shift();
      if (gate !== undefined) return gate;
      await turn();
    }
  }
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const entriesOf = (ledger: Ledger<Counted>) => ledger.entries(0, 100);

describe('what arrives while a commit is being stored', () => {
  let gated: GatedStorage;
  let ledger: Ledger<Counted>;
  /** How many entries there were when a command was decided. */
  let seen: number[];

  const add = (id: string = randomUUID(), stream = 'job/1') =>
    ledger.submit(
      ({ entries }) => {
        seen.push(entries);
        return [testDraft(id, stream)];
      },
      { ids: [id] },
    );

  beforeEach(async () => {
    seen = [];
    gated = new GatedStorage();
    ledger = await openTestLedger(gated.storage, { isShared: true });
    await add();
    gated.isGated = true;
  });
  afterEach(async () => {
    gated.isGated = false;
    await ledger.close();
  });

  it('is decided at once, on the state that there will be, and is in nobody’s sight before', async () => {
    const first = add();
    const gate = await gated.gate();
    const more = [add(), add()];
    await turn();
    expect(seen).toEqual([0, 1, 2, 3]);
    expect(ledger.state().entries).toBe(1);
    gate.letGo();
    await first;
    expect(ledger.state().entries).toBe(2);
    (await gated.gate()).letGo();
    await Promise.all(more);
    expect(seen).toEqual([0, 1, 2, 3]);
    const entries = await entriesOf(ledger);
    expect(entries.map(({ log }) => log.rev)).toEqual([0, 1, 2, 3]);
    expect(ledger.state()).toEqual(counted(entries));
  });

  it('goes on without end, each commit on the one before it', async () => {
    const all: Promise<unknown>[] = [add()];
    for (let round = 0; round < 20; round += 1) {
      const gate = await gated.gate();
      all.push(add(), add(undefined, `job/${round % 3}`));
      await turn();
      gate.letGo();
    }
    (await gated.gate()).letGo();
    await Promise.all(all);
    const entries = await entriesOf(ledger);
    expect(entries).toHaveLength(42);
    expect(seen).toEqual(Array.from({ length: 42 }, (_, at) => at));
    expect(ledger.state()).toEqual(counted(entries));
  });

  it('is decided anew where another was faster', async () => {
    const other = await openTestLedger({ ...gated.inner, close: async () => {} }, { isShared: true });
    const first = add();
    const gate = await gated.gate();
    const second = add();
    await turn();
    await other.submit(() => [testDraft()]);
    gated.isGated = false;
    gate.letGo();
    await Promise.all([first, second]);
    expect(seen).toEqual([0, 1, 2, 2, 3]);
    const entries = await entriesOf(ledger);
    expect(entries).toHaveLength(4);
    expect(ledger.state()).toEqual(counted(entries));
    await other.close();
  });

  it('waits where it repeats what is being stored, and is given the same receipt', async () => {
    const id = randomUUID();
    const first = add(id);
    const gate = await gated.gate();
    const [again, another] = [add(id), add()];
    await turn();
    gated.isGated = false;
    gate.letGo();
    const [receipt, same] = await Promise.all([first, again]);
    expect(same.entries.map(({ index }) => index)).toEqual(receipt.entries.map(({ index }) => index));
    await another;
    expect(ledger.size()).toBe(3);
  });

  it('is not written any more when the store has failed for the one before it', async () => {
    const first = add();
    const gate = await gated.gate();
    const second = add();
    await turn();
    gated.isGated = false;
    const broken = new AppError('unavailable', 'The disk is full.', { code: 'storage.cannot-write' });
    const isRefused = expect(first).rejects.toMatchObject({ kind: 'unavailable' });
    gate.fail(broken);
    await isRefused;
    await expect(second).rejects.toMatchObject({ code: 'ledger.stopped' });
    expect((await gated.inner.commits(0, 10)).length).toBe(1);
  });

  it('is not written any more when the ledger stops meanwhile for another reason', async () => {
    const damaged = new GatedStorage();
    let isDamaged = false;
    const commits: Storage['commits'] = async (from, limit) => {
      const there = await damaged.inner.commits(from, limit);
      return isDamaged ? there.map((one) => ({ ...one, bundle: one.bundle.map((byte) => byte ^ 1) })) : there;
    };
    let tellStopped = () => {};
    const stopped = new Promise<void>((resolve) => {
      tellStopped = resolve;
    });
    const other = await openTestLedger({ ...damaged.storage, commits }, { onStopped: () => tellStopped() });
    isDamaged = true;
    await other.submit(() => [testDraft()]);
    damaged.isGated = true;
    const first = other.submit(() => [testDraft()]);
    const gate = await damaged.gate();
    const second = other.submit(() => [testDraft()]);
    const isRefused = expect(second).rejects.toMatchObject({ code: 'ledger.stopped' });
    // What is read back before the first signature is not what was written.
    await stopped;
    damaged.isGated = false;
    gate.letGo();
    await first;
    await isRefused;
    expect((await damaged.inner.commits(0, 10)).length).toBe(2);
    await other.close();
  });

  it('is decided in its own turn when the store is in trouble about it alone', async () => {
    let isInTrouble = false;
    const troubled = new GatedStorage();
    const rowsById: Storage['rowsById'] = async (ids) => {
      if (isInTrouble) throw new AppError('unavailable', 'Away.', { code: 'storage.out-of-reach' });
      return troubled.inner.rowsById(ids);
    };
    const other = await openTestLedger({ ...troubled.storage, rowsById });
    const id = randomUUID();
    await other.submit(() => [testDraft(id)]);
    troubled.isGated = true;
    const first = other.submit(() => [testDraft()]);
    const gate = await troubled.gate();
    isInTrouble = true;
    // Only the store knows what was said under this id.
    const second = other.submit(() => [testDraft(id)]);
    await turn();
    troubled.isGated = false;
    const isRefused = expect(second).rejects.toMatchObject({ code: 'storage.out-of-reach' });
    gate.letGo();
    expect((await first).entries).toHaveLength(1);
    await isRefused;
    await other.close();
  });

  it('is refused only when what it rests on is stored', async () => {
    const first = add();
    const gate = await gated.gate();
    let isRefused = false;
    const second = ledger.submit(({ entries }) => {
      if (entries >= 2) throw new AppError('conflict', 'There are two already.', { code: 'test.full' });
      return [testDraft()];
    });
    second.catch(() => {
      isRefused = true;
    });
    await turn();
    await turn();
    expect(isRefused).toBe(false);
    gate.letGo();
    await first;
    await expect(second).rejects.toMatchObject({ code: 'test.full' });
  });
});
