import { AppError } from '../errors.ts';
import type { CommittedEntry, Draft } from './committed-entry.ts';

export interface DecideContext {
  /** Milliseconds since 1970 in UTC, never less than the time of the newest entry. */
  readonly nowMs: number;
  newId(): string;
}

/**
 * Decides what a command appends, from the newest state. It may be called more than once, where another writer was faster;
 * what it throws is the refusal.
 */
export type Decide<State> = (state: State, context: DecideContext) => readonly Draft[];

/** How far a stream must have come, for a command that was made from an older look at it. */
export type ExpectedRevision = number | 'none' | 'exists' | 'any';

export interface SubmitOptions {
  /**
   * Ids that the client made for entries of this command. Where they are in the log already and `decide` refuses, the receipt
   * of then is given: a client that lost its answer cannot know that the first try went through.
   */
  readonly ids?: readonly string[];
  /** Refuses with `ledger.wrong-revision` where a stream is elsewhere: its newest `rev`, none, or at least one. */
  readonly expected?: readonly { readonly stream: string; readonly revision: ExpectedRevision }[];
}

export interface Receipt {
  /** The entries that say so: new ones, or the old ones where the same ids came before. */
  readonly entries: readonly CommittedEntry[];
}

/** A command that waits for its commit. */
export interface Command<State> {
  readonly decide: Decide<State>;
  readonly options: SubmitOptions;
  readonly resolve: (receipt: Receipt) => void;
  readonly reject: (error: unknown) => void;
}

export function unavailable(cause: unknown): AppError {
  if (cause instanceof AppError && cause.code === 'storage.out-of-reach') return cause;
  return new AppError(
    'unavailable',
    'The ledger has stopped writing, and it is not certain that this was kept. Look at the disk, then start the server again.',
    { code: 'ledger.stopped', cause },
  );
}
