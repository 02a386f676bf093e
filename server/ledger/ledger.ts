import { setTimeout as later } from 'node:timers/promises';
import type { EntryProof, LedgerHead } from '#contract/http.ts';
import { AppError } from '../errors.ts';
import type { Storage } from '../storage/storage.ts';
import { Appender } from './appender.ts';
import type { Decide, Receipt, SubmitOptions } from './command.ts';
import type { CommittedEntry } from './committed-entry.ts';
import type { Fold } from './fold.ts';
import type { LogKeys } from './log-keys.ts';
import { type OpenedLog, openLog } from './open-log.ts';
import type { Cosigners, LogFile } from './published-log.ts';
import { Publisher } from './publisher.ts';
import { checkSignatures, type ForeignEntry } from './signature-checks.ts';
import { SnapshotKeeper } from './snapshot-keeper.ts';
import { SNAPSHOT_ENTRIES } from './snapshots.ts';

/** Entries of one stream that are read at once. */
const STREAM_ENTRIES_MAX = 10_000;
/** How often the commits of other writers are looked for. */
const FOLLOW_MS = 200;

export interface Ledger<State> {
  /**
   * Decides on the newest state and appends what comes out, all of it or nothing; resolves when it is durable.
   * Whatever `decide` throws is the refusal, and changes nothing; it may be called again where another writer was faster.
   * An id that is in the log with the same body gives the old entry again and appends nothing; with another body it is a
   * conflict.
   */
  submit(decide: Decide<State>, options?: SubmitOptions): Promise<Receipt>;
  /** The fold of the durable entries, also while a commit is being stored or after one has failed. */
  state(): State;
  /** Entries that are durable; the newest checkpoint may cover a few less for a moment. */
  size(): number;
  /** Resolves when the state holds every entry that anybody had appended before the call. */
  refresh(): Promise<void>;
  /** Called after each commit, own or another writer's, in the order of the log. Returns what stops it. */
  subscribe(listener: (entries: readonly CommittedEntry[]) => void): () => void;
  /** Whether each entry made by others is signed, and every signature is its key's. Checked on all cores. */
  checkSignatures(entries: readonly ForeignEntry[]): Promise<boolean[]>;
  /**
   * The newest signed checkpoint. It covers every entry acknowledged before the call, except right after a start, while the
   * store is still being read through.
   */
  head(): Promise<LedgerHead>;
  /** Resolves when a signed checkpoint covers every entry acknowledged before the call. */
  published(): Promise<LedgerHead>;
  /** An entry with its inclusion proof; undefined where there is no such entry. */
  proof(index: number): Promise<EntryProof | undefined>;
  /** Hashes that show the log of one size to be a beginning of the log of another (RFC 9162 §2.1.4.1). */
  consistencyProof(older: number, newer: number): Promise<Uint8Array[]>;
  entries(from: number, count: number): Promise<CommittedEntry[]>;
  entryById(id: string): Promise<CommittedEntry | undefined>;
  entriesOfStream(stream: string): Promise<CommittedEntry[]>;
  /** A file by its path under `/log/`: `checkpoint`, `policy` or `tile/…`. */
  logFile(path: string): Promise<LogFile | undefined>;
  /** Resolves when the store as it was at the start has been read through. Rejects where it is damaged. */
  scrubbed(): Promise<void>;
  /** Finishes what waits, signs it, and closes the storage. */
  close(): Promise<void>;
}

export interface LedgerParts<State> {
  storage: Storage;
  fold: Fold<State>;
  keys: LogKeys;
  /** Name of the log, a URL without scheme, e.g. `atelier.example/log`. Never the same for two logs. */
  origin: string;
  nowMs: () => number;
  newId: () => string;
  /** Whether other processes may write to the same store. */
  isShared?: boolean;
  /** Witnesses that sign beside the log. */
  cosigners?: Cosigners;
  /** Told once when the ledger has stopped for good: a write failed, or what was read back is not what was written. */
  onStopped?: (error: unknown) => void;
  /** Gets a sentence when a listener threw: the entries are in the log all the same. */
  log?: (sentence: string) => void;
  /** Timers and chance, for tests that replay a run. */
  after?: (ms: number, call: () => void) => () => void;
  random?: () => number;
  /** Entries between two snapshots of the state, and how many are read through before a start is over. */
  snapshotEntries?: number;
}

/**
 * Opens the ledger over a storage: takes the newest snapshot, replays what came after it, checks the chain, and appends.
 * Several processes may do so over one storage. A failed write stops it for good, since nobody knows what reached the disk.
 * @throws AppError `ledger.damaged` where the store was changed or an old copy was restored.
 */
export async function createLedger<State>(parts: LedgerParts<State>): Promise<Ledger<State>> {
  const { storage, fold, after = afterByTimer, random = Math.random, isShared = false } = parts;
  const delay = (ms: number) => new Promise<void>((resolve) => void after(ms, resolve));
  const opened = await openLog(parts, delay);
  const { log, published, stored } = opened;
  const keeper = new SnapshotKeeper({
    ...{ storage, fold, log, storedBlocks: opened.storedBlocks },
    everyEntries: parts.snapshotEntries ?? SNAPSHOT_ENTRIES,
  });
  const listeners = new Set<(entries: readonly CommittedEntry[]) => void>();

  let isClosing = false;
  const stop = (error: unknown): void => {
    // What is broken off by closing is no fault.
    if (isClosing) return;
    appender.stop(error);
    parts.onStopped?.(error);
  };
  const publisher = new Publisher({
    after,
    stop,
    mayPass: (error) => isClosing || isAway(error),
    async publish() {
      await opened.scrubbed;
      await published.catchUp(log.head.number, () => keeper.complete(published));
      await published.publish();
      keeper.put();
    },
  });
  const tell = (entries: readonly CommittedEntry[]) => {
    keeper.note(entries.length);
    publisher.soon();
    for (const listener of listeners) {
      try {
        listener(entries);
      } catch (error) {
        parts.log?.(`A listener of the ledger failed at entry ${entries[0]?.index}: ${String(error)}`);
      }
    }
  };
  const appender = new Appender<State>({
    ...{ storage, fold, log, stored, isShared, random, delay },
    ...{ key: parts.keys.entries, nowMs: parts.nowMs, newId: parts.newId },
    onStopped: (error) => parts.onStopped?.(error),
    onCommitted: tell,
  });
  const guarded = opened.scrubbed.then(() => published.askWitnesses());
  guarded.catch(stop);
  if (opened.isScrubbed()) await guarded;
  if (published.size < log.size && opened.isScrubbed()) await publisher.now().catch(unlessAway);
  const stopFollowing = isShared ? followEvery(FOLLOW_MS, after, () => appender.refresh()) : () => {};

  return {
    submit: (decide, options) => appender.submit(decide, options),
    state: () => log.state,
    size: () => log.size,
    refresh: () => appender.refresh(),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    checkSignatures,
    async head() {
      if (published.size < log.size && opened.isScrubbed()) await publisher.now();
      return published.ledgerHead();
    },
    async published() {
      if (published.size < log.size) await publisher.now();
      return published.ledgerHead();
    },
    async proof(index) {
      if (index >= published.size && index < log.size) await publisher.now();
      return published.proof(index);
    },
    ...readersOf(storage, opened),
    scrubbed: () => opened.scrubbed,
    async close() {
      stopFollowing();
      await appender.idle();
      isClosing = true;
      opened.stopScrubbing();
      await publisher.close();
      await keeper.idle();
      await storage.close();
    },
  };
}

function readersOf<State>(storage: Storage, { log, published, stored }: OpenedLog<State>) {
  return {
    consistencyProof: (older: number, newer: number) => published.consistencyProof(older, newer),
    entries: (from: number, count: number) => stored.entries(from, count),
    async entryById(id: string) {
      const [row] = await log.rowsById([id]);
      return row && stored.entry(row.index);
    },
    async entriesOfStream(stream: string) {
      const rows = await storage.rowsOfStream(stream, 0, STREAM_ENTRIES_MAX);
      return (await Promise.all(rows.map(({ index }) => stored.entry(index)))).flatMap(
        (entry) => entry ?? [],
      );
    },
    logFile: (path: string) => published.file(path),
  };
}

function isAway(error: unknown): boolean {
  return error instanceof AppError && error.code === 'storage.out-of-reach';
}

/** What waits is signed when the store is back. */
function unlessAway(error: unknown): void {
  if (!isAway(error)) throw error;
}

function afterByTimer(ms: number, call: () => void): () => void {
  const ending = new AbortController();
  later(ms, undefined, { signal: ending.signal }).then(call, () => undefined);
  return () => ending.abort();
}

/** Looks for other writers' commits now and then; what goes wrong shows at the next command. */
function followEvery(
  ms: number,
  after: (ms: number, call: () => void) => () => void,
  refresh: () => Promise<void>,
): () => void {
  let takeBack = () => {};
  let isOver = false;
  const again = () => {
    if (!isOver) takeBack = after(ms, () => void refresh().then(again, again));
  };
  again();
  return () => {
    isOver = true;
    takeBack();
  };
}
