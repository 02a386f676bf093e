import type { Blobs } from './blobs.ts';
import { gridFsBlobs } from './gridfs-blobs.ts';
import { MongoCommits } from './mongo-commits.ts';
import { connectMongo, type MongoConnection, reading } from './mongo-connection.ts';
import { mongoEntries } from './mongo-entries.ts';
import { mongoValues } from './mongo-values.ts';
import type { Storage } from './storage.ts';

export interface MongoStore {
  /** Closing it closes the connection, also for the blobs. */
  readonly storage: Storage;
  readonly blobs: Blobs;
}

export interface MongoOptions {
  /** Name of the log in the ids of its documents; several logs may share a database. No slash. */
  log?: string;
  /** How long a server may take to answer, in milliseconds, before it is asked again. */
  replyWithinMs?: number;
}

/**
 * Opens the storage in a MongoDB server or replica set, by way of Mongoose. Any number of coordinators may use it at
 * once. It only ever inserts, finds and removes, so that it also works where updates are not atomic. Reading rejects
 * where the server cannot be reached within some seconds; writing tries for about a minute.
 * @throws AppError `unavailable` (`storage.cannot-open`) where the server cannot be reached or lets us not in.
 */
export async function openMongoStorage(
  url: string,
  { log = 'main', replyWithinMs }: MongoOptions = {},
): Promise<MongoStore> {
  const connection = await connectMongo(url, replyWithinMs);
  await makeIndexes(connection);
  const commits = new MongoCommits(connection, log);
  const entries = mongoEntries(connection, commits);
  const values = mongoValues(connection, log);
  const storage: Storage = {
    putCommit: (commit, rows) =>
      commits.put(
        commit,
        rows.map(({ id }) => id),
        [...new Set(rows.map(({ stream }) => stream))],
      ),
    commits: (from, limit) => reading(commits.run(from, limit)),
    commitOf: (index) => reading(commits.commitOf(index)),
    rowsById: (ids) => reading(entries.rowsById(ids)),
    lastOfStream: (stream) => reading(entries.lastOfStream(stream)),
    rowsOfStream: (stream, fromRev, limit) => reading(entries.rowsOfStream(stream, fromRev, limit)),
    rows: (from, count) => reading(entries.rows(from, count)),
    ...values,
    get: (key) => reading(values.get(key)),
    getAll: (keys) => reading(values.getAll(keys)),
    last: (prefix) => reading(values.last(prefix)),
    keys: (prefix) => reading(values.keys(prefix)),
    close: () => connection.connection.close(),
  };
  return { storage, blobs: gridFsBlobs(connection.connection) };
}

/** They make finding entries fast, and nothing rests on them: a server that cannot have them reads all commits instead. */
async function makeIndexes({ raw }: MongoConnection): Promise<void> {
  const wanted = [{ ids: 1 }, { streams: 1, _id: -1 }] as const;
  await Promise.all(wanted.map((keys) => raw.commits.createIndex(keys).catch(() => undefined)));
}
