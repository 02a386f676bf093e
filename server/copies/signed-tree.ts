import { sameBytes } from '#contract/bytes.ts';
import type { Checkpoint } from '#contract/checkpoint.ts';
import { readBundle, TILE_WIDTH, type TileAddress } from '#contract/log-tiles.ts';
import { HASH_BYTES, leafHash } from '#contract/merkle.ts';
import { AppError } from '../errors.ts';
import { rootOfBlock } from '../ledger/hash-rows.ts';
import { sha256 } from '../ledger/node-crypto.ts';
import { rootOfEdge } from './tile-hashes.ts';

export interface TileFiles {
  /**
   * A file of the log for which `isRight` holds, from wherever one is found.
   * @throws AppError where there is none.
   */
  tile(address: TileAddress, isRight: (bytes: Uint8Array) => boolean): Promise<Uint8Array>;
  /** The tiles of the right edge, which can only be judged together. */
  edge(
    addresses: readonly TileAddress[],
    areRight: (tiles: readonly Uint8Array[]) => boolean,
  ): Promise<Uint8Array[]>;
}

/** What the checkpoint vouches for of one bundle: its entries and their hashes. */
export interface SignedBundle {
  readonly first: number;
  readonly leaves: readonly Uint8Array[];
  /** Side by side. */
  readonly hashes: Uint8Array;
  /** As it is served. */
  readonly bytes: Uint8Array;
}

/**
 * A log read from its signed root downwards: the right edge gives the root, a hash of one level gives the tile below, a
 * hash tile gives the entries. So each file is judged by itself as soon as it is there, in any order, and a wrong one is
 * known by its name. Only the hashes above the leaves are kept, an eighth of a byte for each entry.
 */
export class SignedTree {
  readonly #files: TileFiles;
  readonly #checkpoint: Checkpoint;
  /** Hashes of each level from 1 up, side by side; level 0 holds its right edge only. */
  readonly #levels: Uint8Array[];

  private constructor(files: TileFiles, checkpoint: Checkpoint, levels: Uint8Array[]) {
    this.#files = files;
    this.#checkpoint = checkpoint;
    this.#levels = levels;
  }

  /** Reads the hash tiles above the leaves. `each` hears of each that is there. */
  static async open(
    files: TileFiles,
    checkpoint: Checkpoint,
    each: (done: number, total: number) => void = () => {},
  ): Promise<SignedTree> {
    const { size } = checkpoint;
    const counts = levelCounts(size);
    const addresses = counts.flatMap((count, level) => edgeTile(level, count));
    const edge = await files.edge(
      addresses,
      (tiles) =>
        tiles.every((tile, at) => tile.length === (addresses[at]?.width ?? 0) * HASH_BYTES) &&
        sameBytes(rootOfEdge(tiles), checkpoint.root),
    );
    const levels: Uint8Array[] = [];
    const total = counts.slice(1).reduce((sum, count) => sum + Math.floor(count / TILE_WIDTH), 0);
    let done = 0;
    for (let level = counts.length - 1; level >= 0; level -= 1) {
      const count = counts[level] ?? 0;
      const full = level === 0 ? 0 : Math.floor(count / TILE_WIDTH);
      const rest = edge[addresses.findIndex((address) => address.level === level)] ?? new Uint8Array();
      const hashes = new Uint8Array(full * TILE_WIDTH * HASH_BYTES + rest.length);
      for (let index = 0; index < full; index += 1) {
        const bytes = await fullTile(files, level, index, hashAt(levels[level + 1], index));
        hashes.set(bytes, index * TILE_WIDTH * HASH_BYTES);
        done += 1;
        each(done, total);
      }
      hashes.set(rest, full * TILE_WIDTH * HASH_BYTES);
      levels[level] = hashes;
    }
    return new SignedTree(files, checkpoint, levels);
  }

  get size(): number {
    return this.#checkpoint.size;
  }

  get bundleCount(): number {
    return Math.ceil(this.size / TILE_WIDTH);
  }

  /** The entries of a bundle, checked against the tree. */
  async bundle(index: number): Promise<SignedBundle> {
    const first = index * TILE_WIDTH;
    const width = Math.min(TILE_WIDTH, this.size - first);
    const hashes = await this.#leafHashes(index, width);
    let leaves: Uint8Array[] = [];
    const bytes = await this.#files.tile({ level: 'entries', index, width }, (found) => {
      leaves = leavesOf(found) ?? [];
      return (
        leaves.length === width &&
        leaves.every((leaf, at) => sameBytes(leafHash(sha256, leaf), hashAt(hashes, at)))
      );
    });
    return { first, leaves, hashes, bytes };
  }

  /** Root of the first `size` entries. */
  async rootAt(size: number): Promise<Uint8Array> {
    if (size > this.size) throw new RangeError('the tree is not that large');
    const edge = await Promise.all(
      levelCounts(size).map(async (count, level) => {
        const from = Math.floor(count / TILE_WIDTH) * TILE_WIDTH;
        if (from === count) return new Uint8Array();
        const index = from / TILE_WIDTH;
        const [hashes, start] =
          level === 0 && index < Math.floor(this.size / TILE_WIDTH)
            ? [await this.#leafHashes(index, TILE_WIDTH), 0]
            : [this.#levels[level] ?? new Uint8Array(), level === 0 ? 0 : from];
        return hashes.subarray(start * HASH_BYTES, (start + count - from) * HASH_BYTES);
      }),
    );
    return rootOfEdge(edge);
  }

  /** Every hash tile above the leaves that is full, with its address: what a store keeps of a tree. */
  *fullTilesAbove(): Generator<{ address: TileAddress; bytes: Uint8Array }> {
    for (const [level, hashes] of this.#levels.entries()) {
      const full = level === 0 ? 0 : Math.floor(hashes.length / HASH_BYTES / TILE_WIDTH);
      for (let index = 0; index < full; index += 1)
        yield {
          address: { level, index, width: TILE_WIDTH },
          bytes: hashes.slice(index * TILE_WIDTH * HASH_BYTES, (index + 1) * TILE_WIDTH * HASH_BYTES),
        };
    }
  }

  #leafHashes(index: number, width: number): Promise<Uint8Array> {
    const edge = this.#levels[0] ?? new Uint8Array();
    if (width < TILE_WIDTH) return Promise.resolve(edge);
    return fullTile(this.#files, 0, index, hashAt(this.#levels[1], index));
  }
}

/** How many hashes each level of a tree has, from the leaves up. */
function levelCounts(size: number): number[] {
  const counts: number[] = [];
  for (let count = size; count > 0; count = Math.floor(count / TILE_WIDTH)) counts.push(count);
  return counts;
}

function edgeTile(level: number, count: number): TileAddress[] {
  const width = count % TILE_WIDTH;
  return width === 0 ? [] : [{ level, index: Math.floor(count / TILE_WIDTH), width }];
}

function fullTile(files: TileFiles, level: number, index: number, hash: Uint8Array): Promise<Uint8Array> {
  return files.tile(
    { level, index, width: TILE_WIDTH },
    (bytes) => bytes.length === TILE_WIDTH * HASH_BYTES && sameBytes(rootOfBlock(bytes), hash),
  );
}

function hashAt(hashes: Uint8Array | undefined, index: number): Uint8Array {
  return hashes?.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES) ?? new Uint8Array();
}

function leavesOf(bundle: Uint8Array): Uint8Array[] | undefined {
  try {
    return readBundle(bundle);
  } catch {
    return undefined;
  }
}

/** The file is not the one that the checkpoint vouches for, and no better one could be had. */
export function notAsSigned(path: string, where: string): AppError {
  return new AppError(
    'conflict',
    `The log is damaged or was changed: ${path} of ${where} is not what its checkpoint vouches for.`,
    { code: 'log.tampered', details: { fault: 'tampered', path } },
  );
}
