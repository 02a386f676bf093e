import { DatabaseSync } from '@photostructure/sqlite';
import { AppError } from '../errors.ts';
import type { EntryRow, PutResult, Storage, StoredCommit } from './storage.ts';

/** FULL, not NORMAL: an acknowledged commit must survive a power cut, and the difference is less than a factor of two. */
const SCHEMA = `
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA busy_timeout = 5000;
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
 * Opens or creates the database of one server. SQLite works synchronously: a commit costs one fsync of the caller's
 * thread, tens of microseconds on an idle disk.
 * @throws AppError `unavailable` where the file cannot be opened or is no database.
 */
export function openSqliteStorage(path: string): Storage {
  const database = open(path);
  const statements = prepare(database);

  function storeCommit(commit: StoredCommit, rows: readonly EntryRow[]): PutResult {
    database.exec('BEGIN IMMEDIATE');
    try {
      if (statements.commit.get(commit.number) !== undefined) {
        database.exec('ROLLBACK');
        return 'exists';
      }
      const { number, first, count, previous, hash, bundle } = commit;
      statements.putCommit.run(number, first, count, previous, hash, bundle);
      for (const row of rows)
        statements.putEntry.run(row.index, row.commit, row.stream, row.rev, row.id, row.leafHash);
      database.exec('COMMIT');
      return 'stored';
    } catch (error) {
      // Some failures have ended the transaction already.
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  }

  return {
    putCommit: async (commit, rows) => storeCommit(commit, rows),
    commits: async (from, limit) => statements.commits.all(from, limit).map(toCommit),
    commitOf: async (index) => statements.commitOf.all(index).map(toCommit)[0],
    rowById: async (id) => statements.rowById.all(id).map(toRow)[0],
    lastOfStream: async (stream) => statements.lastOfStream.all(stream).map(toRow)[0],
    rowsOfStream: async (stream, fromRev, limit) =>
      statements.rowsOfStream.all(stream, fromRev, limit).map(toRow),
    putIfAbsent: async (key, value) =>
      statements.putKeyed.run(key, value).changes === 1 ? 'stored' : 'exists',
    async get(key) {
      const row: { value: Uint8Array } | undefined = statements.keyed.get(key);
      return row && bytesOf(row.value);
    },
    async last(prefix) {
      const row: { name: string; value: Uint8Array } | undefined = statements.lastKeyed.get(
        prefix,
        `${prefix}\u{10ffff}`,
      );
      return row && { key: row.name, value: bytesOf(row.value) };
    },
    close: async () => database.close(),
  };
}

function open(path: string): Database {
  try {
    const database = new DatabaseSync(path);
    database.exec(SCHEMA);
    return database;
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new AppError(
      'unavailable',
      `The ledger ${path} cannot be opened (${words}). Check that the folder can be written and the disk is not full.`,
      { code: 'storage.cannot-open', cause },
    );
  }
}

function prepare(database: Database) {
  const entry = 'SELECT idx, number, stream, rev, id, leaf FROM entries';
  return {
    putCommit: database.prepare('INSERT INTO commits VALUES (?, ?, ?, ?, ?, ?)'),
    putEntry: database.prepare('INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)'),
    commit: database.prepare('SELECT number FROM commits WHERE number = ?'),
    commits: database.prepare('SELECT * FROM commits WHERE number >= ? ORDER BY number LIMIT ?'),
    commitOf: database.prepare(
      'SELECT * FROM commits WHERE number = (SELECT number FROM entries WHERE idx = ?)',
    ),
    rowById: database.prepare(`${entry} WHERE id = ?`),
    lastOfStream: database.prepare(`${entry} WHERE stream = ? ORDER BY rev DESC LIMIT 1`),
    rowsOfStream: database.prepare(`${entry} WHERE stream = ? AND rev >= ? ORDER BY rev LIMIT ?`),
    putKeyed: database.prepare('INSERT OR IGNORE INTO keyed VALUES (?, ?)'),
    keyed: database.prepare('SELECT value FROM keyed WHERE name = ?'),
    lastKeyed: database.prepare(
      'SELECT name, value FROM keyed WHERE name >= ? AND name < ? ORDER BY name DESC LIMIT 1',
    ),
  };
}

/** A plain copy: SQLite's own buffers may be views of memory that it uses again. */
function bytesOf(value: Uint8Array): Uint8Array {
  return new Uint8Array(value);
}

function toCommit(row: StoredCommit): StoredCommit {
  const { number, first, count } = row;
  return {
    number,
    first,
    count,
    previous: bytesOf(row.previous),
    hash: bytesOf(row.hash),
    bundle: bytesOf(row.bundle),
  };
}

function toRow(row: EntryColumns): EntryRow {
  const { idx: index, number: commit, stream, rev, id } = row;
  return { index, commit, stream, rev, id, leafHash: bytesOf(row.leaf) };
}
