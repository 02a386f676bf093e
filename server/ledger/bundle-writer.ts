import { sha256 } from './node-crypto.ts';

/** The length of an entry is written in two bytes. */
const LENGTH_BYTES = 2;
/** The byte that RFC 6962 §2.1 hashes before a leaf. */
const LEAF = 0;
/** A UTF-16 code unit takes at most three bytes in UTF-8. */
const BYTES_OF_A_CHAR_MAX = 3;

/**
 * Writes entries one after the other as a bundle of tlog-tiles, and hashes each where it lies: a commit's entries are encoded
 * once and copied once, which on the one thread that writes counts for as much as the hashing.
 */
export class BundleWriter {
  #bytes: Buffer;
  #end = 0;
  #count = 0;

  /** @param expectedBytes how large the bundle will be about; it grows where that is too little. */
  constructor(expectedBytes: number) {
    this.#bytes = Buffer.allocUnsafeSlow(expectedBytes);
  }

  get count(): number {
    return this.#count;
  }

  /** Adds an entry, whose size the caller has checked. @returns its leaf hash. */
  add(text: string): Uint8Array {
    this.#makeRoom(LENGTH_BYTES + text.length * BYTES_OF_A_CHAR_MAX);
    const from = this.#end + LENGTH_BYTES;
    const length = this.#bytes.write(text, from, 'utf8');
    // Where the length's second byte will stand, right before the entry.
    this.#bytes[from - 1] = LEAF;
    const hash = sha256(this.#bytes.subarray(from - 1, from + length));
    this.#bytes.writeUInt16BE(length, this.#end);
    this.#end = from + length;
    this.#count += 1;
    return hash;
  }

  bundle(): Uint8Array {
    return Uint8Array.prototype.slice.call(this.#bytes, 0, this.#end);
  }

  #makeRoom(bytes: number): void {
    if (this.#end + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow((this.#end + bytes) * 2);
    larger.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = larger;
  }
}
