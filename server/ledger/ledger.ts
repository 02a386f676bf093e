import type { EntryProof, LedgerHead } from '#contract/http.ts';
import type { Storage } from '../storage/storage.ts';
import { Appender, type DecideContext, type Fold, type Receipt } from './appender.ts';
import { type CommittedEntry, type Draft, readLeaf } from './committed-entry.ts';
import { EntryChain } from './entry-chain.ts';
import type { LogKeys } from './log-keys.ts';
import { damaged, type LogFile, PublishedLog } from './published-log.ts';
import { Publisher } from './publisher.ts';

/** Entries of one stream that are read at once. */
const STREAM_ENTRIES_MAX = 10_000;

export interface Ledger<State> {
  /**
   * Decides on the newest state and appends what comes out, all of it or nothing; resolves when it is durable.
   * Whatever `decide` throws is the refusal, and changes nothing. An id that is in the log with the same body gives
   * the old entry again and appends nothing; with another body it is a conflict.
   */
  submit(decide: (state: State, context: DecideContext) => readonly Draft[]): Promise<Receipt>;
  /** The fold of the durable entries, also while a commit is being stored or after one has failed. */
  state(): State;
  /** Entries that are durable; the newest checkpoint may cover a few less for a moment. */
  size(): number;
  /** Called after each commit, in the order of the log, when it is durable. Returns what stops it. */
  subscribe(listener: (entries: readonly CommittedEntry[]) => void): () => void;
  /** The newest signed checkpoint, covering every entry acknowledged before the call. */
  head(): Promise<LedgerHead>;
  /** An entry with its inclusion proof; undefined where there is no such entry. */
  proof(index: number): Promise<EntryProof | undefined>;
  entries(from: number, count: number): Promise<CommittedEntry[]>;
  entryById(id: string): Promise<CommittedEntry | undefined>;
  entriesOfStream(stream: string): Promise<CommittedEntry[]>;
  /** A file by its path under `/log/`: `checkpoint`, `policy` or `tile/…`. */
  logFile(path: string): Promise<LogFile | undefined>;
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
  /** Told once when the ledger has stopped for good: a write failed, or what was read back is not what was written. */
  onStopped?: (error: unknown) => void;
  /** Gets a sentence when a listener threw: the entries are in the log all the same. */
  log?: (sentence: string) => void;
}

/**
 * Opens the ledger over a storage: replays every commit, checks the chain, and appends. There is one of these for a
 * storage. A failed write stops it for good, since nobody knows what reached the disk.
 * @throws AppError `unavailable` where the store was damaged or an old copy was restored.
 */
export async function createLedger<State>(parts: LedgerParts<State>): Promise<Ledger<State>> {
  const { storage, keys, fold, origin } = parts;
  const published = new PublishedLog({ storage, key: keys.checkpoint, origin });
  const chain = new EntryChain();
  const states = { decided: fold.initial(), durable: fold.initial() };
  await published.catchUp((leaf, index) => {
    const entry = readBack(leaf, index);
    const fault = chain.faultOf(entry);
    if (fault !== undefined) throw damaged(`entry ${index} cannot stand where it is: ${fault}`);
    chain.add(entry);
    states.decided = fold.evolve(states.decided, entry);
    states.durable = fold.evolve(states.durable, entry);
  });
  await published.guardAgainstRollback();
  await published.publish();

  const readEntries = async (from: number, count: number) =>
    (await published.leaves(from, count)).map((leaf, at) => readBack(leaf, from + at));
  const entryById = async (id: string) => {
    const row = await storage.rowById(id);
    return row && (await readEntries(row.index, 1))[0];
  };

  const tell = (
    listener: (entries: readonly CommittedEntry[]) => void,
    entries: readonly CommittedEntry[],
  ) => {
    try {
      listener(entries);
    } catch (error) {
      parts.log?.(`A listener of the ledger failed at entry ${entries[0]?.index}: ${String(error)}`);
    }
  };
  const stop = (error: unknown): void => {
    appender.stop(error);
    parts.onStopped?.(error);
  };
  const publisher = new Publisher(published, stop);
  const listeners = new Set<(entries: readonly CommittedEntry[]) => void>([() => publisher.soon()]);
  const appender = new Appender<State>({
    ...parts,
    chain,
    states,
    head: published.head,
    entryById,
    onStopped: (error) => parts.onStopped?.(error),
    onCommitted: (entries) => {
      for (const listener of listeners) tell(listener, entries);
    },
  });

  return {
    submit: (decide) => appender.submit(decide),
    state: () => appender.state,
    size: () => appender.size,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async head() {
      if (published.size < appender.size) await publisher.now();
      return published.ledgerHead();
    },
    async proof(index) {
      if (index >= published.size && index < appender.size) await publisher.now();
      return published.proof(index);
    },
    entries: readEntries,
    entryById,
    async entriesOfStream(stream) {
      const rows = await storage.rowsOfStream(stream, 0, STREAM_ENTRIES_MAX);
      return (await Promise.all(rows.map(({ index }) => readEntries(index, 1)))).flat();
    },
    logFile: (path) => published.file(path),
    async close() {
      await appender.idle();
      await publisher.close();
      await storage.close();
    },
  };
}

function readBack(leaf: Uint8Array, index: number): CommittedEntry {
  try {
    return readLeaf(leaf, index);
  } catch (error) {
    throw damaged(
      `entry ${index} cannot be read (${error instanceof Error ? error.message : String(error)})`,
    );
  }
}
