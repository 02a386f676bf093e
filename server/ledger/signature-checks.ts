import { fromBase64Url } from '#contract/bytes.ts';
import { canonicalJson } from '#contract/canonical-json.ts';
import { fromDidKey } from '#contract/did-key.ts';
import { isUsablePublicKey } from '#contract/ed25519.ts';
import { type EntryBody, type EntrySignature, SIGNING_DOMAIN } from '#contract/log-entry.ts';
import { hasRightLengths, type SignedMessage, verifyOnAllCores } from './signature-threads.ts';

/** An entry that somebody else made and signed. */
export interface ForeignEntry {
  readonly body: EntryBody;
  readonly sigs: readonly EntrySignature[];
}

/** A body whose signatures were found to be good: it need not be written out and checked again on the one thread that writes. */
export interface CheckedBody {
  readonly body: EntryBody;
  /** Its canonical JSON. */
  readonly text: string;
  readonly sigs: readonly EntrySignature[];
}

/** By the data of the body, which rules hand on as it is. */
const checkedBodies = new WeakMap<object, CheckedBody>();

/** Keys whose did:key was decoded and may be used; the same few sign most of what comes. */
const KEYS_KEPT_MAX = 10_000;
const usableKeys = new Map<string, Uint8Array | undefined>();

/** What was found about the body with this very data, which nobody has changed since. */
export function checkedBodyWith(data: object): CheckedBody | undefined {
  return checkedBodies.get(data);
}

/**
 * Checks the signatures of entries that others made, on all cores. The entries are not to be changed afterwards.
 * @returns for each entry whether it has at least one signature, all of them are their keys', and no key signed twice. A key
 *   that is not allowed signs nothing.
 */
export async function checkSignatures(entries: readonly ForeignEntry[]): Promise<boolean[]> {
  const texts = entries.map(({ body }) => canonicalJson(body));
  const places: number[] = [];
  const items: SignedMessage[] = [];
  const areGood = entries.map(({ sigs }, at) => {
    const message = SIGNING_DOMAIN + texts[at];
    const signed = sigs.flatMap((signature) => signedMessageOf(message, signature) ?? []);
    if (sigs.length === 0 || signed.length < sigs.length || isSignedTwice(sigs)) return false;
    for (const one of signed) {
      places.push(at);
      items.push(one);
    }
    return true;
  });
  const verdicts = await verifyOnAllCores(items);
  for (const [item, at] of places.entries()) if (verdicts[item] !== true) areGood[at] = false;
  for (const [at, { body, sigs }] of entries.entries())
    if (areGood[at] === true) checkedBodies.set(body.data, { body, text: texts[at] ?? '', sigs });
  return areGood;
}

function isSignedTwice(sigs: readonly EntrySignature[]): boolean {
  return sigs.length > 1 && new Set(sigs.map(({ kid }) => kid)).size !== sigs.length;
}

function signedMessageOf(message: string, { kid, sig }: EntrySignature): SignedMessage | undefined {
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
