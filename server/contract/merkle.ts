import { concat, type Sha256, sameBytes } from './bytes.ts';

/**
 * The Merkle tree of RFC 6962 §2.1 and RFC 9162 §2.1 over SHA-256. Leaves and inner nodes are hashed with different
 * first bytes, so that nobody can present a node as a leaf. Proof sizes are computed in bigint: JavaScript's bit
 * operators see only 32 bits.
 */

export const HASH_BYTES = 32;
const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export function leafHash(sha256: Sha256, entry: Uint8Array): Uint8Array {
  return sha256(concat(LEAF, entry));
}

export function nodeHash(sha256: Sha256, left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(concat(NODE, left, right));
}

/** One step from the leaf to the root: its sibling, the side on which that stands, and what the two make. */
export interface Rung {
  readonly side: 'left' | 'right';
  readonly sibling: Uint8Array;
  readonly hash: Uint8Array;
}

export type Climb =
  | { readonly ok: true; readonly rungs: readonly Rung[]; readonly root: Uint8Array }
  | { readonly ok: false; readonly rungs: readonly Rung[]; readonly reason: string };

/**
 * Walks a proof from the leaf to the root that it leads to, by RFC 9162 §2.1.3.2. Not ok where such a proof cannot
 * belong to this index and size; whether the root is the right one is for the caller to compare.
 */
export function climb(
  sha256: Sha256,
  leaf: { hash: Uint8Array; index: number | bigint },
  size: number | bigint,
  proof: readonly Uint8Array[],
): Climb {
  const rungs: Rung[] = [];
  let node = BigInt(leaf.index);
  let last = BigInt(size) - 1n;
  if (node < 0n || node > last) return { ok: false, rungs, reason: 'the log has no such entry at this size' };
  if ([leaf.hash, ...proof].some((hash) => hash.length !== HASH_BYTES))
    return { ok: false, rungs, reason: 'a hash is not 32 bytes long' };
  let hash = leaf.hash;
  for (const sibling of proof) {
    if (last === 0n) return { ok: false, rungs, reason: 'the proof has too many hashes' };
    const side = node % 2n === 1n || node === last ? 'left' : 'right';
    hash = side === 'left' ? nodeHash(sha256, sibling, hash) : nodeHash(sha256, hash, sibling);
    rungs.push({ side, sibling, hash });
    // The last leaf of an incomplete tree has no sibling on some levels.
    while (side === 'left' && node % 2n === 0n && node !== 0n) {
      node /= 2n;
      last /= 2n;
    }
    node /= 2n;
    last /= 2n;
  }
  return last === 0n
    ? { ok: true, rungs, root: hash }
    : { ok: false, rungs, reason: 'the proof has too few hashes' };
}

export interface ConsistencyClaim {
  older: number | bigint;
  newer: number | bigint;
  olderRoot: Uint8Array;
  newerRoot: Uint8Array;
  proof: readonly Uint8Array[];
}

/**
 * Whether the older tree is a prefix of the newer one (RFC 9162 §2.1.4.2). A tree of size 0 proves nothing and is
 * refused here; who accepts "anything follows nothing" says so itself.
 */
export function verifyConsistency(sha256: Sha256, claim: ConsistencyClaim): boolean {
  const older = BigInt(claim.older);
  const newer = BigInt(claim.newer);
  if (older < 1n || older > newer) return false;
  if (older === newer) return claim.proof.length === 0 && sameBytes(claim.olderRoot, claim.newerRoot);
  if (claim.proof.some((hash) => hash.length !== HASH_BYTES)) return false;
  const isPowerOfTwo = (older & (older - 1n)) === 0n;
  const steps = isPowerOfTwo ? [claim.olderRoot, ...claim.proof] : claim.proof;
  return steps.length > 0 && claim.proof.length > 0 && foldConsistency(sha256, claim, steps);
}

function foldConsistency(
  sha256: Sha256,
  claim: ConsistencyClaim,
  [first, ...rest]: readonly Uint8Array[],
): boolean {
  if (first === undefined) return false;
  let node = BigInt(claim.older) - 1n;
  let last = BigInt(claim.newer) - 1n;
  while (node % 2n === 1n) {
    node /= 2n;
    last /= 2n;
  }
  let olderHash = first;
  let newerHash = first;
  for (const hash of rest) {
    if (last === 0n) return false;
    if (node % 2n === 1n || node === last) {
      olderHash = nodeHash(sha256, hash, olderHash);
      newerHash = nodeHash(sha256, hash, newerHash);
      while (node % 2n === 0n && node !== 0n) {
        node /= 2n;
        last /= 2n;
      }
    } else {
      newerHash = nodeHash(sha256, newerHash, hash);
    }
    node /= 2n;
    last /= 2n;
  }
  return last === 0n && sameBytes(olderHash, claim.olderRoot) && sameBytes(newerHash, claim.newerRoot);
}
