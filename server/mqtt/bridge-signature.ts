import { EntryBody, EntrySignature, isSignatureOf } from '#contract/log-entry.ts';
import type { SignedFact } from '#contract/mqtt-topics.ts';
import { verifyEd25519 } from '../ledger/node-crypto.ts';

/** Whether the fact is signed by the key it names. Whether that key is the lab's is for the rules to say. */
export function isSignedByItsKey({ body, sig }: SignedFact): boolean {
  const entry = EntryBody.safeParse(body);
  const signature = EntrySignature.safeParse(sig);
  return entry.success && signature.success && isSignatureOf(verifyEd25519, entry.data, signature.data);
}
