import { fromBase64Url } from '#contract/bytes.ts';
import { canonicalJson } from '#contract/canonical-json.ts';
import { fromDidKey } from '#contract/did-key.ts';
import { isUsablePublicKey } from '#contract/ed25519.ts';
import { type EntryBody, type EntrySignature, signingBytesOfText } from '#contract/log-entry.ts';
import { hasRightLengths, type SignedMessage, verifyOnAllCores } from './signature-threads.ts';

/** An entry that somebody else made and signed. */
export interface ForeignEntry {
  readonly body: EntryBody;
  readonly sigs: readonly EntrySignature[];
}

/** Which body a signature was found good for, so that the appender need not compute it again on the one thread that writes. */
const foundGood = new WeakMap<EntrySignature, string>();

/** Keys whose did:key was decoded and may be used; the same few sign most of what comes. */
const KEYS_KEPT_MAX = 10_000;
const usableKeys = new Map<string, Uint8Array | undefined>();

export function wasFoundGood(signature: EntrySignature, bodyText: string): boolean {
  return foundGood.get(signature) === bodyText;
}

/**
 * Checks the signatures of entries that others made, on all cores.
 * @returns for each entry whether it has at least one signature, all of them are their keys', and no key signed twice. A key
 *   that is not allowed signs nothing.
 */
export async function checkSignatures(entries: readonly ForeignEntry[]): Promise<boolean[]> {
  const texts = entries.map(({ body }) => canonicalJson(body));
  const items: { at: number; signature: EntrySignature; signed: SignedMessage }[] = [];
  const areGood = entries.map(({ sigs }, at) => {
    const message = signingBytesOfText(texts[at] ?? '');
    const signed = sigs.map((signature) => signedMessageOf(message, signature));
    if (sigs.length === 0 || new Set(sigs.map(({ kid }) => kid)).size !== sigs.length) return false;
    for (const [place, signature] of sigs.entries()) {
      const one = signed[place];
      if (one === undefined) return false;
      items.push({ at, signature, signed: one });
    }
    return true;
  });
  const verdicts = await verifyOnAllCores(items.map(({ signed }) => signed));
  for (const [place, { at, signature }] of items.entries()) {
    if (verdicts[place] === true) foundGood.set(signature, texts[at] ?? '');
    else areGood[at] = false;
  }
  return areGood;
}

function signedMessageOf(message: Uint8Array, { kid, sig }: EntrySignature): SignedMessage | undefined {
  const publicKey = usableKeyOf(kid);
  if (publicKey === undefined) return undefined;
  try {
    const signed = { publicKey, message, signature: fromBase64Url(sig) };
    return hasRightLengths(signed) ? signed : undefined;
  } catch {
    return undefined;
  }
}

function usableKeyOf(kid: string): Uint8Array | undefined {
  if (usableKeys.has(kid)) return usableKeys.get(kid);
  const key = fromDidKey(kid);
  const usable = key !== undefined && isUsablePublicKey(key) ? key : undefined;
  if (usableKeys.size >= KEYS_KEPT_MAX) usableKeys.clear();
  usableKeys.set(kid, usable);
  return usable;
}
