import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../server/errors.ts';
import type { Ledger } from '../../../server/ledger/ledger.ts';
import { createMemoryStorage } from '../../../server/storage/memory-storage.ts';
import { openSqliteStorage } from '../../../server/storage/sqlite-storage.ts';
import type { Storage } from '../../../server/storage/storage.ts';
import { type Counted, counted } from './counting-fold.ts';
import { openTestLedger, testDraft } from './open-test-ledger.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'commonwright-writers-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const openShared = (storage: Storage) =>
  openTestLedger({ ...storage, close: async () => {} }, { isShared: true });

describe('several writers on one SQLite file', () => {
  it('all append to one chain and come to the same state', { timeout: 60_000 }, async () => {
    const path = join(folder, 'ledger.sqlite');
    const storages = await Promise.all([1, 2, 3].map(() => openSqliteStorage(path)));
    const ledgers = await Promise.all(storages.map((storage) => openTestLedger(storage, { isShared: true })));
    const receipts = await Promise.all(
      Array.from({ length: 150 }, (_, at) =>
        ledgers[at % 3]?.submit(() => [testDraft(undefined, `job/${at % 5}`), testDraft()]),
      ),
    );
    await Promise.all(ledgers.map((ledger) => ledger.refresh()));
    const [first] = ledgers;
    const entries = (await first?.entries(0, 1_000)) ?? [];
    expect(entries).toHaveLength(300);
    expect(
      receipts
        .flatMap((receipt) => receipt?.entries ?? [])
        .map(({ index }) => index)
        .sort((a, b) => a - b),
    ).toEqual(entries.map(({ index }) => index));
    for (const ledger of ledgers) expect(ledger.state()).toEqual(counted(entries));
    const heads = await Promise.all(ledgers.map((ledger) => ledger.published()));
    expect(new Set(heads.map(({ checkpoint }) => checkpoint)).size).toBe(1);
    for (const ledger of ledgers) await ledger.close();
  });
});

describe('several writers on one store', () => {
  let storage: Storage;
  let one: Ledger<Counted>;
  let other: Ledger<Counted>;

  beforeEach(async () => {
    storage = createMemoryStorage();
    one = await openShared(storage);
    other = await openShared(storage);
  });
  afterEach(async () => {
    await one.close();
    await other.close();
  });

  it('hear of what the others appended, in the order of the log', async () => {
    const heard: number[] = [];
    other.subscribe((entries) => heard.push(...entries.map(({ index }) => index)));
    await one.submit(() => [testDraft(), testDraft()]);
    await other.submit(() => [testDraft()]);
    await one.submit(() => [testDraft()]);
    await other.refresh();
    expect(heard).toEqual([0, 1, 2, 3]);
  });

  it('decide anew where another was faster, and refuse only what the newest state refuses', async () => {
    await one.submit(() => [testDraft()]);
    // The other has not heard of it yet; its rule needs exactly one entry.
    const receipt = await other.submit((state) => {
      if (state.entries !== 1) throw new AppError('conflict', 'not yet');
      return [testDraft()];
    });
    expect(receipt.entries.map(({ index }) => index)).toEqual([1]);
    const refusal = one.submit((state) => {
      if (state.entries === 2) throw new AppError('conflict', 'too late');
      return [testDraft()];
    });
    await expect(refusal).rejects.toThrow('too late');
  });

  it('recognise a repeat that went through the other one', async () => {
    const id = randomUUID();
    const first = await one.submit(() => [testDraft(id)]);
    const again = await other.submit(() => [testDraft(id)]);
    expect(again.entries).toEqual(first.entries);
    await expect(other.submit(() => [testDraft(id, 'job/2')])).rejects.toMatchObject({
      code: 'ledger.id-conflict',
    });
    expect((await storage.commits(0, 10)).length).toBe(1);
  });

  it('give the old receipt to a repeat that would be refused now', async () => {
    const id = randomUUID();
    const command = (ledger: Ledger<Counted>) =>
      ledger.submit(
        (state) => {
          if (state.entries > 0) throw new AppError('conflict', 'only once');
          return [testDraft(id)];
        },
        { ids: [id] },
      );
    const first = await command(one);
    expect((await command(other)).entries).toEqual(first.entries);
  });

  it('hold a command to the revision that it expects of a stream', async () => {
    await one.submit(() => [testDraft(), testDraft()]);
    const append = (revision: number | 'none' | 'exists' | 'any', stream = 'job/1') =>
      other.submit(() => [testDraft(undefined, stream)], { expected: [{ stream, revision }] });
    expect((await append(1)).entries[0]?.log.rev).toBe(2);
    await expect(append(1)).rejects.toMatchObject({
      code: 'ledger.wrong-revision',
      details: { stream: 'job/1', expected: 1, newest: 2 },
    });
    await expect(append('none')).rejects.toMatchObject({ code: 'ledger.wrong-revision' });
    expect((await append('exists')).entries).toHaveLength(1);
    expect((await append('any')).entries).toHaveLength(1);
    await expect(append('exists', 'job/2')).rejects.toThrow(/has no entry yet/);
    expect((await append('none', 'job/2')).entries).toHaveLength(1);
  });
});

describe('a writer whose store is away for a while', () => {
  const away = new AppError('unavailable', 'away', { code: 'storage.out-of-reach' });
  const fast = { isShared: true, after: (_ms: number, call: () => void) => afterImmediate(call) };

  function afterImmediate(call: () => void): () => void {
    const waiting = setImmediate(call);
    return () => clearImmediate(waiting);
  }

  it('finds its own commit when only the answer was lost, and stores nothing twice', async () => {
    const storage = createMemoryStorage();
    let losses = 2;
    const losing: Storage = {
      ...storage,
      async putCommit(commit, rows) {
        const result = await storage.putCommit(commit, rows);
        losses -= 1;
        if (losses >= 0) throw away;
        return result;
      },
    };
    const ledger = await openTestLedger(losing, fast);
    const { entries } = await ledger.submit(() => [testDraft()]);
    expect(entries.map(({ index }) => index)).toEqual([0]);
    expect(await storage.commits(0, 10)).toHaveLength(1);
    await ledger.close();
  });

  it('tells the commands of now, and goes on when the store is back', async () => {
    const storage = createMemoryStorage();
    let isAway = false;
    const leaving: Storage = {
      ...storage,
      putCommit: (commit, rows) => (isAway ? Promise.reject(away) : storage.putCommit(commit, rows)),
    };
    const stopped: unknown[] = [];
    const ledger = await openTestLedger(leaving, { ...fast, onStopped: (error) => stopped.push(error) });
    isAway = true;
    await expect(ledger.submit(() => [testDraft()])).rejects.toMatchObject({ code: 'storage.out-of-reach' });
    isAway = false;
    expect((await ledger.submit(() => [testDraft()])).entries).toHaveLength(1);
    expect(stopped).toEqual([]);
    await ledger.close();
  });
});
