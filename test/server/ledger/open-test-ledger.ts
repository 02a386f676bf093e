import { randomUUID } from 'node:crypto';
import { createLedger, type Ledger, type LedgerParts } from '../../../server/ledger/ledger.ts';
import type { Storage } from '../../../server/storage/storage.ts';
import { fixedLogKeys } from '../../support/fixed-keys.ts';
import { type Counted, countingFold } from './counting-fold.ts';

export const testKeys = fixedLogKeys('test ledger');

/** A ledger that only counts, over a storage. */
export function openTestLedger(
  storage: Storage,
  extra: Partial<LedgerParts<Counted>> = {},
): Promise<Ledger<Counted>> {
  return createLedger({
    ...{ storage, fold: countingFold, keys: testKeys, origin: 'test.example/log' },
    ...{ nowMs: () => 1_000, newId: randomUUID },
    ...extra,
  });
}

export const testDraft = (id: string = randomUUID(), stream = 'job/1', data: object = { words: 'é' }) => ({
  ...{ id, stream, type: 'job.opened', data },
});

/** Appends so many entries in commands of a few, over several streams. */
export async function fill(ledger: Ledger<Counted>, count: number): Promise<void> {
  for (let made = 0; made < count; ) {
    const drafts = Array.from({ length: Math.min(count - made, 1 + (made % 7)) }, (_, at) =>
      testDraft(undefined, `job/${(made + at) % 11}`),
    );
    await ledger.submit(() => drafts);
    made += drafts.length;
  }
}
