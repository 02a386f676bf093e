/**
 * The port that the ledger stands on. Correctness rests on one primitive alone: putting a commit under a number that
 * nobody has used. Everything else here is derived from commits and may be rebuilt.
 */

/** Entries that were decided together: stored whole or not at all. */
export interface StoredCommit {
  /** Dense from 0. */
  readonly number: number;
  /** Index of its first entry, and how many it holds. */
  readonly first: number;
  readonly count: number;
  /** Hash of the commit before it; 32 zero bytes for the first. */
  readonly previous: Uint8Array;
  readonly hash: Uint8Array;
  /** The entries in tlog-tiles framing. */
  readonly bundle: Uint8Array;
}

/** Where an entry lies; stored together with its commit. */
export interface EntryRow {
  readonly index: number;
  readonly commit: number;
  readonly stream: string;
  readonly rev: number;
  readonly id: string;
  readonly leafHash: Uint8Array;
}

export type PutResult = 'stored' | 'exists';

/** Bundles that are given out at once, in bytes: eight of the largest commits, and little beside what a server holds anyway. */
export const READ_BYTES_MAX = 8 * 2 ** 20;

/**
 * Commits by number, values by key. Several writers may share one store. Keys are ASCII, so that every store sorts
 * them alike. Bytes that are given in are not kept by reference, and may be changed when the call has
 * resolved.
 */
export interface Storage {
  /**
   * Durable when it resolves: on disk, not in a cache. `exists` where the number is taken and nothing was written;
   * perhaps by ourselves, when an earlier reply was lost. A rejection leaves it open whether the commit was written:
   * read the number back before anything else is written.
   */
  putCommit(commit: StoredCommit, rows: readonly EntryRow[]): Promise<PutResult>;
  /**
   * A dense run of durable commits from a number on, in order. Stops at a gap, at `limit`, or where `READ_BYTES_MAX`
   * would be passed; never less than one where there is one.
   */
  commits(from: number, limit: number): Promise<StoredCommit[]>;
  /** The commit that holds an entry. */
  commitOf(index: number): Promise<StoredCommit | undefined>;
  /** Rows of those of the ids that are stored, in no order. */
  rowsById(ids: readonly string[]): Promise<EntryRow[]>;
  /** The newest entry of a stream. */
  lastOfStream(stream: string): Promise<EntryRow | undefined>;
  /** Entries of a stream in their order, from a revision on. */
  rowsOfStream(stream: string, fromRev: number, limit: number): Promise<EntryRow[]>;
  /** Rows as they are stored, by index, for checking them against the commits. */
  rows(from: number, count: number): Promise<EntryRow[]>;
  /** Values by key: tiles, checkpoints, snapshots, evaluations. A key once put keeps its value. Durable when it resolves. */
  putIfAbsent(key: string, value: Uint8Array): Promise<PutResult>;
  /** Several at once, durable when it resolves; says for each whether it was stored. No key twice. */
  putAllIfAbsent(items: readonly (readonly [key: string, value: Uint8Array])[]): Promise<PutResult[]>;
  get(key: string): Promise<Uint8Array | undefined>;
  getAll(keys: readonly string[]): Promise<(Uint8Array | undefined)[]>;
  /** The greatest key with a prefix, in byte order, with its value. */
  last(prefix: string): Promise<{ key: string; value: Uint8Array } | undefined>;
  /** The keys with a prefix, in byte order. */
  keys(prefix: string): Promise<string[]>;
  /** Takes away values that can be made again, e.g. old snapshots. A key that is not there is no error. */
  remove(keys: readonly string[]): Promise<void>;
  close(): Promise<void>;
}
