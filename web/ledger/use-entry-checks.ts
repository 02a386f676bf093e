import { useState } from 'react';
import { readEntryProof, readLedgerHead } from '../server-link.ts';
import type { VerdictName } from './check-entry.ts';

export type Check = { state: 'checking' } | { state: 'done'; isGood: boolean; verdict: VerdictName };

let verifierKey: Promise<string> | undefined;

/** The log's key, read once and kept for this visit: a key that changes meanwhile is not believed. */
export function theVerifierKey(): Promise<string> {
  verifierKey ??= readLedgerHead().then((head) => head.verifierKey);
  verifierKey.catch(() => {
    verifierKey = undefined;
  });
  return verifierKey;
}

/** Checks of single entries by their index, for lists with a verify button in each line. */
export function useEntryChecks() {
  const [checks, setChecks] = useState<ReadonlyMap<number, Check>>(new Map());
  const set = (index: number, check: Check) => setChecks((before) => new Map(before).set(index, check));
  return {
    of: (index: number) => checks.get(index),
    async check(index: number): Promise<void> {
      set(index, { state: 'checking' });
      try {
        const [key, proof, { checkEntry, verdictName }] = await Promise.all([
          theVerifierKey(),
          readEntryProof(index),
          import('./check-entry.ts'),
        ]);
        const verdict = verdictName(checkEntry(proof, key), proof, index);
        set(index, { state: 'done', isGood: verdict === 'verified', verdict });
      } catch {
        set(index, { state: 'done', isGood: false, verdict: 'no-proof' });
      }
    },
  };
}
