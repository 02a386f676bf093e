import type { KeyObject } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/**
 * Ed25519 on all cores. Node's own pool takes one signature a job, and giving a job away costs the one thread that writes
 * nearly as much as the signature itself; these threads take hundreds at a time.
 */

const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
/** As many as Node's own pool has, also on a small machine: where others compute too, each thread gets its share. */
const THREADS_MIN = 4;
/** More than these do not help: the one thread that reads entries cannot feed them. */
const THREADS_MAX = 16;
export const SIGNATURE_THREADS = Math.min(THREADS_MAX, Math.max(THREADS_MIN, availableParallelism()));
/** Items of one message: the threads share even a middling batch, and each still has some milliseconds of work. */
const ITEMS_OF_A_SHARE = 64;

export interface SignedMessage {
  readonly publicKey: Uint8Array;
  /** Bytes, or the text whose UTF-8 they are. */
  readonly message: Uint8Array | string;
  readonly signature: Uint8Array;
}

interface Reply {
  id: number;
  value?: Uint8Array;
  fault?: string;
}

interface Asked {
  resolve: (value: Uint8Array) => void;
  reject: (error: Error) => void;
}

class Thread {
  // Without the loader that this program itself was started with.
  readonly #worker = new Worker(new URL('./signature-thread.js', import.meta.url), { execArgv: [] });
  readonly #asked = new Map<number, Asked>();
  #made = 0;

  constructor(onEnd: () => void) {
    this.#worker.on('message', ({ id, value, fault }: Reply) => {
      const asked = this.#asked.get(id);
      this.#asked.delete(id);
      if (this.#asked.size === 0) this.#worker.unref();
      if (value === undefined) asked?.reject(new Error(`a signature thread failed: ${fault}`));
      else asked?.resolve(value);
    });
    const end = (error: Error) => {
      onEnd();
      for (const { reject } of this.#asked.values()) reject(error);
      this.#asked.clear();
    };
    this.#worker.on('error', (error) => end(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on('exit', () => end(new Error('a signature thread ended')));
    // A thread that owes no answer does not keep the process.
    this.#worker.unref();
  }

  get load(): number {
    return this.#asked.size;
  }

  ask(packed: Uint8Array<ArrayBuffer>, count: number, key?: KeyObject): Promise<Uint8Array> {
    this.#made += 1;
    const id = this.#made;
    this.#worker.ref();
    this.#worker.postMessage({ id, packed, count, key }, [packed.buffer]);
    return new Promise((resolve, reject) => this.#asked.set(id, { resolve, reject }));
  }
}

const threads: Thread[] = [];

/** A thread with nothing to do, else the one with the least. They are started when they are first needed, and kept. */
function freeThread(): Thread {
  const idle = threads.find(({ load }) => load === 0);
  if (idle !== undefined) return idle;
  if (threads.length < SIGNATURE_THREADS) {
    const thread = new Thread(() => {
      const place = threads.indexOf(thread);
      if (place >= 0) threads.splice(place, 1);
    });
    threads.push(thread);
    return thread;
  }
  return threads.reduce((best, thread) => (thread.load < best.load ? thread : best));
}

/** Whether each signature is its key's over its message. The caller has checked that the keys may be used. */
export async function verifyOnAllCores(items: readonly SignedMessage[]): Promise<boolean[]> {
  const parts = await Promise.all(
    sharesOf(items).map((share) => freeThread().ask(packSigned(share), share.length)),
  );
  return parts.flatMap((part) => Array.from(part, (verdict) => verdict === 1));
}

/** A signature of each message, in their order. */
export async function signOnAllCores(key: KeyObject, messages: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const parts = await Promise.all(
    sharesOf(messages).map(async (share) => {
      const signatures = await freeThread().ask(packMessages(share), share.length, key);
      return share.map((_, at) => signatures.subarray(at * SIGNATURE_BYTES, (at + 1) * SIGNATURE_BYTES));
    }),
  );
  return parts.flat();
}

function sharesOf<Item>(items: readonly Item[]): Item[][] {
  const shares: Item[][] = [];
  for (let at = 0; at < items.length; at += ITEMS_OF_A_SHARE)
    shares.push(items.slice(at, at + ITEMS_OF_A_SHARE));
  return shares;
}

const LENGTH_BYTES = 4;

/** Each item as the threads read it: the length of its message, key, signature, message. */
function packSigned(items: readonly SignedMessage[]): Uint8Array<ArrayBuffer> {
  const itemBytes = LENGTH_BYTES + KEY_BYTES + SIGNATURE_BYTES;
  const packed = new Uint8Array(items.reduce((sum, { message }) => sum + itemBytes + bytesIn(message), 0));
  const buffer = Buffer.from(packed.buffer);
  let at = 0;
  for (const { publicKey, signature, message } of items) {
    packed.set(publicKey, at + LENGTH_BYTES);
    packed.set(signature, at + LENGTH_BYTES + KEY_BYTES);
    const length = put(message, buffer, at + itemBytes);
    buffer.writeUInt32LE(length, at);
    at += itemBytes + length;
  }
  return packed;
}

function packMessages(messages: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const packed = new Uint8Array(messages.reduce((sum, { length }) => sum + LENGTH_BYTES + length, 0));
  const buffer = Buffer.from(packed.buffer);
  let at = 0;
  for (const message of messages) {
    buffer.writeUInt32LE(message.length, at);
    at += LENGTH_BYTES + put(message, buffer, at + LENGTH_BYTES);
  }
  return packed;
}

function bytesIn(message: Uint8Array | string): number {
  return typeof message === 'string' ? Buffer.byteLength(message) : message.length;
}

function put(message: Uint8Array | string, into: Buffer, at: number): number {
  if (typeof message === 'string') return into.write(message, at, 'utf8');
  into.set(message, at);
  return message.length;
}

/** Bytes of a key and of a signature; whoever packs others would mix up all that follow. */
export function hasRightLengths({ publicKey, signature }: SignedMessage): boolean {
  return publicKey.length === KEY_BYTES && signature.length === SIGNATURE_BYTES;
}
