import { expect } from 'vitest';
import { sameBytes, utf8 } from '#contract/bytes.ts';
import { climb, leafHash, nodeHash, verifyConsistency } from '#contract/merkle.ts';
import { sha256 } from '../../../server/ledger/node-crypto.ts';

/** Whatever makes roots and proofs: the ledger's tree, or the definition below. */
export interface ProvingTree {
  root(size: number): Uint8Array | Promise<Uint8Array>;
  inclusionProof(index: number, size: number): Uint8Array[] | Promise<Uint8Array[]>;
  consistencyProof(older: number, newer: number): Uint8Array[] | Promise<Uint8Array[]>;
}

export function testLeaves(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, at) => leafHash(sha256, utf8(`entry ${at}`)));
}

/** The largest power of two smaller than `count`. */
function splitOf(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}

/** RFC 9162 §2.1 word for word, as something to compare with. It only remembers what it has computed. */
export class NaiveTree implements ProvingTree {
  readonly #leaves: readonly Uint8Array[];
  readonly #known = new Map<number, Uint8Array>();

  constructor(leaves: readonly Uint8Array[]) {
    this.#leaves = leaves;
  }

  root(size: number): Uint8Array {
    return size === 0 ? sha256(new Uint8Array()) : this.#mth(0, size);
  }

  inclusionProof(index: number, size: number): Uint8Array[] {
    return this.#path(index, 0, size);
  }

  consistencyProof(older: number, newer: number): Uint8Array[] {
    return this.#subproof(older, 0, newer, true);
  }

  /** MTH(D[from:to]). */
  #mth(from: number, to: number): Uint8Array {
    const key = from * 2 ** 24 + to;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const split = from + splitOf(to - from);
    const leaf = this.#leaves[from] ?? new Uint8Array();
    const hash = to - from === 1 ? leaf : nodeHash(sha256, this.#mth(from, split), this.#mth(split, to));
    this.#known.set(key, hash);
    return hash;
  }

  /** PATH(m, D[n]) with D[n] = D[from:to]. */
  #path(m: number, from: number, to: number): Uint8Array[] {
    if (to - from === 1) return [];
    const k = splitOf(to - from);
    return m < k
      ? [...this.#path(m, from, from + k), this.#mth(from + k, to)]
      : [...this.#path(m - k, from + k, to), this.#mth(from, from + k)];
  }

  /** SUBPROOF(m, D[n], b). */
  #subproof(m: number, from: number, to: number, b: boolean): Uint8Array[] {
    if (m === to - from) return b ? [] : [this.#mth(from, to)];
    const k = splitOf(to - from);
    return m <= k
      ? [...this.#subproof(m, from, from + k, b), this.#mth(from + k, to)]
      : [...this.#subproof(m - k, from + k, to, false), this.#mth(from, from + k)];
  }
}

export function isIncluded(
  leaf: { hash: Uint8Array; index: number },
  size: number,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  const ladder = climb(sha256, leaf, size, proof);
  return ladder.ok && sameBytes(ladder.root, root);
}

const areSame = (one: readonly Uint8Array[], other: readonly Uint8Array[]) =>
  one.length === other.length && one.every((hash, at) => sameBytes(hash, other[at] ?? new Uint8Array()));

/** Compares roots and proofs of a tree with the definition at some sizes, and lets the contract verify them. */
export async function expectSameTree(
  tree: ProvingTree,
  leaves: readonly Uint8Array[],
  sizes: readonly number[],
): Promise<void> {
  const naive = new NaiveTree(leaves);
  for (const size of sizes) {
    expect(areSame([await tree.root(size)], [naive.root(size)]), `root of ${size}`).toBe(true);
    const chosen = [
      0,
      Math.floor(size / 3),
      size - 1,
      ...(size > 60_000 ? [255, 256, 32_768, size - 2] : []),
    ];
    for (const index of new Set(chosen.filter((at) => at >= 0 && at < size)))
      await expectSameProofs(tree, naive, { hash: leaves[index] ?? new Uint8Array(), index }, size);
  }
}

async function expectSameProofs(
  tree: ProvingTree,
  naive: NaiveTree,
  leaf: { hash: Uint8Array; index: number },
  size: number,
): Promise<void> {
  const older = leaf.index + 1;
  const path = await tree.inclusionProof(leaf.index, size);
  const history = await tree.consistencyProof(older, size);
  const [olderRoot, newerRoot] = [naive.root(older), naive.root(size)];
  const height = Math.ceil(Math.log2(size));
  expect(
    {
      isPath: areSame(path, naive.inclusionProof(leaf.index, size)) && path.length <= height,
      isHistory: areSame(history, naive.consistencyProof(older, size)) && history.length <= height + 1,
      isIncluded: isIncluded(leaf, size, path, newerRoot),
      isConsistent: verifyConsistency(sha256, { older, newer: size, olderRoot, newerRoot, proof: history }),
    },
    `leaf ${leaf.index} of ${size}`,
  ).toEqual({ isPath: true, isHistory: true, isIncluded: true, isConsistent: true });
}
