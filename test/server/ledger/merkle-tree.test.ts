import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, sameBytes, toHex, utf8 } from '#contract/bytes.ts';
import { TILE_WIDTH } from '#contract/log-tiles.ts';
import { climb, leafHash, nodeHash, verifyConsistency } from '#contract/merkle.ts';
import { MerkleTree } from '../../../server/ledger/merkle-tree.ts';
import { sha256 } from '../../../server/ledger/node-crypto.ts';

const LEAVES = Array.from({ length: 520 }, (_, at) => leafHash(sha256, utf8(`entry ${at}`)));

/** RFC 6962 §2.1 word for word, as something to compare with. */
function naiveRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const [only] = leaves;
  if (only === undefined) return sha256(new Uint8Array());
  if (leaves.length === 1) return only;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return nodeHash(sha256, naiveRoot(leaves.slice(0, split)), naiveRoot(leaves.slice(split)));
}

function treeOf(leaves: readonly Uint8Array[]): MerkleTree {
  const tree = new MerkleTree();
  for (const leaf of leaves) tree.append(leaf);
  return tree;
}

const full = treeOf(LEAVES);
const isIn = (index: number, size: number, proof: Uint8Array[], hash = LEAVES[index] ?? new Uint8Array()) => {
  const ladder = climb(sha256, { hash, index }, size, proof);
  return ladder.ok && sameBytes(ladder.root, full.root(size));
};
const pair = fc
  .tuple(fc.integer({ min: 1, max: 520 }), fc.nat())
  .map(([size, pick]) => ({ size, smaller: pick % size }));

describe('the Merkle tree', () => {
  it('has the published roots of the reference leaves', () => {
    const leaves = [
      '',
      '00',
      '10',
      '2021',
      '3031',
      '40414243',
      '5051525354555657',
      '606162636465666768696a6b6c6d6e6f',
    ];
    const roots = [
      '6e340b9c',
      'fac54203',
      'aeb6bcfe',
      'd37ee418',
      '4e3bbb1f',
      '76e67dad',
      'ddb89be4',
      '5dc9da79',
    ];
    const tree = treeOf(leaves.map((hex) => leafHash(sha256, Uint8Array.from(Buffer.from(hex, 'hex')))));
    expect(roots.map((_, at) => toHex(tree.root(at + 1)).slice(0, 8))).toEqual(roots);
    expect(toHex(tree.root(0))).toMatch(/^e3b0c442.*b855$/);
  });

  it('has the roots of the definition at every size from 0 to 300 and around two tiles', () => {
    const sizes = [...Array.from({ length: 301 }, (_, size) => size), 511, 512, 513];
    for (const size of sizes) expect(full.root(size)).toEqual(naiveRoot(LEAVES.slice(0, size)));
  });

  it('proves every leaf at every size, with no more hashes than the tree is high', () => {
    fc.assert(
      fc.property(pair, ({ size, smaller: index }) => {
        const proof = full.inclusionProof(index, size);
        expect(isIn(index, size, proof)).toBe(true);
        expect(proof.length).toBeLessThanOrEqual(Math.ceil(Math.log2(size)));
      }),
      { numRuns: 500 },
    );
  });

  it('lets no changed inclusion proof pass', () => {
    fc.assert(
      fc.property(pair, fc.nat(), ({ size, smaller: index }, pick) => {
        const proof = full.inclusionProof(index, size);
        const flipped = proof.map((hash) => Uint8Array.from(hash));
        const target = flipped[pick % Math.max(1, flipped.length)];
        if (target !== undefined) {
          const at = pick % 32;
          target[at] = (target[at] ?? 0) ^ (1 << (pick % 8));
          expect(isIn(index, size, flipped)).toBe(false);
          expect(isIn(index, size, proof.slice(0, -1))).toBe(false);
          expect(isIn(index, size, [...proof].reverse())).toBe(proof.length === 1);
        }
        expect(isIn(index, size, [...proof, new Uint8Array(32)])).toBe(false);
        expect(isIn(index, size, proof, leafHash(sha256, utf8('another')))).toBe(false);
        if (index + 1 < size) expect(isIn(index + 1, size, proof, LEAVES[index])).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('proves that every older tree is a prefix of a newer one, and lets no changed proof pass', () => {
    fc.assert(
      fc.property(pair, fc.nat(), ({ size, smaller }, pick) => {
        const older = smaller + 1;
        const proof = full.consistencyProof(older, size);
        const claim = { older, newer: size, olderRoot: full.root(older), newerRoot: full.root(size), proof };
        expect(verifyConsistency(sha256, claim)).toBe(true);
        expect(verifyConsistency(sha256, { ...claim, olderRoot: sha256(claim.olderRoot) })).toBe(false);
        expect(verifyConsistency(sha256, { ...claim, newerRoot: sha256(claim.newerRoot) })).toBe(false);
        expect(verifyConsistency(sha256, { ...claim, proof: [...proof, new Uint8Array(32)] })).toBe(false);
        if (proof.length === 0) return;
        const changed = proof.map((hash, at) => (at === pick % proof.length ? sha256(hash) : hash));
        expect(verifyConsistency(sha256, { ...claim, proof: changed })).toBe(false);
        expect(verifyConsistency(sha256, { ...claim, proof: proof.slice(1) })).toBe(false);
      }),
      { numRuns: 300 },
    );
    expect(() => full.consistencyProof(0, 5)).toThrow(RangeError);
  });

  it('cuts into tiles as C2SP tlog-tiles counts them', () => {
    expect(full.tile({ level: 0, index: 0, width: TILE_WIDTH }, 256)).toEqual(
      concat(...LEAVES.slice(0, 256)),
    );
    expect(full.tile({ level: 0, index: 2, width: 8 }, 520)).toEqual(concat(...LEAVES.slice(512, 520)));
    expect(full.tile({ level: 0, index: 2, width: 9 }, 520)).toBeUndefined();
    expect(full.tile({ level: 1, index: 0, width: 1 }, 256)).toEqual(full.root(256));
    expect(full.tile({ level: 1, index: 0, width: 1 }, 255)).toBeUndefined();
    expect(full.tile({ level: 2, index: 0, width: 1 }, 520)).toBeUndefined();
  });
});
