import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../server/geometry/nesting/seeded-random.ts';
import type { Ledger } from '../../../server/ledger/ledger.ts';
import { createMemoryStorage } from '../../../server/storage/memory-storage.ts';
import { openSqliteStorage } from '../../../server/storage/sqlite-storage.ts';
import type { EntryRow, Storage, StoredCommit } from '../../../server/storage/storage.ts';
import { verifyLog } from '../../support/verify-whole-log.ts';
import type { Counted } from './counting-fold.ts';
import { fill, openTestLedger, testDraft } from './open-test-ledger.ts';

const ENTRIES = 700;
/** A start reads a snapshot and replays the rest, as with a large ledger. */
const large = { snapshotEntries: 200 };

const verified = async (ledger: Ledger<Counted>) =>
  verifyLog(async (path) => (await ledger.logFile(path))?.bytes, (await ledger.head()).verifierKey);

async function filled(storage: Storage): Promise<{ root: string; state: Counted }> {
  const ledger = await openTestLedger(storage, large);
  await fill(ledger, ENTRIES);
  const { root } = await ledger.published();
  const state = { ...ledger.state() };
  await ledger.close();
  return { root, state };
}

/**
 * Opens a store, appends and signs. What may come out: a refusal, with nothing signed; or a log that anybody can verify,
 * which goes on from the one that was signed before.
 */
async function whatComesOf(
  storage: Storage,
  before: { root: string; state: Counted },
): Promise<'refused' | 'right'> {
  const signed = async () => (await storage.keys('cp/')).at(-1);
  const newest = await signed();
  const stopped: unknown[] = [];
  let ledger: Ledger<Counted> | undefined;
  try {
    ledger = await openTestLedger(
      { ...storage, close: async () => {} },
      { ...large, onStopped: (e) => stopped.push(e) },
    );
    await ledger.submit(() => [testDraft()]);
    await ledger.published();
  } catch (error) {
    expect(error).toMatchObject({ kind: 'unavailable' });
    await ledger?.close();
    expect(await signed()).toBe(newest);
    return 'refused';
  }
  expect(stopped).toEqual([]);
  expect(ledger.state().entries).toBe(before.state.entries + 1);
  expect(await verified(ledger)).toMatchObject({ verified: true, size: ENTRIES + 1 });
  await ledger.close();
  return 'right';
}

function flipIn(bytes: Uint8Array, random: () => number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const at = Math.floor(random() * copy.length);
  copy[at] = (copy[at] ?? 0) ^ (1 << Math.floor(random() * 8));
  return copy;
}

describe('a flipped bit', () => {
  it('in a commit, a row, a tile or the newest checkpoint is found before anything is signed', {
    timeout: 120_000,
  }, async () => {
    const random = seededRandom(4);
    const storage = createMemoryStorage();
    const before = await filled(storage);
    const commits = await storage.commits(0, 10_000);
    const anyOf = <Thing>(things: readonly Thing[]): Thing => {
      const thing = things[Math.floor(random() * things.length)];
      if (thing === undefined) throw new Error('nothing to choose from');
      return thing;
    };
    const inCommit = (change: (commit: StoredCommit) => StoredCommit) => {
      const { number } = anyOf(commits);
      return copyOf(storage, { commit: (commit) => (commit.number === number ? change(commit) : commit) });
    };
    const inRow = (change: (row: EntryRow) => EntryRow) => {
      const index = Math.floor(random() * ENTRIES);
      return copyOf(storage, { row: (row) => (row.index === index ? change(row) : row) });
    };
    const inValue = async (prefix: string, key?: string) => {
      const name = key ?? anyOf(await storage.keys(prefix));
      return copyOf(storage, { value: (one, bytes) => (one === name ? flipIn(bytes, random) : bytes) });
    };
    const newestCheckpoint = (await storage.keys('cp/')).at(-1) ?? '';
    for (let round = 0; round < 8; round += 1) {
      const damagedStores = [
        await inCommit((commit) => ({ ...commit, bundle: flipIn(commit.bundle, random) })),
        await inCommit((commit) => ({ ...commit, hash: flipIn(commit.hash, random) })),
        await inCommit((commit) => ({ ...commit, previous: flipIn(commit.previous, random) })),
        await inCommit((commit) => ({ ...commit, first: commit.first ^ (1 << Math.floor(random() * 9)) })),
        await inRow((row) => ({ ...row, leafHash: flipIn(row.leafHash, random) })),
        await inRow((row) => ({
          ...row,
          id: Buffer.from(flipIn(Buffer.from(row.id), random)).toString('latin1'),
        })),
        await inRow((row) => ({ ...row, rev: row.rev ^ (1 << Math.floor(random() * 5)) })),
        await inValue('tile/'),
        await inValue('', newestCheckpoint),
      ];
      for (const [at, store] of damagedStores.entries())
        expect([at, await whatComesOf(store, before)]).toEqual([at, 'refused']);
      // A snapshot and the filter can be made again: they are left aside, and what comes out is right.
      expect(await whatComesOf(await inValue('snapshot/'), before)).toBe('right');
    }
  });

  it('anywhere in the file of a database never leads to a wrong signature', {
    timeout: 180_000,
  }, async () => {
    const random = seededRandom(5);
    const folder = mkdtempSync(join(tmpdir(), 'commonwright-flipped-'));
    const file = join(folder, 'ledger.sqlite');
    const before = await filled(await openSqliteStorage(file));
    const whole = readFileSync(file);
    const outcomes = { refused: 0, right: 0 };
    for (let round = 0; round < 60; round += 1) {
      writeFileSync(file, flipIn(whole, random));
      for (const part of ['-wal', '-shm']) rmSync(file + part, { force: true });
      let storage: Storage;
      try {
        storage = await openSqliteStorage(file);
      } catch {
        outcomes.refused += 1;
        continue;
      }
      try {
        outcomes[await whatComesOfFile(storage, before)] += 1;
      } finally {
        await storage.close().catch(() => undefined);
      }
    }
    rmSync(folder, { recursive: true });
    expect(outcomes.refused).toBeGreaterThan(10);
  });

  /** SQLite itself may refuse a page, in words of its own, already when one looks. */
  async function whatComesOfFile(storage: Storage, before: { root: string; state: Counted }) {
    try {
      await storage.keys('cp/');
    } catch {
      return 'refused';
    }
    return whatComesOf({ ...storage, keys: (prefix) => storage.keys(prefix).catch(() => []) }, before);
  }
});

interface Damage {
  commit?: (commit: StoredCommit) => StoredCommit;
  row?: (row: EntryRow) => EntryRow;
  value?: (key: string, bytes: Uint8Array) => Uint8Array;
}

async function copyOf(storage: Storage, damage: Damage): Promise<Storage> {
  const copy = createMemoryStorage();
  for (const commit of await storage.commits(0, 10_000)) {
    const rows = await storage.rows(commit.first, commit.count);
    await copy.putCommit(damage.commit?.(commit) ?? commit, damage.row ? rows.map(damage.row) : rows);
  }
  for (const key of await storage.keys('')) {
    const bytes = (await storage.get(key)) ?? new Uint8Array();
    await copy.putIfAbsent(key, damage.value?.(key, bytes) ?? bytes);
  }
  return copy;
}
