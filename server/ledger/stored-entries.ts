import { sameBytes } from '#contract/bytes.ts';
import type { Storage, StoredCommit } from '../storage/storage.ts';
import { commitHash } from './commit.ts';
import type { CommittedEntry } from './committed-entry.ts';
import { damaged } from './damaged.ts';
import { leavesOf, readBack } from './folded-log.ts';

/** Commits read at once while collecting leaves: most hold few entries. */
const READ_COMMITS = 64;
/** Commits kept in memory, the ones asked for last: pages and mirrors read neighbours. At most 64 MiB. */
const COMMITS_KEPT_MAX = 64;

/** Reads entries back from the store. Every commit is hashed again, so that a damaged row is never handed out. */
export class StoredEntries {
  readonly #storage: Storage;
  readonly #kept = new Map<number, StoredCommit>();

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** Leaves from an index on; fewer where the log ends. @throws AppError `ledger.damaged` */
  async leaves(from: number, count: number): Promise<Uint8Array[]> {
    const leaves: Uint8Array[] = [];
    if (count <= 0) return leaves;
    let run: readonly StoredCommit[] = [await this.#commitOf(from)].flatMap((commit) => commit ?? []);
    while (run.length > 0) {
      for (const commit of run)
        leaves.push(...leavesOf(this.#checked(commit)).slice(Math.max(0, from - commit.first)));
      const last = run.at(-1);
      if (leaves.length >= count || last === undefined) break;
      run = await this.#storage.commits(last.number + 1, READ_COMMITS);
    }
    return leaves.slice(0, count);
  }

  async entries(from: number, count: number): Promise<CommittedEntry[]> {
    return (await this.leaves(from, count)).map((leaf, at) => readBack(leaf, from + at));
  }

  async entry(index: number): Promise<CommittedEntry | undefined> {
    return (await this.entries(index, 1))[0];
  }

  async #commitOf(index: number): Promise<StoredCommit | undefined> {
    for (const commit of this.#kept.values())
      if (commit.first <= index && index < commit.first + commit.count) return commit;
    const commit = await this.#storage.commitOf(index);
    if (commit === undefined) return undefined;
    if (this.#kept.size >= COMMITS_KEPT_MAX) {
      const [oldest] = this.#kept.keys();
      if (oldest !== undefined) this.#kept.delete(oldest);
    }
    this.#kept.set(commit.number, commit);
    return commit;
  }

  #checked(commit: StoredCommit): StoredCommit {
    if (!sameBytes(commitHash(commit), commit.hash))
      throw damaged(
        `commit ${commit.number} (entries from ${commit.first}) was changed after it was written`,
      );
    return commit;
  }
}
