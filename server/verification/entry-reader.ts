import { fromUtf8 } from '#contract/bytes.ts';
import { canonicalJson, hasOnlyWholeNumbers, JSON_DEPTH_MAX } from '#contract/canonical-json.ts';
import { type LogEntry, SIGNATURES_MAX } from '#contract/log-entry.ts';
import { LEAF_BYTES_MAX } from '#contract/log-tiles.ts';
import { LogFault } from './verdict.ts';

/**
 * Reads leaves as `readLogEntry` of the contract does, accepting the same ones, some twenty times as fast: a schema for
 * each of a million entries would take longer than their signatures.
 */

export interface ReadEntry {
  readonly entry: LogEntry;
  readonly text: string;
  /** Where the canonical JSON of the body ends in the text; it begins behind `{"body":`. */
  readonly bodyEnd: number;
}

export const BODY_START = '{"body":'.length;
const HASH_TEXT = /^[A-Za-z0-9_-]{43}$/;

/** @throws LogFault `not-canonical` or `no-entry`. */
export function readEntry(leaf: Uint8Array, index: number): ReadEntry {
  if (leaf.length > LEAF_BYTES_MAX)
    throw new LogFault('not-canonical', `the entry is larger than ${LEAF_BYTES_MAX} bytes`, { index });
  let text: string;
  let value: unknown;
  try {
    text = fromUtf8(leaf);
    value = JSON.parse(text);
  } catch (cause) {
    throw new LogFault('not-canonical', 'the entry is no JSON', { index, cause });
  }
  const form = formOf(text, value);
  if (form === 'other')
    throw new LogFault('not-canonical', 'the entry is not in canonical form (RFC 8785)', { index });
  if (form === 'fraction')
    throw new LogFault('no-entry', 'the entry holds a number that is not whole', { index });
  if (!isLogEntry(value))
    throw new LogFault('no-entry', 'the entry does not have the form of one', { index });
  // The last one is the member: in a string the quotation mark would have a backslash before it.
  return { entry: value, text, bodyEnd: text.lastIndexOf(',"log":{"prev":') };
}

type Form = 'canonical' | 'fraction' | 'other';

/**
 * What the parser read and the writer writes again is the same text in one order of keys at least; where the keys stand in
 * theirs, that is the canonical form. The rare texts that this does not settle are written out in canonical form.
 */
function formOf(text: string, value: unknown): Form {
  const order = orderOf(value, 0);
  // Half of a surrogate pair can only come from an escape: the bytes were valid UTF-8.
  if (order !== 'unsettled' && JSON.stringify(value) === text && !text.includes('\\ud'))
    return order === 'sorted' ? 'canonical' : 'fraction';
  try {
    if (canonicalJson(value) !== text) return 'other';
  } catch {
    return 'other';
  }
  return hasOnlyWholeNumbers(value) ? 'canonical' : 'fraction';
}

type Order = 'sorted' | 'unsettled' | 'fraction';

/** Whether all keys stand in order; `fraction` where they do and some number is not whole. */
function orderOf(value: unknown, depth: number): Order {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'sorted' : 'fraction';
  if (typeof value !== 'object' || value === null) return 'sorted';
  if (depth >= JSON_DEPTH_MAX) return 'unsettled';
  if (Array.isArray(value)) return orderOfItems(value, depth + 1);
  return isRecord(value) ? orderOfMembers(value, depth + 1) : 'unsettled';
}

function orderOfItems(items: readonly unknown[], depth: number): Order {
  let found: Order = 'sorted';
  for (const item of items) {
    const order = orderOf(item, depth);
    if (order === 'unsettled') return order;
    if (order === 'fraction') found = order;
  }
  return found;
}

function orderOfMembers(value: Readonly<Record<string, unknown>>, depth: number): Order {
  let found: Order = 'sorted';
  let before: string | undefined;
  for (const key of Object.keys(value)) {
    if (before !== undefined && before >= key) return 'unsettled';
    before = key;
    const order = orderOf(value[key], depth);
    if (order === 'unsettled') return order;
    if (order === 'fraction') found = order;
  }
  return found;
}

function isLogEntry(value: unknown): value is LogEntry {
  return isRecord(value, 3) && isBody(value.body) && isLink(value.log) && isSignatures(value.sigs);
}

function isBody(body: unknown): boolean {
  return (
    isRecord(body, 5) &&
    isRecord(body.data) &&
    // A schema would silently leave it out, and the signature would be over something else.
    !Object.hasOwn(body.data, '__proto__') &&
    isText(body.id, 1, 120) &&
    isText(body.stream, 1, 200) &&
    isText(body.type, 1, 80) &&
    isCount(body.v) &&
    body.v > 0
  );
}

function isLink(log: unknown): boolean {
  return (
    isRecord(log, 3) &&
    (log.prev === null || (typeof log.prev === 'string' && HASH_TEXT.test(log.prev))) &&
    isCount(log.rev) &&
    isCount(log.time)
  );
}

function isSignatures(sigs: unknown): boolean {
  return (
    Array.isArray(sigs) &&
    sigs.length <= SIGNATURES_MAX &&
    sigs.every((item) => isRecord(item, 2) && isText(item.kid, 0, 80) && isText(item.sig, 0, 90))
  );
}

function isRecord(value: unknown, keys?: number): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    (keys === undefined || Object.keys(value).length === keys)
  );
}

function isText(value: unknown, lengthMin: number, lengthMax: number): boolean {
  return typeof value === 'string' && value.length >= lengthMin && value.length <= lengthMax;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
