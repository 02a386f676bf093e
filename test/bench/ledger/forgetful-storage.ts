import { createMemoryStorage } from '../../../server/storage/memory-storage.ts';
import type { Storage, StoredCommit } from '../../../server/storage/storage.ts';

/** Commits that are kept: more than the publisher is ever behind. */
const COMMITS_KEPT = 256;

/**
 * A store whose content lies elsewhere: it keeps the newest commits, checkpoints and snapshots, and forgets old commits and
 * tiles. What a process needs beside it is then the process' own, as with a database.
 */
export function createForgetfulStorage(): Storage {
  const commits = new Map<number, StoredCommit>();
  const values = createMemoryStorage();
  const isKept = (key: string) => !key.startsWith('tile/');
  return {
    ...values,
    async putCommit(commit) {
      commits.set(commit.number, commit);
      commits.delete(commit.number - COMMITS_KEPT);
      return 'stored';
    },
    async commits(from, limit) {
      const run: StoredCommit[] = [];
      for (let number = from; run.length < limit; number += 1) {
        const commit = commits.get(number);
        if (commit === undefined) break;
        run.push(commit);
      }
      return run;
    },
    commitOf: async () => undefined,
    rowsById: async () => [],
    lastOfStream: async () => undefined,
    rowsOfStream: async () => [],
    rows: async () => [],
    putIfAbsent: async (key, value) => (isKept(key) ? values.putIfAbsent(key, value) : 'stored'),
    putAllIfAbsent: (items) =>
      Promise.all(items.map(([key, value]) => (isKept(key) ? values.putIfAbsent(key, value) : 'stored'))),
  };
}
