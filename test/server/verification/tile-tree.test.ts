import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { concat, toHex } from '#contract/bytes.ts';
import { tilePath } from '#contract/log-tiles.ts';
import { BlockHasher, edgeTiles, TileTree } from '../../../server/verification/tile-tree.ts';
import { NaiveTree, testLeaves } from '../contract/naive-tree.ts';

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const leaves = testLeaves(65_537);
const naive = new NaiveTree(leaves);

/** A tree of the whole tiles among the first `size` leaves, and the leaves that are left over. */
function treeOf(size: number): { tree: TileTree; rest: Uint8Array; full: string[] } {
  const tree = new TileTree(new BlockHasher(sha256));
  const full: string[] = [];
  const whole = Math.floor(size / 256);
  for (let tile = 0; tile < whole; tile += 1)
    for (const { address } of tree.add(concat(...leaves.slice(tile * 256, (tile + 1) * 256))))
      full.push(tilePath(address));
  return { tree, rest: concat(...leaves.slice(whole * 256, size)), full };
}

describe('the tree of tiles', () => {
  it('has the roots of the definition at every size from 0 to 2,100', () => {
    for (let first = 0; first <= 2_048; first += 256) {
      const { tree } = treeOf(first);
      for (let size = first; size < Math.min(first + 256, 2_101); size += 1)
        expect(toHex(tree.root(concat(...leaves.slice(first, size))))).toBe(toHex(naive.root(size)));
    }
  });

  it.each([255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537])(
    'has the root of the definition and the tiles of the format at size %i',
    (size) => {
      const { tree, rest, full } = treeOf(size);
      if (rest.length > 0) expect(tree.add(rest)).toEqual([]);
      expect(tree.size).toBe(size);
      expect(toHex(tree.root())).toBe(toHex(naive.root(size)));
      const edge = tree.edge().map(({ address }) => tilePath(address));
      const expected = edgeTiles(size).flatMap((address) =>
        address === undefined ? [] : [tilePath(address)],
      );
      expect(edge).toEqual(expected.filter((path) => !path.startsWith('tile/0/')));
      expect(full).toEqual(size >= 65_536 ? ['tile/1/000'] : []);
    },
  );

  it('cuts a log of 70,000 entries as the example of C2SP tlog-tiles says', () => {
    expect(edgeTiles(70_000).map((address) => address && tilePath(address))).toEqual([
      'tile/0/273.p/112',
      'tile/1/001.p/17',
      'tile/2/000.p/1',
    ]);
    expect(edgeTiles(256).map((address) => address && tilePath(address))).toEqual([
      undefined,
      'tile/1/000.p/1',
    ]);
  });
});
