/** Numbers that are kept of each id: 96 bits, so that no two of a billion ids are ever taken for one by chance. */
const WORDS = 3;
const SLOTS_START = 4_096;
/** A table that is fuller than this makes every search long. */
const FULL = 0.7;

/**
 * Which ids a log has used, in some twenty bytes each. Only hashes are kept, and they are not cryptographic: whoever writes a log
 * could make two different ids look like one, and so accuse himself; the same id twice is always found.
 */
export class UsedIds {
  #table = new Uint32Array(SLOTS_START * WORDS);
  #slots = SLOTS_START;
  #count = 0;
  readonly #hash = new Uint32Array(WORDS);

  /** @returns whether it was new. */
  add(id: string): boolean {
    if (this.#count >= this.#slots * FULL) this.#grow();
    hashInto(this.#hash, id);
    const isNew = this.#put(this.#hash[0] ?? 0, this.#hash[1] ?? 0, this.#hash[2] ?? 0);
    if (isNew) this.#count += 1;
    return isNew;
  }

  #put(first: number, second: number, third: number): boolean {
    const table = this.#table;
    for (let slot = first % this.#slots; ; slot = (slot + 1) % this.#slots) {
      const at = slot * WORDS;
      const [is, and, also] = [table[at] ?? 0, table[at + 1] ?? 0, table[at + 2] ?? 0];
      if (is === first && and === second && also === third) return false;
      if (is !== 0) continue;
      table[at] = first;
      table[at + 1] = second;
      table[at + 2] = third;
      return true;
    }
  }

  #grow(): void {
    const before = this.#table;
    this.#slots *= 2;
    this.#table = new Uint32Array(this.#slots * WORDS);
    for (let at = 0; at < before.length; at += WORDS)
      if (before[at] !== 0) this.#put(before[at] ?? 0, before[at + 1] ?? 0, before[at + 2] ?? 0);
  }
}

/** Three runs of FNV-1a with other primes, each mixed to the end as MurmurHash3 does. The first is never 0: that means empty. */
function hashInto(hash: Uint32Array, id: string): void {
  let [one, two, three] = [0x811c9dc5, 0x9e3779b9, 0x7f4a7c15];
  for (let at = 0; at < id.length; at += 1) {
    const code = id.charCodeAt(at);
    one = Math.imul(one ^ code, 0x01000193);
    two = Math.imul(two ^ code, 0x85ebca6b);
    two ^= two >>> 15;
    three = Math.imul(three ^ code, 0xc2b2ae35);
    three ^= three >>> 13;
  }
  hash[0] = mixed(one) || 1;
  hash[1] = mixed(two);
  hash[2] = mixed(three);
}

function mixed(hash: number): number {
  let bits = hash ^ (hash >>> 16);
  bits = Math.imul(bits, 0x85ebca6b);
  bits ^= bits >>> 13;
  bits = Math.imul(bits, 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
