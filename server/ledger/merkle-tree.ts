import { TILE_WIDTH, type TileAddress } from '#contract/log-tiles.ts';
import { HASH_BYTES, nodeHash } from '#contract/merkle.ts';
import { sha256 } from './node-crypto.ts';

/** Room for so many hashes to begin with; each level doubles when it is full. */
const CAPACITY_START = 1_024;

/** Hashes of one height, side by side. */
class Level {
  #bytes = new Uint8Array(CAPACITY_START * HASH_BYTES);
  count = 0;

  push(hash: Uint8Array): void {
    if ((this.count + 1) * HASH_BYTES > this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(hash, this.count * HASH_BYTES);
    this.count += 1;
  }

  /** A copy of `count` hashes. */
  range(from: number, count: number): Uint8Array {
    if (from + count > this.count) throw new RangeError('the tree is not that large');
    return this.#bytes.slice(from * HASH_BYTES, (from + count) * HASH_BYTES);
  }
}

/**
 * An append-only Merkle tree of RFC 6962 in memory: level k holds the hashes of all complete subtrees of 2^k leaves,
 * 64 bytes for each leaf in all. Every proof and every tile of every earlier size is read from it.
 */
export class MerkleTree {
  readonly #levels: Level[] = [new Level()];

  get size(): number {
    return this.#level(0).count;
  }

  append(leafHash: Uint8Array): void {
    let hash = leafHash;
    for (let height = 0; ; height += 1) {
      const level = this.#level(height);
      level.push(hash);
      if (level.count % 2 === 1) return;
      hash = nodeHash(sha256, level.range(level.count - 2, 1), level.range(level.count - 1, 1));
    }
  }

  /** Root of the first `size` leaves; the hash of nothing where there are none. */
  root(size: number = this.size): Uint8Array {
    return size === 0 ? sha256(new Uint8Array()) : this.#subtree(0, size);
  }

  /** PATH(index, D[size]) of RFC 9162 §2.1.3.1: the leaf's sibling first. */
  inclusionProof(index: number, size: number): Uint8Array[] {
    if (index < 0 || index >= size || size > this.size)
      throw new RangeError('the tree has no such leaf at this size');
    const path: Uint8Array[] = [];
    let [first, last] = [0, size];
    while (last - first > 1) {
      const middle = first + splitOf(last - first);
      if (index < middle) {
        path.unshift(this.#subtree(middle, last));
        last = middle;
      } else {
        path.unshift(this.#subtree(first, middle));
        first = middle;
      }
    }
    return path;
  }

  /** PROOF(older, D[newer]) of RFC 9162 §2.1.4.1. */
  consistencyProof(older: number, newer: number): Uint8Array[] {
    if (older < 1 || older > newer || newer > this.size)
      throw new RangeError('the tree has had no such sizes one after the other');
    const path: Uint8Array[] = [];
    let [first, last] = [0, newer];
    let isWhole = true;
    while (older !== last) {
      const middle = first + splitOf(last - first);
      if (older <= middle) {
        path.unshift(this.#subtree(middle, last));
        last = middle;
      } else {
        path.unshift(this.#subtree(first, middle));
        first = middle;
        isWhole = false;
      }
    }
    return isWhole ? path : [this.#subtree(first, last), ...path];
  }

  /** Hashes of a tile of the tree of `size` leaves; undefined where that tree has no such tile. */
  tile(address: TileAddress & { level: number }, size: number): Uint8Array | undefined {
    const height = address.level * Math.log2(TILE_WIDTH);
    const complete = Math.floor(size / 2 ** height);
    const from = address.index * TILE_WIDTH;
    if (complete < from + address.width) return undefined;
    return this.#levels[height]?.range(from, address.width);
  }

  /** MTH(D[first:last]); `first` always stands at a multiple of the power of two that the range needs. */
  #subtree(first: number, last: number): Uint8Array {
    const count = last - first;
    const height = Math.log2(count);
    if (Number.isInteger(height)) return this.#level(height).range(first / count, 1);
    const middle = first + splitOf(count);
    return nodeHash(sha256, this.#subtree(first, middle), this.#subtree(middle, last));
  }

  #level(height: number): Level {
    let level = this.#levels[height];
    if (level === undefined) {
      level = new Level();
      this.#levels[height] = level;
    }
    return level;
  }
}

/** The largest power of two smaller than `count`. */
function splitOf(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}
