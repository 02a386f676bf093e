import { fromBase64Url, toBase64Url } from '#contract/bytes.ts';
import { canonicalJson } from '#contract/canonical-json.ts';
import { fromDidKey } from '#contract/did-key.ts';
import { isUsablePublicKey } from '#contract/ed25519.ts';
import { type EntryBody, type EntrySignature, signingBytesOfText } from '#contract/log-entry.ts';
import { verifyEd25519OnAllCores } from './node-crypto.ts';

/** Which body a signature was found good for, so that the appender need not compute it again on the one thread that writes. */
const foundGood = new WeakMap<EntrySignature, string>();

export function wasFoundGood(signature: EntrySignature, bodyText: string): boolean {
  return foundGood.get(signature) === bodyText;
}

/**
 * Checks the signatures of an entry that somebody else made, on all cores. Each counts once: a repeated key, like one that is
 * not allowed, is not good.
 * @returns whether there is at least one and all of them are their keys'.
 */
export async function checkSignatures(body: EntryBody, sigs: readonly EntrySignature[]): Promise<boolean> {
  const bodyText = canonicalJson(body);
  const message = signingBytesOfText(bodyText);
  const verdicts = await Promise.all(
    sigs.map(async (signature) => {
      const isGood = await isGoodElsewhere(message, signature);
      if (isGood) foundGood.set(signature, bodyText);
      return isGood;
    }),
  );
  return (
    verdicts.length > 0 && verdicts.every(Boolean) && new Set(sigs.map(({ kid }) => kid)).size === sigs.length
  );
}

async function isGoodElsewhere(message: Uint8Array, { kid, sig }: EntrySignature): Promise<boolean> {
  const publicKey = fromDidKey(kid);
  if (publicKey === undefined || !isUsablePublicKey(publicKey)) return false;
  let signature: Uint8Array;
  try {
    signature = fromBase64Url(sig);
  } catch {
    return false;
  }
  if (signature.length !== 64 || toBase64Url(signature) !== sig) return false;
  return verifyEd25519OnAllCores(publicKey, message, signature);
}
