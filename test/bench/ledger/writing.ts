import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { importMirror } from '../../../server/copies/import.ts';
import { openSqliteStorage } from '../../../server/storage/sqlite-storage.ts';

const BATCH = 256;
/** As many as are imported: an index of random ids becomes slower as it grows. */
export const RAW_ENTRIES = 100_000;
const LEAF_BYTES = 600;

/** The tables of the ledger's database. */
const SCHEMA = `
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE commits (number INTEGER PRIMARY KEY, first INTEGER NOT NULL, count INTEGER NOT NULL,
  previous BLOB NOT NULL, hash BLOB NOT NULL, bundle BLOB NOT NULL) STRICT;
CREATE TABLE entries (idx INTEGER PRIMARY KEY, number INTEGER NOT NULL, stream TEXT NOT NULL, rev INTEGER NOT NULL,
  id TEXT NOT NULL UNIQUE, leaf BLOB NOT NULL, UNIQUE (stream, rev)) STRICT;
`;

function inFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'commonwright-writing-'));
  return work(folder).finally(() => rmSync(folder, { recursive: true }));
}

/** Entries a second that SQLite itself takes in batches of 256, into the same tables, each batch durable. */
export function rawInsertRate(): Promise<number> {
  return inFolder(async (folder) => {
    const database = new DatabaseSync(join(folder, 'raw.sqlite'));
    database.exec(SCHEMA);
    const putCommit = database.prepare('INSERT INTO commits VALUES (?, ?, ?, ?, ?, ?)');
    const putEntry = database.prepare('INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)');
    const hash = new Uint8Array(32).fill(1);
    const bundle = new Uint8Array(BATCH * LEAF_BYTES).fill(2);
    const startedMs = performance.now();
    for (let first = 0; first < RAW_ENTRIES; first += BATCH) {
      database.exec('BEGIN IMMEDIATE');
      putCommit.run(first / BATCH, first, BATCH, hash, hash, bundle);
      for (let at = first; at < first + BATCH; at += 1)
        putEntry.run(at, first / BATCH, `job/${at % 977}`, Math.floor(at / 977), randomUUID(), hash);
      database.exec('COMMIT');
    }
    const seconds = (performance.now() - startedMs) / 1_000;
    database.close();
    return RAW_ENTRIES / seconds;
  });
}

/** Entries a second that a mirror is imported with: chain, leaf hashes and tree checked, hash tiles written. */
export function importRate(mirror: string): Promise<number> {
  return inFolder(async (folder) => {
    const storage = await openSqliteStorage(join(folder, 'imported.sqlite'));
    const startedMs = performance.now();
    const { size } = await importMirror({ folder: mirror, storage, verifierKey: undefined, show: () => {} });
    const seconds = (performance.now() - startedMs) / 1_000;
    await storage.close();
    return size / seconds;
  });
}
