import { describe, expect, it } from 'vitest';
import { concat, toHex } from '#contract/bytes.ts';
import { TILE_WIDTH } from '#contract/log-tiles.ts';
import { leafHash } from '#contract/merkle.ts';
import { sha256 } from '../../../server/ledger/node-crypto.ts';
import { TileTree } from '../../../server/ledger/tile-tree.ts';
import { expectSameTree, NaiveTree, testLeaves } from '../contract/naive-tree.ts';

const SIZES_TO = 2_100;
const LARGE = [65_535, 65_536, 65_537];
const LEAVES = testLeaves(65_537);

const naive = new NaiveTree(LEAVES);

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
        expect(tree.root()).toEqual(naive.root(at));
        expect(await full.rootAt(at)).toEqual(naive.root(at));
      }
      tree.append(leaf);
    }
    expect(tree.root()).toEqual(naive.root(LEAVES.length));
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
      expect(tree.root()).toEqual(naive.root(now));
      expect(await tree.rootAt(Math.ceil(now / 2))).toEqual(naive.root(Math.ceil(now / 2)));
    }
  });

  it('proves leaves and older trees as the definition does, at every size', {
    timeout: 120_000,
  }, async () => {
    const tree = {
      root: (size: number) => full.rootAt(size),
      inclusionProof: (index: number, size: number) => full.inclusionProof(index, size),
      consistencyProof: (older: number, newer: number) => full.consistencyProof(older, newer),
    };
    await expectSameTree(tree, LEAVES, [...Array.from({ length: SIZES_TO + 1 }, (_, at) => at), ...LARGE]);
    await expect(full.consistencyProof(0, 5)).rejects.toThrow(RangeError);
    await expect(full.inclusionProof(5, 5)).rejects.toThrow(RangeError);
  });

  it('cuts into tiles as C2SP tlog-tiles counts them', async () => {
    const tile = (level: number, index: number, width: number, size: number) =>
      full.tile({ level, index, width }, size);
    expect(await tile(0, 0, TILE_WIDTH, 256)).toEqual(concat(...LEAVES.slice(0, 256)));
    expect(await tile(0, 2, 8, 520)).toEqual(concat(...LEAVES.slice(512, 520)));
    expect(await tile(0, 2, 9, 520)).toBeUndefined();
    expect(await tile(1, 0, 1, 256)).toEqual(naive.root(256));
    expect(await tile(1, 0, 1, 255)).toBeUndefined();
    expect(await tile(1, 0, TILE_WIDTH, 65_536)).toHaveLength(TILE_WIDTH * 32);
    expect(await tile(2, 0, 1, 65_535)).toBeUndefined();
    expect(await tile(2, 0, 1, 65_536)).toEqual(naive.root(65_536));
  });
});
