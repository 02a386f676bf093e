import { sameBytes } from '#contract/bytes.ts';
import { AppError } from '../errors.ts';
import type { EntryRow, Storage, StoredCommit } from '../storage/storage.ts';

/** A store that answers nobody for so long is away: whoever waits is told. */
const OUT_OF_REACH_MS = 20_000;
const ASK_AGAIN_MS = 250;

/**
 * Puts a commit under its number and finds out whose commit stands there then. Where the reply is lost it asks again, under
 * the same number only: an insert that may still arrive cannot be stored twice.
 * @throws AppError `storage.out-of-reach` where nobody could say in time; the commit may appear later. Whatever else the
 *   store throws.
 */
export async function putOwnCommit(
  { storage, delay, nowMs }: { storage: Storage; delay: (ms: number) => Promise<void>; nowMs: () => number },
  { commit, rows }: { commit: StoredCommit; rows: readonly EntryRow[] },
): Promise<'ours' | 'theirs'> {
  const sinceMs = nowMs();
  for (let pausedMs = 0; ; pausedMs += ASK_AGAIN_MS) {
    try {
      if ((await storage.putCommit(commit, rows)) === 'stored') return 'ours';
      const [there] = await storage.commits(commit.number, 1);
      if (there !== undefined) return sameBytes(there.hash, commit.hash) ? 'ours' : 'theirs';
    } catch (error) {
      const isAway = error instanceof AppError && error.code === 'storage.out-of-reach';
      // The store may have tried for long itself, and a clock may be set back.
      const waitedMs = Math.max(pausedMs, nowMs() - sinceMs);
      if (!isAway || waitedMs >= OUT_OF_REACH_MS) throw error;
    }
    await delay(ASK_AGAIN_MS);
  }
}
