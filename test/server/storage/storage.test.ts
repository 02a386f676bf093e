import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DatabaseSync } from '@photostructure/sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryStorage } from '../../../server/storage/memory-storage.ts';
import { openSqliteStorage } from '../../../server/storage/sqlite-storage.ts';
import type { Storage } from '../../../server/storage/storage.ts';
import { CommitMaker } from './made-commits.ts';
import { storageContract } from './storage-contract.ts';

const newFolder = () => mkdtempSync(join(tmpdir(), 'commonwright-storage-'));

describe('storage in memory', () => {
  storageContract(async () => {
    const storage = createMemoryStorage();
    return { open: async () => storage, end: () => storage.close() };
  });
});

describe('storage in SQLite', () => {
  storageContract(async () => {
    const folder = newFolder();
    const opened: Storage[] = [];
    return {
      async open() {
        const storage = await openSqliteStorage(join(folder, 'ledger.sqlite'));
        opened.push(storage);
        return storage;
      },
      async end() {
        await Promise.all(opened.map((storage) => storage.close()));
        rmSync(folder, { recursive: true });
      },
    };
  });
});

describe.each([
  ['SQLite', (folder: string) => openSqliteStorage(join(folder, 'ledger.sqlite'))],
  ['memory', async () => createMemoryStorage()],
] as const)('a commit with an entry that is in %s already', (_name, open) => {
  it('is refused, nothing of it is kept, and the next one is taken', async () => {
    const folder = newFolder();
    const storage = await open(folder);
    const make = new CommitMaker();
    const [one, two, three] = [make.next(['a']), make.next(['b', 'b']), make.next(['c'])];
    await storage.putCommit(one.commit, one.rows);
    const repeated = two.rows.map((row, at) => (at === 1 ? { ...row, id: 'a-0' } : row));
    await expect(storage.putCommit(two.commit, repeated)).rejects.toThrow();
    expect(await storage.commits(0, 10)).toHaveLength(1);
    expect(await storage.rowsById(['a-1'])).toEqual([]);
    await storage.putCommit(two.commit, two.rows);
    expect(await storage.putCommit(three.commit, three.rows)).toBe('stored');
    await storage.close();
    rmSync(folder, { recursive: true });
  });
});

describe('the SQLite file', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = newFolder();
    file = join(folder, 'ledger.sqlite');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('that is no database is refused with a sentence that names it', async () => {
    writeFileSync(file, 'no database, but long enough to be taken for the head of one '.repeat(20));
    await expect(openSqliteStorage(file)).rejects.toThrow(`The ledger ${file} cannot be opened`);
    await expect(openSqliteStorage(join(folder, 'none', 'ledger'))).rejects.toMatchObject({
      name: 'AppError',
      kind: 'unavailable',
      code: 'storage.cannot-open',
    });
  });

  it('is read again with everything in it', async () => {
    const { commit, rows } = new CommitMaker().next(['a', 'b']);
    const before = await openSqliteStorage(file);
    await before.putCommit(commit, rows);
    await before.putIfAbsent('cp/1', Uint8Array.of(7));
    await before.close();
    await before.close();
    await expect(before.get('cp/1')).rejects.toMatchObject({ code: 'storage.closed' });
    const after = await openSqliteStorage(file);
    expect(await after.commits(0, 10)).toEqual([commit]);
    expect(await after.rows(0, 10)).toEqual(rows);
    expect(await after.get('cp/1')).toEqual(Uint8Array.of(7));
    await after.close();
  });

  it('that another process holds for a moment is waited for', async () => {
    const storage = await openSqliteStorage(file);
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    const put = storage.putIfAbsent('key', Uint8Array.of(1));
    await expect(
      Promise.race([put, new Promise((resolve) => setTimeout(resolve, 100))]),
    ).resolves.toBeUndefined();
    other.exec('COMMIT');
    other.close();
    expect(await put).toBe('stored');
    await storage.close();
  });

  it('lets exactly one of several processes have a number', async () => {
    const script = fileURLToPath(new URL('./racing-process.ts', import.meta.url));
    const outputs = await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        promisify(execFile)(process.execPath, ['--import', 'tsx', script, file, name, '200']),
      ),
    );
    const won = outputs.flatMap(({ stdout }) => stdout.trim().split('\n').filter(Boolean).map(Number));
    expect(won.sort((x, y) => x - y)).toEqual(Array.from({ length: 200 }, (_, number) => number));
    const storage = await openSqliteStorage(file);
    expect(await storage.commits(0, 300)).toHaveLength(200);
    await storage.close();
  });

  it('that another process holds for too long is out of reach, and is written again when it lets go', {
    timeout: 60_000,
  }, async () => {
    const storage = await openSqliteStorage(file);
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    await expect(storage.putIfAbsent('key', Uint8Array.of(1))).rejects.toMatchObject({
      code: 'storage.out-of-reach',
    });
    other.exec('ROLLBACK');
    other.close();
    expect(await storage.putIfAbsent('key', Uint8Array.of(1))).toBe('stored');
    await storage.close();
  });

  it('is opened by several at once, also when none of them has made it yet', async () => {
    const stores = await Promise.all(Array.from({ length: 4 }, () => openSqliteStorage(file)));
    const results = await Promise.all(stores.map((storage) => storage.putIfAbsent('key', Uint8Array.of(1))));
    expect(results.filter((result) => result === 'stored')).toHaveLength(1);
    await Promise.all(stores.map((storage) => storage.close()));
  });

  it('takes no more writes once one has failed for the sake of the disk, and can still be read', async () => {
    const make = new CommitMaker();
    const [one, two, three] = [make.next(['a']), make.next(['a']), make.next(['a'])];
    const storage = await openSqliteStorage(file);
    await storage.putCommit(one.commit, one.rows);
    const other = new DatabaseSync(file);
    // Stands for a disk that fails: SQLite answers with an error that no retry mends.
    other.exec('DROP TABLE entries');
    await expect(storage.putCommit(two.commit, two.rows)).rejects.toMatchObject({
      code: 'storage.cannot-write',
    });
    other.exec('CREATE TABLE entries (idx, number, stream, rev, id, leaf)');
    other.close();
    await expect(storage.putCommit(three.commit, three.rows)).rejects.toThrow(/cannot be written/);
    await expect(storage.putIfAbsent('key', Uint8Array.of(1))).rejects.toThrow(/cannot be written/);
    expect(await storage.commits(0, 10)).toEqual([one.commit]);
    await storage.close();
  });
});
