import { setImmediate as nextTurn } from 'node:timers/promises';
import { sameBytes } from '#contract/bytes.ts';
import { AppError } from '../errors.ts';
import type { Storage } from '../storage/storage.ts';
import { damaged } from './damaged.ts';
import { FoldedLog } from './folded-log.ts';
import type { LedgerParts } from './ledger.ts';
import { PublishedLog } from './published-log.ts';
import { scrub } from './scrub.ts';
import { readSnapshot, SNAPSHOT_ENTRIES } from './snapshots.ts';
import { StoredEntries } from './stored-entries.ts';

/** Commits replayed at once. */
const READ_COMMITS = 256;
/** How often, and how long after each other, a shared store is asked for entries that somebody has signed. */
const LOOKS = 5;
const LOOK_AGAIN_MS = 200;

export interface OpenedLog<State> {
  log: FoldedLog<State>;
  published: PublishedLog;
  stored: StoredEntries;
  storedBlocks: number;
  /** Resolves when the whole store has been read through and is what was written. */
  scrubbed: Promise<void>;
  isScrubbed(): boolean;
  stopScrubbing(): void;
}

class ScrubStopped extends Error {}

/**
 * Brings state and tree to the end of the stored log: from the newest snapshot and the commits after it. Nothing is signed
 * before the whole store has been read through; that goes on in the background where it takes long.
 */
export async function openLog<State>(
  parts: LedgerParts<State>,
  delay: (ms: number) => Promise<void>,
): Promise<OpenedLog<State>> {
  const { storage, fold, keys, origin, cosigners, isShared = false } = parts;
  const { snapshotEntries = SNAPSHOT_ENTRIES } = parts;
  const stored = new StoredEntries(storage);
  const snapshot = await readSnapshot(storage, fold);
  const log = new FoldedLog(storage, fold, snapshot?.place);
  const published = new PublishedLog({
    ...{ storage, stored, key: keys.checkpoint, origin },
    ...(cosigners === undefined ? {} : { cosigners }),
    ...(snapshot === undefined ? {} : { from: { head: snapshot.place.head, edge: snapshot.edge } }),
  });
  for (let look = 1; ; look += 1) {
    // The checkpoint first: what it covers was stored before it, however much others append meanwhile.
    const signed = await published.newestStored();
    await replay(storage, log, published);
    if ((await published.guardAgainstRollback(signed)) === 'borne out') break;
    // An old copy of the store stays behind whatever one does.
    if (!isShared || look >= LOOKS) published.refuseToRunBehind(signed?.size ?? 0);
    await delay(LOOK_AGAIN_MS);
  }
  let isDone = false;
  let isStopped = false;
  const pauseBetween = async (ms: number) => {
    if (isStopped) throw new ScrubStopped('the ledger is being closed');
    await delay(ms);
  };
  const scrubbed = scrubAll(published, pauseBetween, {
    storage: patientReads(storage, pauseBetween),
    upTo: published.head,
    signedSize: published.size,
    async pause() {
      await nextTurn();
      if (isStopped) throw new ScrubStopped('the ledger is being closed');
    },
  }).then(() => {
    isDone = true;
  });
  if (log.size <= snapshotEntries) await scrubbed;
  return {
    ...{ log, published, stored, scrubbed },
    storedBlocks: Math.max(0, (snapshot?.place.filter.blocks.length ?? 0) - 1),
    isScrubbed: () => isDone,
    stopScrubbing() {
      isStopped = true;
    },
  };
}

type Pause = (ms: number) => Promise<void>;

/** Reading everything takes a while: a store that is away in between is waited for. */
async function patiently<Answer>(pause: Pause, ask: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'storage.out-of-reach') throw error;
      await pause(LOOK_AGAIN_MS);
    }
  }
}

function patientReads(storage: Storage, pause: Pause) {
  return {
    commits: (from: number, limit: number) => patiently(pause, () => storage.commits(from, limit)),
    rows: (from: number, count: number) => patiently(pause, () => storage.rows(from, count)),
    getAll: (keys: readonly string[]) => patiently(pause, () => storage.getAll(keys)),
  };
}

async function replay<State>(
  storage: Storage,
  log: FoldedLog<State>,
  published: PublishedLog,
): Promise<void> {
  for (;;) {
    const commits = await storage.commits(log.head.number, READ_COMMITS);
    if (commits.length === 0) return;
    for (const commit of commits) {
      published.takeIn(commit);
      await log.takeIn(commit);
    }
  }
}

async function scrubAll(
  published: PublishedLog,
  pause: Pause,
  parts: Parameters<typeof scrub>[0],
): Promise<void> {
  const size = parts.upTo.first;
  const root = await scrub(parts);
  if (!sameBytes(root, await patiently(pause, () => published.rootAt(size))))
    throw damaged(`the first ${size} entries do not lead to the root of the newest snapshot`);
}
