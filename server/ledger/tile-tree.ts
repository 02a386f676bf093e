import { TILE_WIDTH, type TileAddress, tilePath } from '#contract/log-tiles.ts';
import { HASH_BYTES, nodeHash } from '#contract/merkle.ts';
import { rootOfBlock } from './hash-rows.ts';
import { sha256 } from './node-crypto.ts';
import type { FullTile, Shelf } from './tile-shelf.ts';

/** A tile covers 8 levels of the binary tree. */
const TILE_HEIGHT = Math.log2(TILE_WIDTH);

/** The part of a tree that is not in full tiles: what a snapshot keeps of it. */
export interface TreeEdge {
  readonly size: number;
  /** The last, incomplete tile of each level, from the leaves up. */
  readonly partials: readonly Uint8Array[];
}

interface Partial {
  readonly bytes: Uint8Array;
  count: number;
}

/**
 * An append-only Merkle tree of RFC 6962 kept as the hash tiles of C2SP tlog-tiles. Only its right edge is in memory, a few
 * kilobytes whatever its size; full tiles are handed to a shelf and read from there for proofs and for earlier sizes.
 */
export class TileTree {
  readonly #shelf: Shelf;
  readonly #partials: Partial[];
  /** Roots of the complete subtrees that make up the tree, by their height. */
  readonly #peaks: (Uint8Array | undefined)[] = [];
  #size: number;

  constructor(shelf: Shelf, edge: TreeEdge = { size: 0, partials: [] }) {
    this.#shelf = shelf;
    this.#size = edge.size;
    this.#partials = edge.partials.map((bytes) => partialOf(bytes));
    if (edge.size > 0) this.#findPeaks();
  }

  get size(): number {
    return this.#size;
  }

  get edge(): TreeEdge {
    return {
      size: this.#size,
      partials: this.#partials.map(({ bytes, count }) => bytes.slice(0, count * HASH_BYTES)),
    };
  }

  append(leafHash: Uint8Array): void {
    this.#push(0, leafHash);
    let hash = leafHash;
    let height = 0;
    for (let left = this.#peaks[0]; left !== undefined; left = this.#peaks[height]) {
      hash = nodeHash(sha256, left, hash);
      this.#peaks[height] = undefined;
      height += 1;
      if (height % TILE_HEIGHT === 0) this.#push(height / TILE_HEIGHT, hash);
    }
    this.#peaks[height] = hash;
    this.#size += 1;
  }

  /** Root of the whole tree; the hash of nothing where it is empty. */
  root(): Uint8Array {
    const [first, ...higher] = this.#peaks.filter((peak) => peak !== undefined);
    if (first === undefined) return sha256(new Uint8Array());
    return higher.reduce((right, left) => nodeHash(sha256, left, right), first);
  }

  /** Root of the first `size` leaves. */
  async rootAt(size: number): Promise<Uint8Array> {
    if (size === this.#size) return this.root();
    return size === 0 ? sha256(new Uint8Array()) : this.#range(0, size);
  }

  /** PATH(index, D[size]) of RFC 9162 §2.1.3.1: the leaf's sibling first. */
  async inclusionProof(index: number, size: number): Promise<Uint8Array[]> {
    if (index < 0 || index >= size || size > this.#size)
      throw new RangeError('the tree has no such leaf at this size');
    const path: Uint8Array[] = [];
    let [first, last] = [0, size];
    while (last - first > 1) {
      const middle = first + splitOf(last - first);
      if (index < middle) {
        path.unshift(await this.#range(middle, last));
        last = middle;
      } else {
        path.unshift(await this.#range(first, middle));
        first = middle;
      }
    }
    return path;
  }

  /** PROOF(older, D[newer]) of RFC 9162 §2.1.4.1. */
  async consistencyProof(older: number, newer: number): Promise<Uint8Array[]> {
    if (older < 1 || older > newer || newer > this.#size)
      throw new RangeError('the tree has had no such sizes one after the other');
    const path: Uint8Array[] = [];
    let [first, last] = [0, newer];
    let isWhole = true;
    while (older !== last) {
      const middle = first + splitOf(last - first);
      if (older <= middle) {
        path.unshift(await this.#range(middle, last));
        last = middle;
      } else {
        path.unshift(await this.#range(first, middle));
        first = middle;
        isWhole = false;
      }
    }
    return isWhole ? path : [await this.#range(first, last), ...path];
  }

  /** Hashes of a tile of the tree of `size` leaves; undefined where that tree has no such tile. */
  async tile(address: TileAddress & { level: number }, size: number): Promise<Uint8Array | undefined> {
    const complete = Math.floor(Math.min(size, this.#size) / TILE_WIDTH ** address.level);
    if (complete < address.index * TILE_WIDTH + address.width) return undefined;
    const bytes = await this.#tileBytes(address.level, address.index);
    return bytes.slice(0, address.width * HASH_BYTES);
  }

  #push(level: number, hash: Uint8Array): void {
    const partial = this.#partials[level] ?? partialOf(new Uint8Array());
    this.#partials[level] = partial;
    partial.bytes.set(hash, partial.count * HASH_BYTES);
    partial.count += 1;
    if (partial.count < TILE_WIDTH) return;
    const index = Math.floor(this.#size / TILE_WIDTH ** (level + 1));
    const full: FullTile = { path: tilePath({ level, index, width: TILE_WIDTH }), bytes: partial.bytes };
    this.#shelf.add(full);
    this.#partials[level] = partialOf(new Uint8Array());
  }

  /** MTH(D[first:last]); `first` always stands at a multiple of the power of two that the range needs. */
  async #range(first: number, last: number): Promise<Uint8Array> {
    const count = last - first;
    const height = Math.log2(count);
    if (Number.isInteger(height)) return this.#subtree(height, first / count);
    const middle = first + splitOf(count);
    return nodeHash(sha256, await this.#range(first, middle), await this.#range(middle, last));
  }

  /** Root of the complete subtree of 2^height leaves with this number. */
  async #subtree(height: number, number: number): Promise<Uint8Array> {
    const level = Math.floor(height / TILE_HEIGHT);
    const width = 2 ** (height % TILE_HEIGHT);
    const first = number * width;
    const bytes = await this.#tileBytes(level, Math.floor(first / TILE_WIDTH));
    const from = first % TILE_WIDTH;
    return rootOfBlock(bytes.subarray(from * HASH_BYTES, (from + width) * HASH_BYTES));
  }

  /** A full tile, or as much as there is of the last one of its level. */
  async #tileBytes(level: number, index: number): Promise<Uint8Array> {
    const last = Math.floor(this.#size / TILE_WIDTH ** (level + 1));
    const partial = this.#partials[level];
    if (index === last && partial !== undefined) return partial.bytes.subarray(0, partial.count * HASH_BYTES);
    return this.#shelf.read(tilePath({ level, index, width: TILE_WIDTH }));
  }

  #findPeaks(): void {
    for (const [level, { bytes, count }] of this.#partials.entries()) {
      let first = 0;
      for (let bit = TILE_HEIGHT - 1; bit >= 0; bit -= 1) {
        const width = 2 ** bit;
        if ((count & width) === 0) continue;
        const hashes = bytes.subarray(first * HASH_BYTES, (first + width) * HASH_BYTES);
        this.#peaks[level * TILE_HEIGHT + bit] = rootOfBlock(hashes);
        first += width;
      }
    }
  }
}

function partialOf(hashes: Uint8Array): Partial {
  const bytes = new Uint8Array(TILE_WIDTH * HASH_BYTES);
  bytes.set(hashes);
  return { bytes, count: hashes.length / HASH_BYTES };
}

/** The largest power of two smaller than `count`. */
function splitOf(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}
