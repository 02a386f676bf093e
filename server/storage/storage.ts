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

/** Where an entry lies; stored in the same transaction as its commit. */
export interface EntryRow {
  readonly index: number;
  readonly commit: number;
  readonly stream: string;
  readonly rev: number;
  readonly id: string;
  readonly leafHash: Uint8Array;
}

export type PutResult = 'stored' | 'exists';

export interface Storage {
  /**
   * Durable when it resolves: on disk, not in a cache. Nothing is written where the number is taken. A rejection
   * leaves it open whether the commit was written.
   */
  putCommit(commit: StoredCommit, rows: readonly EntryRow[]): Promise<PutResult>;
  /** Commits from a number on, in order. */
  commits(from: number, limit: number): Promise<StoredCommit[]>;
  /** The commit that holds an entry. */
  commitOf(index: number): Promise<StoredCommit | undefined>;
  rowById(id: string): Promise<EntryRow | undefined>;
  /** The newest entry of a stream. */
  lastOfStream(stream: string): Promise<EntryRow | undefined>;
  /** Entries of a stream in their order, from a revision on. */
  rowsOfStream(stream: string, fromRev: number, limit: number): Promise<EntryRow[]>;
  /** Small values by key, e.g. checkpoints. A key once put keeps its value. */
  putIfAbsent(key: string, value: Uint8Array): Promise<PutResult>;
  get(key: string): Promise<Uint8Array | undefined>;
  /** The greatest key with a prefix, in byte order, with its value. */
  last(prefix: string): Promise<{ key: string; value: Uint8Array } | undefined>;
  close(): Promise<void>;
}
