import { fromBase64Url, sameBytes } from '#contract/bytes.ts';
import { fromDidKey } from '#contract/did-key.ts';
import { isUsablePublicKey } from '#contract/ed25519.ts';
import { type EntrySignature, SIGNING_DOMAIN } from '#contract/log-entry.ts';
import { HASH_BYTES } from '#contract/merkle.ts';
import { BODY_START, type ReadEntry, readEntry } from './entry-reader.ts';
import type { SignatureItem } from './tools.ts';
import { UsedIds } from './used-ids.ts';
import { LogFault } from './verdict.ts';

const DOMAIN = new TextEncoder().encode(SIGNING_DOMAIN);
const SIGNATURE_BYTES = 64;
/** A log has few keys; one that has more pays for reading them again. */
const KEYS_KEPT_MAX = 10_000;
/** One signature, and whose and of which entry it claims to be. */
export interface OwnedSignature extends SignatureItem {
  readonly kid: string;
  readonly index: number;
}

/** Messages of some hundred entries. */
const SLAB_BYTES = 128 * 1024;
/** Room for so many streams to begin with; doubled when it is full. */
const STREAMS_START = 1_024;

/** Where each stream ends: a name, a number and 32 bytes for each, however long it is. */
class StreamEnds {
  readonly #places = new Map<string, number>();
  #hashes = new Uint8Array(STREAMS_START * HASH_BYTES);
  #revisions = new Float64Array(STREAMS_START);

  /** Undefined for a stream without entries. */
  find(stream: string): { revision: number; leafHash: Uint8Array } | undefined {
    const place = this.#places.get(stream);
    if (place === undefined) return undefined;
    return {
      revision: this.#revisions[place] ?? 0,
      leafHash: this.#hashes.subarray(place * HASH_BYTES, (place + 1) * HASH_BYTES),
    };
  }

  set(stream: string, revision: number, leafHash: Uint8Array): void {
    let place = this.#places.get(stream);
    if (place === undefined) {
      place = this.#places.size;
      this.#places.set(stream, place);
      if (place === this.#revisions.length) this.#grow();
    }
    this.#revisions[place] = revision;
    this.#hashes.set(leafHash, place * HASH_BYTES);
  }

  #grow(): void {
    const hashes = new Uint8Array(this.#hashes.length * 2);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    const revisions = new Float64Array(this.#revisions.length * 2);
    revisions.set(this.#revisions);
    this.#revisions = revisions;
  }
}

/** What must hold for each entry whatever it says: its form, its place in its stream, its time, its signatures. */
export class EntryRules {
  readonly #ends = new StreamEnds();
  readonly #ids = new UsedIds();
  readonly #keys = new Map<string, Uint8Array | undefined>();
  #latestMs = 0;
  #slab = new Uint8Array(0);
  #used = 0;

  /** @throws LogFault naming the index where the entry cannot be read or cannot stand where it is. */
  follow(leaf: Uint8Array, index: number, leafHash: Uint8Array): ReadEntry {
    const read = readEntry(leaf, index);
    const { body, log } = read.entry;
    const end = this.#ends.find(body.stream);
    const next = end === undefined ? 0 : end.revision + 1;
    if (log.rev !== next)
      throw new LogFault(
        'broken-chain',
        `it is number ${log.rev} of ${body.stream}, where ${next} comes next`,
        {
          index,
        },
      );
    if (end === undefined ? log.prev !== null : log.prev === null || !isHash(log.prev, end.leafHash))
      throw new LogFault('broken-chain', `it does not follow from the entry before it in ${body.stream}`, {
        index,
      });
    if (log.time < this.#latestMs)
      throw new LogFault('time-runs-back', 'it is older than the entry before it', { index });
    if (!this.#ids.add(body.id))
      throw new LogFault('repeated-id', `an entry before it has the id ${body.id} already`, { index });
    this.#latestMs = log.time;
    this.#ends.set(body.stream, log.rev, leafHash);
    return read;
  }

  /** @throws LogFault `bad-entry-signature` where no arithmetic is needed to see that one is not good. */
  signaturesOf(leaf: Uint8Array, { entry, text, bodyEnd }: ReadEntry, index: number): OwnedSignature[] {
    if (entry.sigs.length === 0)
      throw new LogFault('bad-entry-signature', 'it is signed by nobody', { index });
    const keys = entry.sigs.map((signature) => this.#keyOf(signature, index));
    // With keys that can be read, what stands behind the body is ASCII: characters are bytes.
    const body = leaf.subarray(BODY_START, leaf.length - (text.length - bodyEnd));
    const message = this.#room(DOMAIN.length + body.length);
    message.set(DOMAIN);
    message.set(body, DOMAIN.length);
    return entry.sigs.map(({ kid, sig }, at) => {
      const publicKey = keys[at];
      const signature = bytesOf(sig);
      if (publicKey === undefined || signature === undefined) throw wrongSignature(kid, index);
      return { publicKey, message, signature, kid, index };
    });
  }

  /** Bytes that nobody uses: cut from a larger piece, which is far cheaper than to ask for a small one each time. */
  #room(length: number): Uint8Array {
    if (this.#slab.length - this.#used < length) {
      this.#slab = new Uint8Array(Math.max(SLAB_BYTES, length));
      this.#used = 0;
    }
    this.#used += length;
    return this.#slab.subarray(this.#used - length, this.#used);
  }

  #keyOf({ kid }: EntrySignature, index: number): Uint8Array {
    let key = this.#keys.get(kid);
    if (key === undefined && !this.#keys.has(kid)) {
      const read = fromDidKey(kid);
      key = read !== undefined && isUsablePublicKey(read) ? read : undefined;
      if (this.#keys.size >= KEYS_KEPT_MAX) this.#keys.clear();
      this.#keys.set(kid, key);
    }
    if (key === undefined) throw wrongSignature(kid, index);
    return key;
  }
}

export function wrongSignature(kid: string, index: number): LogFault {
  return new LogFault('bad-entry-signature', `the signature by ${kid} does not fit it`, { index });
}

function bytesOf(sig: string): Uint8Array | undefined {
  try {
    const bytes = fromBase64Url(sig);
    return bytes.length === SIGNATURE_BYTES ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the text is this hash in the one spelling that there is of it. */
function isHash(text: string, hash: Uint8Array): boolean {
  try {
    return sameBytes(fromBase64Url(text), hash);
  } catch {
    return false;
  }
}
