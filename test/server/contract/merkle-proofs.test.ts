import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConsistencyClaim, verifyConsistency } from '#contract/merkle.ts';
import { sha256 } from '../../../server/ledger/node-crypto.ts';
import { isIncluded, NaiveTree, testLeaves } from './naive-tree.ts';

const SMALL_MAX = 2_100;
const LARGE = [65_535, 65_536, 65_537];
const leaves = testLeaves(65_537);
const naive = new NaiveTree(leaves);
const leafAt = (index: number) => leaves[index] ?? new Uint8Array();
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at);

type Proof = readonly Uint8Array[];

/** Every proof that differs from this one in one bit, one hash too few, too many, or two hashes in each other's place. */
function* changedProofs(proof: Proof): Generator<Proof> {
  for (const [at, hash] of proof.entries()) {
    for (let bit = 0; bit < 256; bit += 1) {
      const flipped = Uint8Array.from(hash);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      yield proof.with(at, flipped);
    }
    yield proof.with(at, hash.slice(0, 31));
    yield proof.with(at, new Uint8Array([...hash, 0]));
    yield proof.toSpliced(at, 1);
    for (let other = 0; other < at; other += 1) yield proof.with(at, proof[other] ?? hash).with(other, hash);
  }
  for (const at of range(0, proof.length))
    for (const more of [new Uint8Array(32), proof[at] ?? proof[0] ?? leafAt(0)])
      yield proof.toSpliced(at, 0, more);
}

const isConsistent = (claim: Omit<ConsistencyClaim, 'olderRoot' | 'newerRoot'> & Partial<ConsistencyClaim>) =>
  verifyConsistency(sha256, {
    olderRoot: naive.root(Number(claim.older)),
    newerRoot: naive.root(Number(claim.newer)),
    ...claim,
  });

describe('proofs of the Merkle tree', () => {
  it.each(range(1, 9))(
    'of inclusion are refused with any single bit, hash, place, index or size changed, in a tree of %i',
    (size) => {
      const root = naive.root(size);
      for (const index of range(0, size - 1)) {
        const leaf = { hash: leafAt(index), index };
        const proof = naive.inclusionProof(index, size);
        expect(isIncluded(leaf, size, proof, root)).toBe(true);
        const others = range(-1, size + 1).filter((other) => other !== index);
        const sizes = range(0, size + 2).filter((other) => other !== size);
        const passed = [
          ...[...changedProofs(proof)].map((changed) => isIncluded(leaf, size, changed, root)),
          ...others.map((other) => isIncluded({ ...leaf, index: other }, size, proof, root)),
          // A size is always signed together with its root.
          ...sizes.map((other) => isIncluded(leaf, other, proof, naive.root(other))),
          isIncluded({ ...leaf, hash: leafAt(99) }, size, proof, root),
        ];
        expect(passed.filter(Boolean)).toEqual([]);
      }
    },
  );

  it.each(range(1, 9))(
    'of consistency are refused with any single bit, hash, place or size changed, in a tree of %i',
    (newer) => {
      for (const older of range(1, newer)) {
        const proof = naive.consistencyProof(older, newer);
        expect(isConsistent({ older, newer, proof })).toBe(true);
        // No proof is needed where both are the same tree.
        const isTrivial = (one: number, other: number) => one === other && proof.length === 0;
        const sizes = range(0, newer + 2);
        const olders = sizes.filter((other) => other !== older && !isTrivial(other, newer));
        const newers = sizes.filter((other) => other !== newer && !isTrivial(other, older));
        const passed = [
          ...[...changedProofs(proof)].map((changed) => isConsistent({ older, newer, proof: changed })),
          ...olders.map((other) => isConsistent({ older: other, newer, proof })),
          ...newers.map((other) => isConsistent({ older, newer: other, proof })),
          isConsistent({ older, newer, proof, olderRoot: leafAt(99) }),
          isConsistent({ older, newer, proof, newerRoot: leafAt(99) }),
        ];
        expect(passed.filter(Boolean)).toEqual([]);
      }
    },
  );

  it('are refused when they are changed anywhere, in larger trees too', () => {
    const size = fc.oneof(fc.integer({ min: 10, max: SMALL_MAX }), fc.constantFrom(255, 256, 257, ...LARGE));
    fc.assert(
      fc.property(size, fc.nat(), fc.nat(), (newer, pick, choice) => {
        const index = pick % newer;
        const older = index + 1;
        const root = naive.root(newer);
        const proof = naive.inclusionProof(index, newer);
        const history = naive.consistencyProof(older, newer);
        const nth = <T>(all: readonly T[]): T | undefined => all[choice % Math.max(1, all.length)];
        const changedPath = nth([...changedProofs(proof)]);
        if (changedPath !== undefined)
          expect(isIncluded({ hash: leafAt(index), index }, newer, changedPath, root)).toBe(false);
        const changedHistory = nth([...changedProofs(history)]);
        if (changedHistory !== undefined)
          expect(isConsistent({ older, newer, proof: changedHistory })).toBe(false);
        for (const step of [-1, 1]) {
          expect(isIncluded({ hash: leafAt(index), index: index + step }, newer, proof, root)).toBe(false);
          if (older + step > 0 && older + step <= newer && history.length > 0)
            expect(isConsistent({ older: older + step, newer, proof: history })).toBe(false);
        }
      }),
      { numRuns: 150 },
    );
  });
});
