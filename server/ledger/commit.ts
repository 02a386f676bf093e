import { sameBytes, utf8 } from '#contract/bytes.ts';
import type { StoredCommit } from '../storage/storage.ts';
import { sha256OfParts } from './node-crypto.ts';

/** Entries of one commit at most: four tiles, and far below what any store takes as one row. */
export const COMMIT_ENTRIES_MAX = 1_024;

const DOMAIN = utf8('commonwright/commit/v1\n');

/** What the next commit builds on. */
export interface CommitHead {
  /** Number of the next commit and index of its first entry. */
  readonly number: number;
  readonly first: number;
  /** Hash of the newest commit. */
  readonly hash: Uint8Array;
}

export const emptyHead: CommitHead = { number: 0, first: 0, hash: new Uint8Array(32) };

/** @param entries as a bundle of tlog-tiles holds them. */
export function makeCommit(head: CommitHead, entries: { bundle: Uint8Array; count: number }): StoredCommit {
  const { number, first } = head;
  const fields = { number, first, previous: head.hash, count: entries.count, bundle: entries.bundle };
  return { ...fields, hash: commitHash(fields) };
}

export function headAfter(commit: StoredCommit): CommitHead {
  return { number: commit.number + 1, first: commit.first + commit.count, hash: commit.hash };
}

/** Why a stored commit does not follow from the ones before it; undefined where it does. */
export function faultOfCommit(head: CommitHead, commit: StoredCommit): string | undefined {
  if (commit.number !== head.number) return `commit ${head.number} is missing`;
  if (commit.first !== head.first)
    return `commit ${commit.number} begins at entry ${commit.first}, not at ${head.first}`;
  if (!sameBytes(commit.previous, head.hash))
    return `commit ${commit.number} does not follow from the one before it`;
  if (!sameBytes(commitHash(commit), commit.hash))
    return `commit ${commit.number} (entries from ${commit.first}) was changed after it was written`;
  return undefined;
}

export function commitHash(commit: Omit<StoredCommit, 'hash'>): Uint8Array {
  const numbers = new DataView(new ArrayBuffer(24));
  [commit.number, commit.first, commit.count].forEach((value, at) => {
    numbers.setBigUint64(at * 8, BigInt(value));
  });
  return sha256OfParts([DOMAIN, new Uint8Array(numbers.buffer), commit.previous, commit.bundle]);
}
