import { entryData, isEntryType } from '#contract/entries.ts';
import { commonsFold } from './commons/commons.ts';
import type { Context, Draft, RecordedEntry } from './commons/fact.ts';
import type { CommonsState } from './commons/state.ts';
import type { CommittedEntry } from './ledger/committed-entry.ts';
import { createLedger, type Ledger } from './ledger/ledger.ts';
import type { LogKeys } from './ledger/log-keys.ts';
import { sha256 } from './ledger/node-crypto.ts';
import type { Storage } from './storage/storage.ts';

/** The ledger of a community: the log with the commons as its fold. */
export type CommonsLedger = Ledger<CommonsState>;

/** Opens the log over a storage and folds all of it. */
export function openCommonsLedger(parts: {
  storage: Storage;
  keys: LogKeys;
  nowMs: () => number;
  newId: () => string;
  onStopped: (error: unknown) => void;
}): Promise<CommonsLedger> {
  return createLedger<CommonsState>({
    ...parts,
    origin: originOf(parts.keys),
    fold: {
      initial: () => commonsFold.initial(),
      evolve(state, entry) {
        if (isRecorded(entry)) return commonsFold.evolve(state, entry);
        // Of a later version of this program: it has its number, and no meaning here.
        state.size += 1;
        return state;
      },
    },
  });
}

/** The ledger as the rooms that know the commons see it. */
export interface CommonsPort {
  state(): CommonsState;
  /** Appends what `decide` returns, all of it or nothing; rejects with `decide`'s own error. */
  submit(decide: (state: CommonsState, context: Context) => Draft[]): Promise<unknown>;
  /** Called after each commit with its entries, when the state holds them. */
  subscribe(listener: (entries: readonly RecordedEntry[]) => void): () => void;
}

export function commonsPortOf(ledger: CommonsLedger): CommonsPort {
  return {
    state: () => ledger.state(),
    submit: (decide) => ledger.submit(decide),
    subscribe: (listener) => ledger.subscribe((entries) => listener(entries.filter(isRecorded))),
  };
}

export function isRecorded(entry: CommittedEntry): entry is CommittedEntry & RecordedEntry {
  const { type, data } = entry.body;
  return isEntryType(type) && entryData[type].safeParse(data).success;
}

/** The log's own name never changes: it is made from its key, not from the address where it happens to be served. */
function originOf({ checkpoint }: LogKeys): string {
  const digest = Buffer.from(sha256(checkpoint.publicKey)).toString('hex');
  return `commonwright.local/${digest.slice(0, 16)}`;
}
