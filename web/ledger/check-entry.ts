import { type ProofFault, type ProofVerdict, verifyEntryProof } from '#contract/entry-proof.ts';
import type { EntryProof } from '#contract/http.ts';
import { sha256, verifyEd25519 } from './whole-log/arithmetic.ts';

/** Checks an entry from its leaf to the signed checkpoint in this very browser; nothing is taken on trust but the log's key. */
export function checkEntry(proof: EntryProof, verifierKey: string): ProofVerdict {
  return verifyEntryProof(proof, verifierKey, { sha256, verify: verifyEd25519 });
}

export type VerdictName = 'verified' | ProofFault | 'wrong-entry' | 'no-proof';

/** The verdict in a word. A proof of another entry than `index`, however good, says nothing about this one. */
export function verdictName(verdict: ProofVerdict, proof: EntryProof, index: number): VerdictName {
  if (proof.index !== index) return 'wrong-entry';
  return verdict.ok ? 'verified' : verdict.fault;
}
