import { HASH_BYTES } from '#contract/merkle.ts';
import type { AppErrorKind } from '../errors.ts';
import type { EntryRow, PutResult, StoredCommit } from './storage.ts';

/** What the thread of a database is asked for, one call a message; it answers each, in order. */
export interface SqliteCalls {
  putCommit(packed: PackedCommit): PutResult;
  commits(from: number, limit: number): StoredCommit[];
  commitOf(index: number): StoredCommit | undefined;
  rowsById(ids: readonly string[]): EntryRow[];
  lastOfStream(stream: string): EntryRow | undefined;
  rowsOfStream(stream: string, fromRev: number, limit: number): EntryRow[];
  rows(from: number, count: number): EntryRow[];
  putAllIfAbsent(keys: readonly string[], values: readonly Uint8Array[]): PutResult[];
  getAll(keys: readonly string[]): (Uint8Array | undefined)[];
  last(prefix: string): { key: string; value: Uint8Array } | undefined;
  keys(prefix: string): string[];
  remove(keys: readonly string[]): void;
  close(): void;
}

export type SqliteCall = keyof SqliteCalls;

export interface SqliteRequest<Call extends SqliteCall = SqliteCall> {
  id: number;
  call: Call;
  args: Parameters<SqliteCalls[Call]>;
}

/** An error that keeps its kind on the way between threads. */
export interface SqliteFault {
  app?: { kind: AppErrorKind; sentence: string; code: string };
  cause: unknown;
}

export type SqliteReply = { id: number; value: unknown } | { id: number; fault: SqliteFault };

/** The id of the first reply, which says whether the database is open. */
export const OPENING = 0;

/**
 * A commit with its rows in columns: objects would carry the names of their fields in every row. All bytes are views
 * of one buffer, which moves to the thread instead of being copied on the way.
 */
export interface PackedCommit extends StoredCommit {
  /** Ids, streams and revisions of the entries, which follow each other from `first` on: as JSON, since one text goes between
   * threads faster than a list of them. */
  readonly columns: string;
  /** Leaf hashes one after the other. */
  readonly leaves: Uint8Array;
}

export interface RowColumns {
  ids: string[];
  streams: string[];
  revs: number[];
}

/** Bytes copied once, behind each other, into a buffer that nobody else holds and that may be given away. */
export function packBytes(parts: readonly Uint8Array[]): { views: Uint8Array[]; buffer: ArrayBuffer } {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  const views = parts.map((part) => {
    whole.set(part, at);
    at += part.length;
    return whole.subarray(at - part.length, at);
  });
  return { views, buffer: whole.buffer };
}

/** @throws RangeError where a leaf hash is not as long as a hash, or the rows are not those of the commit, in their order. */
export function packCommit(
  commit: StoredCommit,
  rows: readonly EntryRow[],
): { packed: PackedCommit; buffer: ArrayBuffer } {
  const { number, first, count, previous, hash, bundle } = commit;
  const { views, buffer } = packBytes([previous, hash, bundle, ...rows.map(({ leafHash }) => leafHash)]);
  if (rows.some(({ leafHash }) => leafHash.length !== HASH_BYTES))
    throw new RangeError(`a leaf hash has ${HASH_BYTES} bytes`);
  if (rows.some(({ index, commit: of }, at) => index !== first + at || of !== number))
    throw new RangeError('the rows are not those of the commit');
  const [previousView = previous, hashView = hash, bundleView = bundle] = views;
  const packed = {
    ...{ number, first, count, previous: previousView, hash: hashView, bundle: bundleView },
    columns: JSON.stringify({
      ids: rows.map(({ id }) => id),
      streams: rows.map(({ stream }) => stream),
      revs: rows.map(({ rev }) => rev),
    } satisfies RowColumns),
    leaves: new Uint8Array(buffer, buffer.byteLength - rows.length * HASH_BYTES),
  };
  return { packed, buffer };
}
