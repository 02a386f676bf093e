import { randomUUID } from 'node:crypto';
import { createConnection } from 'mongoose';
import { createLedger } from '../../../server/ledger/ledger.ts';
import { newLogKeys } from '../../../server/ledger/log-keys.ts';
import { openMongoStorage } from '../../../server/storage/mongo-storage.ts';
import type { Storage, StoredCommit } from '../../../server/storage/storage.ts';
import { countingFold } from '../../server/ledger/counting-fold.ts';
import { findMongo } from '../../support/mongo-server.ts';

/** Entries of a command; the commits that come of it are somewhat larger. */
const BATCH = 256;
const COMMANDS = 80;
const AT_ONCE = 4;
const NOTE = 'x'.repeat(300);
const INSERTS = 40;

/**
 * Entries a second on the Mongo path, against single inserts of documents as large as a commit in the same server, times the
 * entries of a commit. Undefined where no server is to be had.
 */
export async function mongoRound(): Promise<
  { ratio: number; entriesPerSecond: number; batch: number } | undefined
> {
  const mongo = await findMongo();
  if ('unavailableReason' in mongo) return undefined;
  const server = await mongo.start();
  try {
    const { storage } = await openMongoStorage(server.newDatabase());
    const ledger = await createLedger({
      ...{ storage, fold: countingFold, keys: newLogKeys(), origin: 'bench.example/log', isShared: true },
      ...{ nowMs: Date.now, newId: randomUUID },
    });
    const command = () =>
      ledger.submit(() =>
        Array.from({ length: BATCH }, () => ({
          ...{ id: randomUUID(), stream: `job/${Math.floor(Math.random() * 100)}`, type: 'job.noted' },
          data: { note: NOTE },
        })),
      );
    await command();
    const before = await commitsOf(storage);
    const startedMs = performance.now();
    let left = COMMANDS;
    const keepGoing = async () => {
      while (left > 0) {
        left -= 1;
        await command();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, keepGoing));
    const seconds = (performance.now() - startedMs) / 1_000;
    const commits = (await commitsOf(storage)).slice(before.length);
    const sample = commits.at(-1);
    if (sample === undefined) throw new Error('nothing was committed');
    const ids = (await storage.rows(sample.first, sample.count)).map(({ id }) => id);
    await ledger.close();
    const insertsPerSecond = await insertRate(server.newDatabase(), { bundle: sample.bundle, ids });
    const batch = (COMMANDS * BATCH) / commits.length;
    const entriesPerSecond = (COMMANDS * BATCH) / seconds;
    return { ratio: entriesPerSecond / (insertsPerSecond * batch), entriesPerSecond, batch };
  } finally {
    await server.stop();
  }
}

async function commitsOf(storage: Storage): Promise<StoredCommit[]> {
  const all: StoredCommit[] = [];
  for (;;) {
    const run = await storage.commits(all.length, 1_000);
    if (run.length === 0) return all;
    all.push(...run);
  }
}

/** Single documents like a commit, one after the other, each waited for as the ledger waits. */
async function insertRate(url: string, sample: { bundle: Uint8Array; ids: string[] }): Promise<number> {
  const connection = await createConnection(url).asPromise();
  const documents = connection.collection<{ _id: string; bundle: Buffer; ids: string[] }>('documents');
  const startedMs = performance.now();
  for (let at = 0; at < INSERTS; at += 1)
    await documents.insertOne(
      {
        _id: `document/${String(at).padStart(16, '0')}`,
        bundle: Buffer.from(sample.bundle),
        ids: sample.ids,
      },
      { writeConcern: { w: 'majority', journal: true } },
    );
  const seconds = (performance.now() - startedMs) / 1_000;
  await connection.close();
  return INSERTS / seconds;
}
