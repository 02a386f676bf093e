import { z } from 'zod';
import { fromBase64Url, fromUtf8, utf8 } from './bytes.ts';
import { assertCanonical, canonicalJson, hasOnlyWholeNumbers } from './canonical-json.ts';
import { fromDidKey } from './did-key.ts';
import { isGoodSignature, type VerifyEd25519 } from './ed25519.ts';
import { LEAF_BYTES_MAX } from './log-tiles.ts';

/** Signed before the body, so that a signature made for the ledger means nothing anywhere else. */
export const SIGNING_DOMAIN = 'commonwright/ledger/v1\n';

const Hash = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

/** What happened: the part that its author signs, not knowing where in the log it will stand. */
export const EntryBody = z.strictObject({
  data: z.record(z.string(), z.unknown()),
  id: z.string().min(1).max(120),
  stream: z.string().min(1).max(200),
  type: z.string().min(1).max(80),
  /** The version of the type's data. Old entries are never written anew. */
  v: z.int().positive(),
});
export type EntryBody = z.infer<typeof EntryBody>;

export const EntrySignature = z.strictObject({
  /** did:key of an Ed25519 key. */
  kid: z.string().max(80),
  /** 64 bytes in base64url. */
  sig: z.string().max(90),
});
export type EntrySignature = z.infer<typeof EntrySignature>;

/** The log's own and those of the few who took part. */
export const SIGNATURES_MAX = 8;

/** A leaf of the log. `log` is what the log itself states and covers with its checkpoint. */
export const LogEntry = z.strictObject({
  body: EntryBody,
  log: z.strictObject({
    /** Leaf hash, in base64url, of the entry before it in the same stream; null for the first. */
    prev: Hash.nullable(),
    /** Counts the entries of the stream from 0. */
    rev: z.int().nonnegative(),
    /** Milliseconds since 1970 in UTC, never less than in the entry before it in the log. */
    time: z.int().nonnegative(),
  }),
  sigs: z.array(EntrySignature).max(SIGNATURES_MAX),
});
export type LogEntry = z.infer<typeof LogEntry>;

/** The bytes that an author signs. */
export function signingBytes(body: EntryBody): Uint8Array {
  return signingBytesOfText(canonicalJson(body));
}

/** The same from the body's canonical JSON, where that is at hand. */
export function signingBytesOfText(bodyText: string): Uint8Array {
  return utf8(SIGNING_DOMAIN + bodyText);
}

/** Whether the signature is its key's over this body. False also for keys and spellings that are not allowed. */
export function isSignatureOf(verify: VerifyEd25519, body: EntryBody, { kid, sig }: EntrySignature): boolean {
  const publicKey = fromDidKey(kid);
  if (publicKey === undefined || !/^[A-Za-z0-9_-]{85}[AQgw]$/.test(sig)) return false;
  return isGoodSignature(verify, publicKey, signingBytes(body), fromBase64Url(sig));
}

/**
 * Reads a leaf as strictly as a stranger would.
 * @throws Error where it is too large, not canonical JSON, no log entry, or holds a number that is not whole.
 */
export function readLogEntry(leaf: Uint8Array): LogEntry {
  if (leaf.length > LEAF_BYTES_MAX) throw new RangeError(`the entry is larger than ${LEAF_BYTES_MAX} bytes`);
  const value = assertCanonical(fromUtf8(leaf));
  if (!hasOnlyWholeNumbers(value)) throw new TypeError('the entry holds a number that is not whole');
  if (hasHiddenMember(value)) throw new TypeError('the entry has a member that readers leave out');
  const read = LogEntry.safeParse(value);
  if (!read.success) throw new TypeError(`this is not a log entry: ${z.prettifyError(read.error)}`);
  return read.data;
}

/** Schemas leave a member named `__proto__` out of a record: what is read would not be what is signed. */
function hasHiddenMember(value: unknown): boolean {
  const { body }: { body?: { data?: object } } = Object(value);
  return Object.hasOwn(Object(body?.data), '__proto__');
}
