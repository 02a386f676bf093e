import { readBundle } from '#contract/log-tiles.ts';
import type { EntryRow, Storage, StoredCommit } from '../storage/storage.ts';
import { type CommitHead, emptyHead, faultOfCommit, headAfter } from './commit.ts';
import { type CommittedEntry, readLeaf, type StreamEnd } from './committed-entry.ts';
import { damaged } from './damaged.ts';
import type { Fold } from './fold.ts';
import { IdFilter } from './id-filter.ts';
import { faultOfEntry, StreamEnds } from './stream-ends.ts';

/** Where a fold of the log stands, and all that it takes to go on from there. */
export interface FoldedPlace<State> {
  readonly head: CommitHead;
  /** Time of the newest entry. */
  readonly latestMs: number;
  readonly filter: IdFilter;
  readonly state: State;
}

/** The log as far as this process has taken it in: the state, and what the next commit has to follow from. */
export class FoldedLog<State> {
  readonly #storage: Storage;
  readonly #fold: Fold<State>;
  readonly #filter: IdFilter;
  readonly ends: StreamEnds;
  readonly state: State;
  #head: CommitHead;
  #latestMs: number;

  constructor(storage: Storage, fold: Fold<State>, place?: FoldedPlace<State>) {
    this.#storage = storage;
    this.#fold = fold;
    this.#filter = place?.filter ?? new IdFilter();
    this.ends = new StreamEnds(storage, this.#filter);
    this.state = place?.state ?? fold.initial();
    this.#head = place?.head ?? emptyHead;
    this.#latestMs = place?.latestMs ?? 0;
  }

  get head(): CommitHead {
    return this.#head;
  }

  /** Entries taken in so far. */
  get size(): number {
    return this.#head.first;
  }

  get latestMs(): number {
    return this.#latestMs;
  }

  get place(): FoldedPlace<State> {
    return { head: this.#head, latestMs: this.#latestMs, filter: this.#filter, state: this.state };
  }

  /** Where a stream ends, which was prepared; undefined where it has no entry yet. */
  endOf(stream: string): StreamEnd | undefined {
    return this.ends.of(stream);
  }

  /** Whether an entry with this id may be in the log, or one that was not taken in yet. False is certain for those taken in. */
  mayHave(id: string): boolean {
    return this.#filter.mayHave(id);
  }

  /**
   * Where entries with these ids lie, of those that are in the log. It may name entries that were not taken in yet.
   * Ids that are certainly new are not looked up.
   */
  async rowsById(ids: readonly string[]): Promise<EntryRow[]> {
    const known = ids.filter((id) => this.#filter.mayHave(id));
    return known.length === 0 ? [] : this.#storage.rowsById(known);
  }

  /**
   * Checks a commit from the store and takes it in.
   * @throws AppError `ledger.damaged` where it was changed or does not follow.
   */
  async takeIn(commit: StoredCommit): Promise<CommittedEntry[]> {
    const fault = faultOfCommit(this.#head, commit);
    if (fault !== undefined) throw damaged(fault);
    const leaves = leavesOf(commit);
    const entries = leaves.map((leaf, at) => readBack(leaf, commit.first + at));
    await this.ends.prepareFor(entries, this.size);
    for (const entry of entries) {
      const before = { end: this.ends.of(entry.body.stream), latestMs: this.#latestMs };
      const wrong = faultOfEntry(entry, before);
      if (wrong !== undefined) throw damaged(`entry ${entry.index} cannot stand where it is: ${wrong}`);
      this.#note(entry);
      this.#fold.evolve(this.state, entry);
    }
    this.#moveTo(commit);
    return entries;
  }

  /** Takes in a commit of this process, whose entries have been folded in a fork of the state. */
  takeInOwn(commit: StoredCommit, entries: readonly CommittedEntry[], keepFork: () => void): void {
    for (const entry of entries) this.#note(entry);
    keepFork();
    this.#moveTo(commit);
  }

  #note(entry: CommittedEntry): void {
    this.ends.set(entry);
    this.#latestMs = entry.log.time;
    this.#filter.add(entry.body.id);
    if (entry.log.rev === 0) this.#filter.add(entry.body.stream);
  }

  #moveTo(commit: StoredCommit): void {
    this.#head = headAfter(commit);
    this.ends.trim();
  }
}

/** @throws AppError `ledger.damaged` where the bundle does not hold as many entries as the commit says. */
export function leavesOf(commit: StoredCommit): Uint8Array[] {
  let leaves: Uint8Array[];
  try {
    leaves = readBundle(commit.bundle);
  } catch (error) {
    throw damaged(`commit ${commit.number} cannot be read (${words(error)})`);
  }
  if (leaves.length !== commit.count)
    throw damaged(`commit ${commit.number} does not hold ${commit.count} entries`);
  return leaves;
}

/** @throws AppError `ledger.damaged` where the leaf is no entry. */
export function readBack(leaf: Uint8Array, index: number): CommittedEntry {
  try {
    return readLeaf(leaf, index);
  } catch (error) {
    throw damaged(`entry ${index} cannot be read (${words(error)})`);
  }
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
