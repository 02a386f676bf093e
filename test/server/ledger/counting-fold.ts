import type { CommittedEntry } from '../../../server/ledger/committed-entry.ts';

export interface Counted {
  entries: number;
  /** Text of every entry in order, to compare one fold with another. */
  texts: string[];
}

/** The simplest fold that notices a lost, repeated or reordered entry. */
export const countingFold = {
  initial: (): Counted => ({ entries: 0, texts: [] }),
  evolve(state: Counted, entry: CommittedEntry): Counted {
    state.entries += 1;
    state.texts.push(entry.text);
    return state;
  },
};
