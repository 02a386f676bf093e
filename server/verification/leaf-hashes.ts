import type { Sha256 } from '#contract/bytes.ts';
import { HASH_BYTES } from '#contract/merkle.ts';
import { LogFault } from './verdict.ts';

const LEAF = 0;

/** A bundle cut into its entries, and their leaf hashes side by side. */
export interface HashedBundle {
  readonly leaves: readonly Uint8Array[];
  readonly hashes: Uint8Array;
}

/**
 * Cuts a bundle into at most `width` entries and hashes them in place: the byte before each, the end of its length, is
 * lent to the prefix of RFC 6962 for the moment, so that no entry is copied.
 * @throws LogFault `broken-bundle` where a length leads beyond the end
 */
export function hashBundle(sha256: Sha256, bundle: Uint8Array, width: number, first: number): HashedBundle {
  const leaves: Uint8Array[] = [];
  const hashes = new Uint8Array(width * HASH_BYTES);
  let at = 0;
  while (at < bundle.length && leaves.length < width) {
    const low = bundle[at + 1] ?? 0;
    const start = at + 2;
    const end = start + (((bundle[at] ?? 0) << 8) | low);
    if (end > bundle.length)
      throw new LogFault('broken-bundle', 'the bundle ends in the middle of an entry', {
        index: first + leaves.length,
      });
    bundle[at + 1] = LEAF;
    hashes.set(sha256(bundle.subarray(at + 1, end)), leaves.length * HASH_BYTES);
    bundle[at + 1] = low;
    leaves.push(bundle.subarray(start, end));
    at = end;
  }
  return { leaves, hashes: hashes.subarray(0, leaves.length * HASH_BYTES) };
}

/** Length in bytes of so many entries as a bundle. */
export function bundleLength(leaves: readonly Uint8Array[]): number {
  return leaves.reduce((length, leaf) => length + 2 + leaf.length, 0);
}
