import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, sameBytes, toHex, utf8 } from '#contract/bytes.ts';
import { TILE_WIDTH } from '#contract/log-tiles.ts';
import { climb, leafHash, nodeHash, verifyConsistency } from '#contract/merkle.ts';
import { sha256 } from '../../../server/ledger/node-crypto.ts';
import { TileTree } from '../../../server/ledger/tile-tree.ts';

const SIZES_TO = 2_100;
const LARGE = [65_535, 65_536, 65_537];
const LEAVES = Array.from({ length: 65_537 }, (_, at) => leafHash(sha256, utf8(`entry ${at}`)));

const known = new Map<string, Uint8Array>();

/** RFC 6962 §2.1 word for word, remembering what it has computed. */
function naiveRoot(first: number, last: number): Uint8Array {
  if (last - first <= 1) return last === first ? sha256(new Uint8Array()) : (LEAVES[first] ?? new Uint8Array());
  const name = `${first} ${last}`;
  const before = known.get(name);
  if (before !== undefined) return before;
  let split = 1;
  while (split * 2 < last - first) split *= 2;
  const root = nodeHash(sha256, naiveRoot(first, first + split), naiveRoot(first + split, last));
  known.set(name, root);
  return root;
}

function shelfInMemory() {
  const tiles = new Map<string, Uint8Array>();
  return {
    tiles,
    add: ({ path, bytes }: { path: string; bytes: Uint8Array }) => void tiles.set(path, bytes),
    async read(path: string): Promise<Uint8Array> {
      const bytes = tiles.get(path);
      if (bytes === undefined) throw new Error(`no tile ${path}`);
      return bytes;
    },
  };
}

function treeOf(leaves: readonly Uint8Array[]): TileTree {
  const tree = new TileTree(shelfInMemory());
  for (const leaf of leaves) tree.append(leaf);
  return tree;
}

const full = treeOf(LEAVES);

describe('a tree kept in tiles', () => {
  it('has the published roots of the reference leaves', () => {
    const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
    const roots = ['6e340b9c', 'fac54203', 'aeb6bcfe', 'd37ee418', '4e3bbb1f', '76e67dad', 'ddb89be4', '5dc9da79'];
    const tree = new TileTree(shelfInMemory());
    expect(toHex(tree.root())).toMatch(/^e3b0c442.*b855$/);
    const seen = leaves.map((hex) => {
      tree.append(leafHash(sha256, Uint8Array.from(Buffer.from(hex, 'hex'))));
      return toHex(tree.root()).slice(0, 8);
    });
    expect(seen).toEqual(roots);
  });

  it(`has the root of the definition at every size from 0 to ${SIZES_TO} and around 256², while it grows and afterwards`, async () => {
    const tree = new TileTree(shelfInMemory());
    for (const [at, leaf] of LEAVES.entries()) {
      if (at <= SIZES_TO || LARGE.includes(at)) {
        expect(tree.root()).toEqual(naiveRoot(0, at));
        expect(await full.rootAt(at)).toEqual(naiveRoot(0, at));
      }
      tree.append(leaf);
    }
    expect(tree.root()).toEqual(naiveRoot(0, LEAVES.length));
  });

  it('goes on from its edge as if it had never stopped', async () => {
    for (const size of [0, 1, 255, 256, 257, 511, 700, 65_535, 65_536]) {
      const shelf = shelfInMemory();
      const before = new TileTree(shelf);
      for (const leaf of LEAVES.slice(0, size)) before.append(leaf);
      const tree = new TileTree(shelf, before.edge);
      expect(tree.root()).toEqual(before.root());
      for (const leaf of LEAVES.slice(size, size + 300)) tree.append(leaf);
      const now = Math.min(LEAVES.length, size + 300);
      expect(tree.root()).toEqual(naiveRoot(0, now));
      expect(await tree.rootAt(Math.ceil(now / 2))).toEqual(naiveRoot(0, Math.ceil(now / 2)));
    }
  });

  it('proves every leaf at every size, with no more hashes than the tree is high', async () => {
    const sizes = fc.oneof(fc.integer({ min: 1, max: SIZES_TO }), fc.constantFrom(...LARGE));
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), async (size, pick) => {
        const index = pick % size;
        const proof = await full.inclusionProof(index, size);
        const ladder = climb(sha256, { hash: LEAVES[index] ?? new Uint8Array(), index }, size, proof);
        expect(ladder.ok && sameBytes(ladder.root, naiveRoot(0, size))).toBe(true);
        expect(proof.length).toBeLessThanOrEqual(Math.ceil(Math.log2(size)));
      }),
      { numRuns: 500 },
    );
  });

  it('proves that every older tree is a prefix of a newer one', async () => {
    const sizes = fc.oneof(fc.integer({ min: 1, max: SIZES_TO }), fc.constantFrom(...LARGE));
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), async (newer, pick) => {
        const older = 1 + (pick % newer);
        const proof = await full.consistencyProof(older, newer);
        const roots = { olderRoot: naiveRoot(0, older), newerRoot: naiveRoot(0, newer) };
        expect(verifyConsistency(sha256, { older, newer, ...roots, proof })).toBe(true);
        expect(proof.length).toBeLessThanOrEqual(Math.ceil(Math.log2(newer)) + 1);
      }),
      { numRuns: 500 },
    );
    await expect(full.consistencyProof(0, 5)).rejects.toThrow(RangeError);
  });

  it('cuts into tiles as C2SP tlog-tiles counts them', async () => {
    const tile = (level: number, index: number, width: number, size: number) =>
      full.tile({ level, index, width }, size);
    expect(await tile(0, 0, TILE_WIDTH, 256)).toEqual(concat(...LEAVES.slice(0, 256)));
    expect(await tile(0, 2, 8, 520)).toEqual(concat(...LEAVES.slice(512, 520)));
    expect(await tile(0, 2, 9, 520)).toBeUndefined();
    expect(await tile(1, 0, 1, 256)).toEqual(naiveRoot(0, 256));
    expect(await tile(1, 0, 1, 255)).toBeUndefined();
    expect(await tile(1, 0, TILE_WIDTH, 65_536)).toHaveLength(TILE_WIDTH * 32);
    expect(await tile(2, 0, 1, 65_535)).toBeUndefined();
    expect(await tile(2, 0, 1, 65_536)).toEqual(naiveRoot(0, 65_536));
  });
});
