import type { Sha256 } from '#contract/bytes.ts';
import { TILE_WIDTH, type TileAddress } from '#contract/log-tiles.ts';
import { HASH_BYTES } from '#contract/merkle.ts';

/**
 * The Merkle tree of RFC 6962 a tile at a time: of each level only the last, incomplete tile is held, so that a log of any
 * length is hashed in a few kilobytes.
 */

export interface HashTile {
  readonly address: TileAddress & { readonly level: number };
  readonly hashes: Uint8Array;
}

const NODE = 1;

/** Hashes blocks of neighbouring hashes in a scratch of its own: no copy and no allocation for each of the many nodes. */
export class BlockHasher {
  readonly #sha256: Sha256;
  /** One byte for the prefix of the first pair, then a tile. */
  readonly #scratch = new Uint8Array(1 + TILE_WIDTH * HASH_BYTES);

  constructor(sha256: Sha256) {
    this.#sha256 = sha256;
  }

  /** Root of `count` hashes from `from` on; `count` is a power of two. */
  root(hashes: Uint8Array, from: number, count: number): Uint8Array {
    const scratch = this.#scratch;
    scratch.set(hashes.subarray(from * HASH_BYTES, (from + count) * HASH_BYTES), 1);
    for (let pairs = count / 2; pairs >= 1; pairs /= 2)
      for (let pair = 0; pair < pairs; pair += 1) {
        const at = pair * 2 * HASH_BYTES;
        // The byte before a pair belongs to one that has been hashed already: its place is free for the prefix.
        scratch[at] = NODE;
        const hash = this.#sha256(scratch.subarray(at, at + 1 + 2 * HASH_BYTES));
        scratch.set(hash, 1 + pair * HASH_BYTES);
      }
    return scratch.slice(1, 1 + HASH_BYTES);
  }

  /** Adds the complete subtrees of the first `count` hashes, right to left, on the left of what stands to their right. */
  foldLeft(hashes: Uint8Array, count: number, right: Uint8Array | undefined): Uint8Array | undefined {
    let folded = right;
    for (let rest = count; rest > 0; ) {
      const block = rest & -rest;
      rest -= block;
      const left = this.root(hashes, rest, block);
      folded = folded === undefined ? left : this.node(left, folded);
    }
    return folded;
  }

  node(left: Uint8Array, right: Uint8Array): Uint8Array {
    const scratch = this.#scratch;
    scratch[0] = NODE;
    scratch.set(left, 1);
    scratch.set(right, 1 + HASH_BYTES);
    return Uint8Array.from(this.#sha256(scratch.subarray(0, 1 + 2 * HASH_BYTES)));
  }

  /**
   * Root of a whole tree from the incomplete tiles on its right edge, from the leaves up.
   * @param edges of each level, possibly empty
   */
  rootOfEdges(edges: readonly Uint8Array[]): Uint8Array {
    let root: Uint8Array | undefined;
    for (const edge of edges) root = this.foldLeft(edge, edge.length / HASH_BYTES, root);
    return root ?? Uint8Array.from(this.#sha256(new Uint8Array()));
  }
}

/** How many hashes each level of a tree has, from the leaves up. */
export function levelCounts(size: number): number[] {
  const counts: number[] = [];
  for (let count = size; count > 0; count = Math.floor(count / TILE_WIDTH)) counts.push(count);
  return counts;
}

/** The incomplete tiles on the right edge of a tree of this size: undefined for a level whose last tile is complete. */
export function edgeTiles(size: number): ((TileAddress & { readonly level: number }) | undefined)[] {
  return levelCounts(size).map((count, level) => {
    const width = count % TILE_WIDTH;
    return width === 0 ? undefined : { level, index: Math.floor(count / TILE_WIDTH), width };
  });
}

interface Level {
  readonly hashes: Uint8Array;
  count: number;
  /** Index of the tile that is being filled. */
  tile: number;
}

export class TileTree {
  readonly #blocks: BlockHasher;
  readonly #levels: Level[] = [];
  size = 0;

  constructor(blocks: BlockHasher) {
    this.#blocks = blocks;
  }

  /**
   * Takes the next tile of leaf hashes; only the last one of a log may have fewer than 256, and is taken in its place
   * again when it has more.
   * @returns the tiles of higher levels that this one completes
   */
  add(hashes: Uint8Array): HashTile[] {
    const level = this.#level(0);
    const full: HashTile[] = [];
    const count = hashes.length / HASH_BYTES;
    level.hashes.set(hashes);
    this.size += count - level.count;
    level.count = count;
    for (let at = 0; this.#level(at).count === TILE_WIDTH; at += 1) {
      const done = this.#level(at);
      const above = this.#level(at + 1);
      if (at > 0)
        full.push({
          address: { level: at, index: done.tile, width: TILE_WIDTH },
          hashes: done.hashes.slice(),
        });
      above.hashes.set(this.#blocks.root(done.hashes, 0, TILE_WIDTH), above.count * HASH_BYTES);
      above.count += 1;
      done.count = 0;
      done.tile += 1;
    }
    return full;
  }

  /** The incomplete tiles above the leaves. */
  edge(): HashTile[] {
    return this.#levels.flatMap(({ hashes, count, tile }, level) =>
      level === 0 || count === 0
        ? []
        : [
            {
              address: { level, index: tile, width: count },
              hashes: hashes.slice(0, count * HASH_BYTES),
            },
          ],
    );
  }

  /** Root of everything, or with some more leaf hashes, fewer than a tile, where the size is a multiple of one. */
  root(more?: Uint8Array): Uint8Array {
    const edges = this.#levels.map(({ hashes, count }) => hashes.subarray(0, count * HASH_BYTES));
    return this.#blocks.rootOfEdges(more === undefined ? edges : [more, ...edges.slice(1)]);
  }

  #level(at: number): Level {
    let level = this.#levels[at];
    if (level === undefined) {
      level = { hashes: new Uint8Array(TILE_WIDTH * HASH_BYTES), count: 0, tile: 0 };
      this.#levels[at] = level;
    }
    return level;
  }
}
