import * as ed25519 from '@noble/ed25519';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import type { VerifyEd25519 } from '#contract/ed25519.ts';
import { type ProofFault, type ProofVerdict, verifyEntryProof } from '#contract/entry-proof.ts';
import type { EntryProof } from '#contract/http.ts';

// The page also lives on plain http in a lab's network, where browsers have no WebCrypto: all hashing is JavaScript.
ed25519.hashes.sha512 = sha512;

/** RFC 8032 verification with the strict rules that every verifier of the log uses. */
const verify: VerifyEd25519 = (publicKey, message, signature) => {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
};

/** Checks an entry from its leaf to the signed checkpoint in this very browser; nothing is taken on trust but the log's key. */
export function checkEntry(proof: EntryProof, verifierKey: string): ProofVerdict {
  return verifyEntryProof(proof, verifierKey, { sha256, verify });
}

export type VerdictName = 'verified' | ProofFault | 'wrong-entry' | 'no-proof';

/** The verdict in a word. A proof of another entry than `index`, however good, says nothing about this one. */
export function verdictName(verdict: ProofVerdict, proof: EntryProof, index: number): VerdictName {
  if (proof.index !== index) return 'wrong-entry';
  return verdict.ok ? 'verified' : verdict.fault;
}
