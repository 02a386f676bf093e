import { createHash } from 'node:crypto';
import { fromUtf8, utf8 } from '#contract/bytes.ts';
import type { Fold, FoldedEntry } from '../../../server/ledger/fold.ts';

export interface Counted {
  entries: number;
  /** Hash over the index and id of every entry in order. */
  digest: string;
}

/** The simplest fold that notices a lost, repeated or reordered entry. */
export const countingFold: Fold<Counted> = {
  version: 'counting/1',
  initial: () => ({ entries: 0, digest: '' }),
  evolve(state: Counted, { index, body }: Pick<FoldedEntry, 'index' | 'body'>): void {
    state.entries += 1;
    state.digest = createHash('sha256').update(`${state.digest} ${index} ${body.id}`).digest('base64');
  },
  fork(base) {
    const state = { ...base };
    return { state, keep: (into) => void Object.assign(into, state) };
  },
  encode: (state) => utf8(JSON.stringify({ digest: state.digest, entries: state.entries })),
  decode(bytes) {
    const { entries, digest }: Counted = JSON.parse(fromUtf8(bytes));
    return { entries, digest };
  },
};

/** What the fold gives for these entries. */
export function counted(entries: readonly Pick<FoldedEntry, 'index' | 'body' | 'log'>[]): Counted {
  const state = countingFold.initial();
  for (const entry of entries) countingFold.evolve(state, entry);
  return state;
}
