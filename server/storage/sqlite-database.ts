import { DatabaseSync } from '@photostructure/sqlite';
import { HASH_BYTES } from '#contract/merkle.ts';
import { AppError } from '../errors.ts';
import type { PackedCommit, RowColumns, SqliteCalls } from './sqlite-messages.ts';
import { type EntryRow, type PutResult, READ_BYTES_MAX, type StoredCommit } from './storage.ts';

/** FULL, not NORMAL: an acknowledged commit must survive a power cut, and the difference is less than a factor of two. */
const SCHEMA = `
PRAGMA busy_timeout = 5000;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA foreign_keys = ON;
CREATE TABLE IF NOT EXISTS commits (
  number INTEGER PRIMARY KEY, first INTEGER NOT NULL, count INTEGER NOT NULL,
  previous BLOB NOT NULL, hash BLOB NOT NULL, bundle BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS entries (
  idx INTEGER PRIMARY KEY, number INTEGER NOT NULL, stream TEXT NOT NULL, rev INTEGER NOT NULL,
  id TEXT NOT NULL UNIQUE, leaf BLOB NOT NULL, UNIQUE (stream, rev)
) STRICT;
CREATE TABLE IF NOT EXISTS keyed (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
`;

/** Each waits the busy timeout of five seconds: a process that holds the file for longer than all of them is stuck. */
const BUSY_ATTEMPTS_MAX = 3;

/** Result codes of SQLite (sqlite.org/rescode.html); the lowest byte of an extended one. */
const SQLITE_BUSY = 5;
/** Several processes were at the lock file of the write-ahead log at once, again and again. */
const SQLITE_PROTOCOL = 15;
const SQLITE_CONSTRAINT = 19;
/** Others stood in the way; nothing is wrong with the file. */
const IN_USE: readonly number[] = [SQLITE_BUSY, SQLITE_PROTOCOL];

/** Others who open the file at the same time are done in a few milliseconds. */
const OPENING_ATTEMPTS_MAX = 100;
const OPENING_PAUSE_MS = 20;

type Database = InstanceType<typeof DatabaseSync>;

interface EntryColumns {
  idx: number;
  number: number;
  stream: string;
  rev: number;
  id: string;
  leaf: Uint8Array;
}

/**
 * Opens or creates a database, for use in a thread of its own: every call works synchronously and waits for the disk.
 * Several processes may have the same file open. A write that failed for any other reason than the data or another
 * process that has the file is the last: after a failed fsync nobody knows what is on the disk, so later writes are refused.
 * @throws AppError `unavailable` where the file cannot be opened or is no database.
 */
export function openSqliteDatabase(path: string): SqliteCalls {
  const database = open(path);
  const statements = prepare(database);
  const write = oneWriteAtATime(database, path);
  const putEntries = ({ number, first, columns, leaves }: PackedCommit) => {
    const { ids, streams, revs }: RowColumns = JSON.parse(columns);
    for (const [at, id] of ids.entries()) {
      const leaf = leaves.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES);
      statements.putEntry.run(first + at, number, streams[at], revs[at], id, leaf);
    }
  };

  return {
    putCommit: (packed) =>
      write(() => {
        const { number, first, count, previous, hash, bundle } = packed;
        if (statements.hasCommit.get(number) !== undefined) return 'exists';
        statements.putCommit.run(number, first, count, previous, hash, bundle);
        putEntries(packed);
        return 'stored';
      }),
    commits(from, limit) {
      const run: StoredCommit[] = [];
      let bytes = 0;
      for (let number = from; run.length < limit; number += 1) {
        const commit: StoredCommit | undefined = statements.commit.get(number);
        if (commit === undefined) break;
        bytes += commit.bundle.length;
        if (bytes > READ_BYTES_MAX && run.length > 0) break;
        run.push({ ...commit });
      }
      return run;
    },
    commitOf(index) {
      const commit: StoredCommit | undefined = statements.commitOf.get(index);
      return commit && { ...commit };
    },
    rowsById: (ids) => ids.flatMap((id) => statements.rowById.all(id).map(toRow)),
    lastOfStream: (stream) => statements.lastOfStream.all(stream).map(toRow)[0],
    rowsOfStream: (stream, fromRev, limit) => statements.rowsOfStream.all(stream, fromRev, limit).map(toRow),
    rows: (from, count) => statements.rows.all(from, from + count).map(toRow),
    putAllIfAbsent: (keys, values) =>
      write(() =>
        keys.map(
          (key, at): PutResult =>
            statements.putKeyed.run(key, values[at]).changes === 1 ? 'stored' : 'exists',
        ),
      ),
    getAll: (keys) =>
      keys.map((key) => {
        const row: { value: Uint8Array } | undefined = statements.keyed.get(key);
        return row?.value;
      }),
    last: (prefix) => statements.lastKeyed.get(prefix, afterPrefix(prefix)),
    keys: (prefix) =>
      statements.keys.all(prefix, afterPrefix(prefix)).map(({ name }: { name: string }) => name),
    remove: (keys) =>
      write(() => {
        for (const key of keys) statements.removeKeyed.run(key);
      }),
    close: () => database.close(),
  };
}

/** Runs work as one transaction, whole or not at all. */
function oneWriteAtATime(database: Database, path: string) {
  let broken: { cause: unknown } | undefined;

  const once = <T>(work: () => T): T => {
    try {
      database.exec('BEGIN IMMEDIATE');
      const result = work();
      database.exec('COMMIT');
      return result;
    } catch (error) {
      // Some failures have ended the transaction already.
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  };
  const patiently = <T>(work: () => T): T => {
    for (let attempts = 1; ; attempts += 1)
      try {
        return once(work);
      } catch (error) {
        if (!isInUse(error)) throw error;
        if (attempts === BUSY_ATTEMPTS_MAX) throw inUse(path, error);
      }
  };

  return <T>(work: () => T): T => {
    if (broken !== undefined) throw cannotWrite(path, broken.cause);
    try {
      return patiently(work);
    } catch (error) {
      // An error without a result code is ours, and one of the data harms nothing else.
      if (resultCode(error) === undefined || isOneOf(error, SQLITE_CONSTRAINT)) throw error;
      broken = { cause: error };
      throw cannotWrite(path, error);
    }
  };
}

/** Whether SQLite only says that another process has the file at this moment. */
export function isInUse(error: unknown): boolean {
  return isOneOf(error, ...IN_USE);
}

/** The ledger may go on when the other process lets go of the file. */
export function inUse(path: string, cause: unknown): AppError {
  return new AppError(
    'unavailable',
    `Another program has held the ledger ${path} for too long (${wordsOf(cause)}). Find it; this server goes on when it lets go.`,
    { code: 'storage.out-of-reach', cause },
  );
}

function resultCode(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode & 255
    : undefined;
}

function isOneOf(error: unknown, ...codes: readonly number[]): boolean {
  const code = resultCode(error);
  return code !== undefined && codes.includes(code);
}

function open(path: string): Database {
  let database: Database | undefined;
  try {
    database = new DatabaseSync(path);
    makeReady(database);
    return database;
  } catch (cause) {
    database?.close();
    throw new AppError(
      'unavailable',
      `The ledger ${path} cannot be opened (${wordsOf(cause)}). Check that the folder can be written and the disk is not full.`,
      { code: 'storage.cannot-open', cause },
    );
  }
}

/** The change to a write-ahead log needs the file alone, and does not wait for it as other statements do. */
function makeReady(database: Database): void {
  for (let attempts = 1; ; attempts += 1) {
    try {
      database.exec(SCHEMA);
      return;
    } catch (error) {
      if (!isInUse(error) || attempts >= OPENING_ATTEMPTS_MAX) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, OPENING_PAUSE_MS);
    }
  }
}

function cannotWrite(path: string, cause: unknown): AppError {
  return new AppError(
    'unavailable',
    `The ledger ${path} cannot be written (${wordsOf(cause)}). Look at the disk, then start the server again.`,
    { code: 'storage.cannot-write', cause },
  );
}

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function prepare(database: Database) {
  const entry = 'SELECT idx, number, stream, rev, id, leaf FROM entries';
  return {
    putCommit: database.prepare('INSERT INTO commits VALUES (?, ?, ?, ?, ?, ?)'),
    putEntry: database.prepare('INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)'),
    hasCommit: database.prepare('SELECT number FROM commits WHERE number = ?'),
    commit: database.prepare('SELECT * FROM commits WHERE number = ?'),
    commitOf: database.prepare(
      'SELECT * FROM commits WHERE number = (SELECT number FROM entries WHERE idx = ?)',
    ),
    rowById: database.prepare(`${entry} WHERE id = ?`),
    rows: database.prepare(`${entry} WHERE idx >= ? AND idx < ? ORDER BY idx`),
    lastOfStream: database.prepare(`${entry} WHERE stream = ? ORDER BY rev DESC LIMIT 1`),
    rowsOfStream: database.prepare(`${entry} WHERE stream = ? AND rev >= ? ORDER BY rev LIMIT ?`),
    putKeyed: database.prepare('INSERT OR IGNORE INTO keyed VALUES (?, ?)'),
    keyed: database.prepare('SELECT value FROM keyed WHERE name = ?'),
    keys: database.prepare('SELECT name FROM keyed WHERE name >= ? AND name < ? ORDER BY name'),
    lastKeyed: database.prepare(
      'SELECT name AS key, value FROM keyed WHERE name >= ? AND name < ? ORDER BY name DESC LIMIT 1',
    ),
    removeKeyed: database.prepare('DELETE FROM keyed WHERE name = ?'),
  };
}

/** Greater than every key with the prefix, and less than the keys after them. */
function afterPrefix(prefix: string): string {
  return `${prefix}\u{10ffff}`;
}

function toRow({ idx: index, number: commit, stream, rev, id, leaf }: EntryColumns): EntryRow {
  return { index, commit, stream, rev, id, leafHash: leaf };
}
