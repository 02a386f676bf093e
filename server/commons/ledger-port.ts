import type { Context, Draft, LoggedEntry } from './fact.ts';
import type { CommonsState } from './state.ts';

/** The ledger as the rooms around the commons see it. */
export interface LedgerPort {
  /** The fold of every durable entry. */
  state(): CommonsState;
  /**
   * Appends what `decide` returns, all of it or nothing; resolves with the entries when they are durable, with the
   * old ones where their ids came before. Rejects with `decide`'s own error. `decide` may be called more than once.
   * @param options `ids`: of entries that this would append; where they are in the log and `decide` refuses, the old ones
   *   are given.
   */
  submit(
    decide: (state: CommonsState, context: Context) => Draft[],
    options?: { readonly ids?: readonly string[] },
  ): Promise<{ readonly entries: readonly LoggedEntry[] }>;
  /** Resolves when the state holds every entry that was stored, by whichever coordinator, before the call. */
  refresh(): Promise<void>;
  /** Called after each commit with all of its entries, when the state holds them. Returns the function that stops it. */
  subscribe(listener: (entries: readonly LoggedEntry[]) => void): () => void;
}
