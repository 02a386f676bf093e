import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryStorage } from '../../../server/storage/memory-storage.ts';
import { openSqliteStorage } from '../../../server/storage/sqlite-storage.ts';
import type { EntryRow, Storage, StoredCommit } from '../../../server/storage/storage.ts';

let folder: string;
let storage: Storage;

const commit = (number: number, first: number, count: number): StoredCommit => ({
  number,
  first,
  count,
  previous: new Uint8Array(32).fill(number),
  hash: new Uint8Array(32).fill(number + 1),
  bundle: Uint8Array.of(0, 1, number),
});
const row = (index: number, number: number, stream: string, rev: number): EntryRow => ({
  index,
  commit: number,
  stream,
  rev,
  id: `id-${index}`,
  leafHash: new Uint8Array(32).fill(index),
});

describe.each([
  ['SQLite', () => openSqliteStorage(join(folder, 'ledger.sqlite'))],
  ['memory', () => createMemoryStorage()],
] as const)('storage in %s', (_name, open) => {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'commonwright-storage-'));
    storage = open();
  });
  afterEach(async () => {
    await storage.close();
    rmSync(folder, { recursive: true });
  });

  it('keeps a commit under its number and gives it back', async () => {
    expect(await storage.putCommit(commit(0, 0, 2), [row(0, 0, 'a', 0), row(1, 0, 'b', 0)])).toBe('stored');
    expect(await storage.putCommit(commit(1, 2, 1), [row(2, 1, 'a', 1)])).toBe('stored');
    expect(await storage.commits(0, 10)).toEqual([commit(0, 0, 2), commit(1, 2, 1)]);
    expect(await storage.commits(1, 1)).toEqual([commit(1, 2, 1)]);
    expect(await storage.commits(2, 1)).toEqual([]);
    expect(await storage.commitOf(1)).toEqual(commit(0, 0, 2));
    expect(await storage.commitOf(3)).toBeUndefined();
  });

  it('writes nothing under a number that is taken', async () => {
    await storage.putCommit(commit(0, 0, 1), [row(0, 0, 'a', 0)]);
    expect(
      await storage.putCommit({ ...commit(0, 0, 1), bundle: Uint8Array.of(9) }, [row(7, 0, 'z', 0)]),
    ).toBe('exists');
    expect(await storage.commits(0, 10)).toEqual([commit(0, 0, 1)]);
    expect(await storage.rowById('id-7')).toBeUndefined();
  });

  it('refuses a commit with an entry that is there already, and keeps nothing of it', async () => {
    await storage.putCommit(commit(0, 0, 1), [row(0, 0, 'a', 0)]);
    await expect(
      storage.putCommit(commit(1, 1, 2), [row(1, 1, 'b', 0), { ...row(2, 1, 'b', 1), id: 'id-0' }]),
    ).rejects.toThrow();
    expect(await storage.commits(0, 10)).toHaveLength(1);
    expect(await storage.rowById('id-1')).toBeUndefined();
  });

  it('finds entries by id and by stream', async () => {
    await storage.putCommit(commit(0, 0, 3), [row(0, 0, 'a', 0), row(1, 0, 'b', 0), row(2, 0, 'a', 1)]);
    expect(await storage.rowById('id-2')).toEqual(row(2, 0, 'a', 1));
    expect(await storage.rowById('id-3')).toBeUndefined();
    expect(await storage.lastOfStream('a')).toEqual(row(2, 0, 'a', 1));
    expect(await storage.lastOfStream('c')).toBeUndefined();
    expect(await storage.rowsOfStream('a', 0, 10)).toEqual([row(0, 0, 'a', 0), row(2, 0, 'a', 1)]);
    expect(await storage.rowsOfStream('a', 1, 10)).toEqual([row(2, 0, 'a', 1)]);
  });

  it('keeps the first value of a key, and finds the greatest key of a prefix', async () => {
    expect(await storage.putIfAbsent('cp/01', Uint8Array.of(1))).toBe('stored');
    expect(await storage.putIfAbsent('cp/02', Uint8Array.of(2))).toBe('stored');
    expect(await storage.putIfAbsent('cq', Uint8Array.of(3))).toBe('stored');
    expect(await storage.putIfAbsent('cp/01', Uint8Array.of(9))).toBe('exists');
    expect(await storage.get('cp/01')).toEqual(Uint8Array.of(1));
    expect(await storage.get('cp/03')).toBeUndefined();
    expect(await storage.last('cp/')).toEqual({ key: 'cp/02', value: Uint8Array.of(2) });
    expect(await storage.last('x/')).toBeUndefined();
  });
});

describe('the SQLite file', () => {
  it('that is no database is refused with a sentence that names it', () => {
    const place = mkdtempSync(join(tmpdir(), 'commonwright-storage-'));
    const file = join(place, 'ledger.sqlite');
    writeFileSync(file, 'no database, but long enough to be taken for the head of one '.repeat(20));
    expect(() => openSqliteStorage(file)).toThrow(`The ledger ${file} cannot be opened`);
    rmSync(place, { recursive: true });
  });
});
