import { fromBase64, type Sha256, sameBytes, utf8 } from './bytes.ts';
import { type Checkpoint, parseCheckpoint } from './checkpoint.ts';
import type { VerifyEd25519 } from './ed25519.ts';
import type { EntryProof } from './http.ts';
import { climb, leafHash, type Rung } from './merkle.ts';
import { isSignedBy, parseNote, parseVerifierKey } from './signed-note.ts';

/** Why an entry was not found to be in the log, for the page to say in the reader's words. */
export type ProofFault = 'malformed' | 'wrong-size' | 'wrong-root' | 'wrong-signature' | 'wrong-log';

export type ProofVerdict = {
  readonly leafHash: Uint8Array;
  /** From the leaf upwards, as far as the proof could be followed; empty in a log of one entry. */
  readonly rungs: readonly Rung[];
  readonly checkpoint: Checkpoint | undefined;
} & ({ readonly ok: true } | { readonly ok: false; readonly fault: ProofFault; readonly reason: string });

/**
 * Checks everything a stranger would: the leaf's hash, each rung up to the root, and the log's signature over that
 * root. All the steps come back, so that a page can draw the ladder.
 * @param verifierKey the log's key as a signed-note verifier key; it must come from somewhere one trusts
 */
export function verifyEntryProof(
  proof: EntryProof,
  verifierKey: string,
  tools: { sha256: Sha256; verify: VerifyEd25519 },
): ProofVerdict {
  const { sha256, verify } = tools;
  const hash = leafHash(sha256, utf8(proof.leaf));
  let checkpoint: Checkpoint | undefined;
  let rungs: readonly Rung[] = [];
  const fail = (fault: ProofFault, reason: string): ProofVerdict => ({
    ok: false,
    leafHash: hash,
    rungs,
    checkpoint,
    fault,
    reason,
  });
  try {
    const ladder = climb(
      sha256,
      { hash, index: proof.index },
      proof.size,
      proof.hashes.map((text) => fromBase64(text)),
    );
    rungs = ladder.rungs;
    const note = parseNote(proof.checkpoint);
    const key = parseVerifierKey(sha256, verifierKey);
    checkpoint = parseCheckpoint(note.text);
    if (!ladder.ok) return fail('malformed', ladder.reason);
    if (checkpoint.origin !== key.name) return fail('wrong-log', 'the checkpoint is of another log');
    if (checkpoint.size !== proof.size) return fail('wrong-size', 'the checkpoint is of another size');
    if (!sameBytes(ladder.root, checkpoint.root))
      return fail('wrong-root', 'the hashes do not lead to the signed root');
    if (!isSignedBy(sha256, verify, note, key))
      return fail('wrong-signature', 'the checkpoint is not signed by the log');
    return { ok: true, leafHash: hash, rungs, checkpoint };
  } catch (error) {
    return fail('malformed', error instanceof Error ? error.message : 'the proof cannot be read');
  }
}
