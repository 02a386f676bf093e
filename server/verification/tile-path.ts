import { sameBytes } from '#contract/bytes.ts';
import type { Checkpoint } from '#contract/checkpoint.ts';
import { TILE_WIDTH } from '#contract/log-tiles.ts';
import { HASH_BYTES } from '#contract/merkle.ts';
import type { LogFiles } from './log-files.ts';
import { type BlockHasher, edgeTiles, levelCounts } from './tile-tree.ts';
import { LogFault } from './verdict.ts';

/** The hash tiles from one tile of leaves up to the signed root: a few small files, however long the log is. */

/**
 * Whether these leaf hashes, in the place of tile `tile`, lead to the signed root over the tiles above as they are served.
 * @returns of each level the tile on that way and then on the right edge, or undefined where they do not
 */
export async function climbTiles(
  files: LogFiles,
  blocks: BlockHasher,
  { size, root }: Checkpoint,
  tile: number,
  hashes: Uint8Array,
): Promise<Uint8Array[] | undefined> {
  const counts = levelCounts(size);
  const tiles: Uint8Array[] = [];
  const edges = await readEdges(files, size);
  let place = tile;
  let block = hashes;
  while (block.length === TILE_WIDTH * HASH_BYTES) {
    tiles.push(block);
    const hash = blocks.root(block, 0, TILE_WIDTH);
    const position = place % TILE_WIDTH;
    place = Math.floor(place / TILE_WIDTH);
    const width = Math.min(TILE_WIDTH, (counts[tiles.length] ?? 0) - place * TILE_WIDTH);
    const above = await files.hashTile({ level: tiles.length, index: place, width });
    block = Uint8Array.from(above);
    block.set(hash, position * HASH_BYTES);
  }
  edges[tiles.length] = block;
  if (!sameBytes(blocks.rootOfEdges(edges), root)) return undefined;
  return [...tiles, ...edges.slice(tiles.length)];
}

function readEdges(files: LogFiles, size: number): Promise<Uint8Array[]> {
  return Promise.all(
    edgeTiles(size).map((address) => (address === undefined ? new Uint8Array() : files.hashTile(address))),
  );
}

/**
 * Root of the first `older` entries of a signed tree, by its hash tiles alone.
 * @returns undefined where the log has no tiles that lead to the signed root
 */
export async function olderRoot(
  files: LogFiles,
  blocks: BlockHasher,
  newer: Checkpoint,
  older: number,
): Promise<Uint8Array | undefined> {
  // The right edge of the older tree lies on the way up from the first leaf that it does not have.
  const tile = Math.floor(older / TILE_WIDTH);
  const width = Math.min(TILE_WIDTH, newer.size - tile * TILE_WIDTH);
  try {
    const hashes = await files.hashTile({ level: 0, index: tile, width });
    const tiles = await climbTiles(files, blocks, newer, tile, hashes);
    if (tiles === undefined) return undefined;
    const edges = levelCounts(older).map((count, level) =>
      (tiles[level] ?? new Uint8Array()).subarray(0, (count % TILE_WIDTH) * HASH_BYTES),
    );
    return blocks.rootOfEdges(edges);
  } catch (error) {
    if (error instanceof LogFault) return undefined;
    throw error;
  }
}
