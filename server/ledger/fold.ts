import type { EntryBody, LogEntry } from '#contract/log-entry.ts';

/** What a fold sees of an entry: everything but the signatures and the place in the tree. */
export interface FoldedEntry {
  readonly index: number;
  readonly body: EntryBody;
  readonly log: Pick<LogEntry['log'], 'time'>;
}

/** How entries become state. */
export interface Fold<State> {
  /** Snapshots that were made under another version are not read. */
  readonly version: string;
  initial(): State;
  /** Changes `state` in place. Values within are replaced, never changed: forks read them. */
  evolve(state: State, entry: FoldedEntry): void;
  /**
   * A state that reads through to `base`, which may be a fork itself, and keeps its own changes until `keep` writes them into
   * a state that is by then what `base` was. A fork that is dropped has changed nothing.
   */
  fork(base: State): { state: State; keep(into: State): void };
  /** The same state always gives the same bytes. */
  encode(state: State): Uint8Array;
  decode(bytes: Uint8Array): State;
}
