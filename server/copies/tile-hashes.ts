import { HASH_BYTES, nodeHash } from '#contract/merkle.ts';
import { rootOfBlock } from '../ledger/hash-rows.ts';
import { sha256 } from '../ledger/node-crypto.ts';

/**
 * Root of a tree from its right edge: of each level, from the leaves up, the hashes that are not in a full tile
 * (fewer than 256). They make up the whole tree, since a full tile is one hash of the level above.
 */
export function rootOfEdge(edge: readonly Uint8Array[]): Uint8Array {
  let root: Uint8Array | undefined;
  for (const hashes of edge) {
    let end = hashes.length;
    for (let bytes = HASH_BYTES; bytes <= end; bytes *= 2) {
      // A block of this size is there where the binary number of hashes has this digit.
      if ((hashes.length & bytes) === 0) continue;
      const peak = rootOfBlock(hashes.subarray(end - bytes, end));
      end -= bytes;
      root = root === undefined ? peak : nodeHash(sha256, peak, root);
    }
  }
  return root ?? sha256(new Uint8Array());
}

/** Grows leaf by leaf and keeps nothing but the roots of its complete subtrees. */
export class GrowingRoot {
  readonly #peaks: (Uint8Array | undefined)[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  append(leafHash: Uint8Array): void {
    let hash = leafHash;
    let height = 0;
    for (let left = this.#peaks[0]; left !== undefined; left = this.#peaks[height]) {
      hash = nodeHash(sha256, left, hash);
      this.#peaks[height] = undefined;
      height += 1;
    }
    this.#peaks[height] = hash;
    this.#size += 1;
  }

  root(): Uint8Array {
    const peaks = this.#peaks.filter((peak) => peak !== undefined);
    const [first, ...higher] = peaks;
    if (first === undefined) return sha256(new Uint8Array());
    return higher.reduce((right, left) => nodeHash(sha256, left, right), first);
  }
}
