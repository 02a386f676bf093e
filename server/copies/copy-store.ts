import { type CommitHead, emptyHead, faultOfCommit, headAfter } from '../ledger/commit.ts';
import type { EntryRow, Storage, StoredCommit } from '../storage/storage.ts';
import { damagedCopy, rowsOf } from './entry-rows.ts';
import type { ShowProgress } from './log-files.ts';

/** Commits read at once. */
const READ_COMMITS = 256;
/** Values copied at once; a tile has 8 KiB, a snapshot some MiB. */
const COPY_VALUES = 64;

/** Values that belong to the witness in this store and to nobody who continues from a copy. */
const WITNESS_PREFIX = 'witness/';

/**
 * Copies the values of a store. A witness' memory stays behind: one that was set back to an older memory would cosign
 * what contradicts what it has cosigned since.
 */
export async function copyValues(from: Storage, to: Storage, show: ShowProgress): Promise<void> {
  const keys = (await from.keys('')).filter((key) => !key.startsWith(WITNESS_PREFIX));
  for (let at = 0; at < keys.length; at += COPY_VALUES) {
    const some = keys.slice(at, at + COPY_VALUES);
    const values = await from.getAll(some);
    await to.putAllIfAbsent(
      some.flatMap((key, index) => {
        const value = values[index];
        // Taken away meanwhile: then it is one that can be made again.
        return value === undefined ? [] : [[key, value] as const];
      }),
    );
    show('values', at + some.length, keys.length);
  }
}

/**
 * Reads the commits of a store in their order and checks that each follows from the one before it.
 * @throws AppError `unavailable` (`ledger.damaged`) naming the first commit that is not what was written.
 */
export async function* checkedCommits(from: Storage, total: number): AsyncGenerator<StoredCommit> {
  let head = emptyHead;
  while (head.number < total) {
    const commits = await from.commits(head.number, Math.min(READ_COMMITS, total - head.number));
    if (commits.length === 0) throw damagedCopy(`commit ${head.number} is missing`);
    for (const commit of commits) {
      const fault = faultOfCommit(head, commit);
      if (fault !== undefined) throw damagedCopy(fault);
      yield commit;
      head = headAfter(commit);
    }
  }
}

/**
 * Copies commits with their rows, which are made anew from the entries.
 * @param each hears of every commit that was copied
 */
export async function copyCommits(
  from: Storage,
  to: Storage,
  parts: {
    show: ShowProgress;
    total: number;
    each?: (commit: StoredCommit, rows: readonly EntryRow[]) => void;
  },
): Promise<CommitHead> {
  let head = emptyHead;
  for await (const commit of checkedCommits(from, parts.total)) {
    const rows = rowsOf(commit);
    if ((await to.putCommit(commit, rows)) === 'exists')
      throw damagedCopy(`commit ${commit.number} is in the place already that should be empty`);
    head = headAfter(commit);
    parts.each?.(commit, rows);
    parts.show('commits', head.number, parts.total);
  }
  return head;
}

/** How many commits a store holds: dense numbers let it be found by halving. */
export async function countCommits(storage: Storage): Promise<number> {
  const isThere = async (number: number) => (await storage.commits(number, 1)).length > 0;
  let beyond = 1;
  while (await isThere(beyond - 1)) beyond *= 2;
  let [least, most] = [Math.floor(beyond / 2), beyond - 1];
  while (least < most) {
    const middle = Math.floor((least + most) / 2);
    if (await isThere(middle)) least = middle + 1;
    else most = middle;
  }
  return least;
}
