import { fromUtf8, toBase64Url, utf8 } from '#contract/bytes.ts';
import { canonicalJson, hasOnlyWholeNumbers } from '#contract/canonical-json.ts';
import {
  EntryBody,
  type EntrySignature,
  isSignatureOf,
  type LogEntry,
  readLogEntry,
  SIGNATURES_MAX,
} from '#contract/log-entry.ts';
import { LEAF_BYTES_MAX } from '#contract/log-tiles.ts';
import { leafHash } from '#contract/merkle.ts';
import { AppError } from '../errors.ts';
import { sha256, verifyEd25519 } from './node-crypto.ts';
import { type CheckedBody, checkedBodyWith } from './signature-checks.ts';

/** An entry that is in the log. */
export interface CommittedEntry extends LogEntry {
  readonly index: number;
  readonly leafHash: Uint8Array;
  /** The leaf exactly as it is hashed. */
  readonly text: string;
}

/** What a command wants appended: not yet numbered, timed or signed by the server. */
export interface Draft {
  /** Made by whoever issues the command, so that a repeat is recognised. */
  id: string;
  stream: string;
  type: string;
  /** Version of the type's data; 1 where it is left out. */
  v?: number;
  data: object;
  /** Signatures of a bridge or a person over the body. */
  sigs?: readonly EntrySignature[];
  /**
   * Whether those suffice, since it is their own word and nobody else's: that the log took it is what its checkpoint signs.
   * The server signs every other entry.
   */
  standsAlone?: boolean;
}

/** 2 KiB of a leaf are for `log` and the signatures. */
const BODY_BYTES_MAX = LEAF_BYTES_MAX - 2 * 1024;

export interface MadeBody {
  readonly body: EntryBody;
  /** Its canonical JSON: what is signed and hashed. */
  readonly text: string;
  /** Signatures that were found to be good already. */
  readonly checked?: readonly EntrySignature[];
}

/**
 * The body of a draft, as it will be hashed.
 * @throws AppError `too-much` where it is larger than an entry may be.
 * @throws TypeError where a rule made what an entry cannot carry: a fault of the rule, not of a person.
 */
export function makeBody({ id, stream, type, v = 1, data }: Draft): MadeBody {
  const checked = checkedBodyWith(data);
  if (checked !== undefined && isAsChecked(checked.body, { id, stream, type, v }) && isOrdinary(checked))
    return { body: checked.body, text: checked.text, checked: checked.sigs };
  // Through text and back, so that the entry that the fold sees is the one that a restart reads.
  const text = canonicalJson({ data, id, stream, type, v });
  // A character has at most three bytes in UTF-8.
  if (text.length * 3 > BODY_BYTES_MAX && utf8(text).length > BODY_BYTES_MAX)
    throw new AppError('too-much', 'This says more than one entry of the ledger can hold. Make it shorter.', {
      code: 'ledger.entry-too-long',
    });
  const body = EntryBody.safeParse(JSON.parse(text));
  if (!body.success) throw new TypeError(`${type} is no entry: ${body.error.issues[0]?.message}`);
  if (!hasOnlyWholeNumbers(body.data.data)) throw new TypeError(`${type} carries a number that is not whole`);
  return { body: body.data, text };
}

function isAsChecked(body: EntryBody, { id, stream, type, v }: Omit<EntryBody, 'data'>): boolean {
  return body.id === id && body.stream === stream && body.type === type && body.v === v;
}

/** Whether it is certainly not too long, and comes back from its text just as it is. */
function isOrdinary({ body, text }: CheckedBody): boolean {
  return text.length * 3 <= BODY_BYTES_MAX && comesBack(body.data);
}

/** Only whole numbers, and no negative zero, which JSON writes as 0. */
function comesBack(value: unknown): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value) && !Object.is(value, -0);
  if (typeof value !== 'object' || value === null) return true;
  for (const member of Object.values(value)) if (!comesBack(member)) return false;
  return true;
}

/** The leaf of an entry: canonical JSON, put together from the canonical JSON of its body. */
export function entryText(
  bodyText: string,
  { prev, rev, time }: LogEntry['log'],
  sigs: readonly EntrySignature[],
): string {
  const before = prev === null ? 'null' : `"${prev}"`;
  return `{"body":${bodyText},"log":{"prev":${before},"rev":${rev},"time":${time}},"sigs":${canonicalJson(sigs)}}`;
}

/** @throws AppError `not-allowed` where a signature that came with the draft is not its key's. */
export function requireGoodSignatures({ body, checked }: MadeBody, sigs: readonly EntrySignature[]): void {
  if (sigs.length >= SIGNATURES_MAX)
    throw new AppError('too-much', `An entry carries at most ${SIGNATURES_MAX - 1} signatures.`, {
      code: 'ledger.too-many-signatures',
    });
  for (const signature of sigs)
    if (checked?.includes(signature) !== true && !isSignatureOf(verifyEd25519, body, signature))
      throw new AppError('not-allowed', `The signature by ${signature.kid} does not fit what it signs.`, {
        code: 'ledger.wrong-signature',
      });
}

/** Reads a leaf back. @throws Error where it is no entry. */
export function readLeaf(leaf: Uint8Array, index: number): CommittedEntry {
  return { ...readLogEntry(leaf), index, leafHash: leafHash(sha256, leaf), text: fromUtf8(leaf) };
}

/** What the next entry of a stream follows from. */
export interface StreamEnd {
  readonly rev: number;
  readonly leafHash: Uint8Array;
}

/** The `prev` and `rev` of the entry after this one in its stream. */
export function linkAfter(end: StreamEnd | undefined): { prev: string | null; rev: number } {
  return end === undefined ? { prev: null, rev: 0 } : { prev: toBase64Url(end.leafHash), rev: end.rev + 1 };
}
