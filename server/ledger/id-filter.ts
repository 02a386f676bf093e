/** Names of one block; at 20 bits a name a block takes 160 KiB. */
export const NAMES_OF_A_BLOCK = 65_536;
const BITS_OF_A_NAME = 20;
const BITS_OF_A_BLOCK = NAMES_OF_A_BLOCK * BITS_OF_A_NAME;
export const BLOCK_BYTES = BITS_OF_A_BLOCK / 8;
/** 20 bits and 14 places a name: a fresh name is taken for a known one once in 15,000 times and block. */
const PLACES = 14;

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
/** Another start for the second hash (the golden ratio's bits). */
const OTHER_OFFSET = 0x9e3779b9;

/**
 * Bloom filter over the names that the log has used: ids of entries, and streams. It answers for certain that a name is new,
 * which spares the store a look-up for nearly every append. It is a function of the log alone, the same in every process.
 */
export class IdFilter {
  readonly #blocks: Uint8Array[];
  /** Names in the last block. */
  #count: number;

  constructor(blocks: readonly Uint8Array[] = [], count = 0) {
    this.#blocks = blocks.map((block) => Uint8Array.from(block));
    this.#count = count;
  }

  get blocks(): readonly Uint8Array[] {
    return this.#blocks;
  }

  get count(): number {
    return this.#count;
  }

  add(name: string): void {
    let block = this.#blocks.at(-1);
    if (block === undefined || this.#count === NAMES_OF_A_BLOCK) {
      block = new Uint8Array(BLOCK_BYTES);
      this.#blocks.push(block);
      this.#count = 0;
    }
    findPlaces(name);
    for (const place of places) block[place >>> 3] = (block[place >>> 3] ?? 0) | (1 << (place & 7));
    this.#count += 1;
  }

  /** False is certain. */
  mayHave(name: string): boolean {
    findPlaces(name);
    return this.#blocks.some((block) =>
      places.every((place) => ((block[place >>> 3] ?? 0) & (1 << (place & 7))) !== 0),
    );
  }
}

/** Of the name that was looked at last: a filter is asked for every entry, and nobody keeps the answer. */
const places = new Uint32Array(PLACES);

/** Double hashing (Kirsch and Mitzenmacher): all places come from two hashes. */
function findPlaces(name: string): void {
  let one = FNV_OFFSET;
  let other = OTHER_OFFSET;
  for (let at = 0; at < name.length; at += 1) {
    const code = name.charCodeAt(at);
    one = Math.imul(one ^ code, FNV_PRIME);
    other = Math.imul(other ^ code, 0x85ebca6b);
    other ^= other >>> 13;
  }
  one = mixed(one);
  // Odd, so that the places do not repeat.
  other = mixed(other) | 1;
  for (let at = 0; at < PLACES; at += 1) places[at] = ((one + Math.imul(at, other)) >>> 0) % BITS_OF_A_BLOCK;
}

/** The finalizer of MurmurHash3: every bit of the input reaches every bit of the output. */
function mixed(hash: number): number {
  let bits = hash ^ (hash >>> 16);
  bits = Math.imul(bits, 0x85ebca6b);
  bits ^= bits >>> 13;
  bits = Math.imul(bits, 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
