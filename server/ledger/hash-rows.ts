import { HASH_BYTES, nodeHash } from '#contract/merkle.ts';
import { sha256 } from './node-crypto.ts';

/** Root of the complete subtree over a power of two of hashes that lie side by side. */
export function rootOfBlock(hashes: Uint8Array): Uint8Array {
  let row = hashes;
  while (row.length > HASH_BYTES) {
    const above = new Uint8Array(row.length / 2);
    for (let at = 0; at < above.length; at += HASH_BYTES)
      above.set(
        nodeHash(
          sha256,
          row.subarray(2 * at, 2 * at + HASH_BYTES),
          row.subarray(2 * at + HASH_BYTES, 2 * at + 2 * HASH_BYTES),
        ),
        at,
      );
    row = above;
  }
  return row.slice();
}
