import { sameBytes } from '#contract/bytes.ts';
import { parseTilePath, TILE_WIDTH } from '#contract/log-tiles.ts';
import { HASH_BYTES } from '#contract/merkle.ts';
import type { Storage } from '../storage/storage.ts';
import { damaged } from './damaged.ts';

/** A hash tile of 256 hashes, by its path under the log's prefix. */
export interface FullTile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Where full tiles go and come from. */
export interface Shelf {
  add(tile: FullTile): void;
  read(path: string): Promise<Uint8Array>;
}

/** 8 MiB of tiles: the right edge and what proofs asked for lately. */
const TILES_KEPT_MAX = 1_024;
/** Tiles written in one go; 2 MiB. */
const WRITE_TILES = 256;

/** Keeps full hash tiles in the store. A tile is a function of the log, so whoever finds it there finds the same bytes. */
export class TileShelf implements Shelf {
  readonly #storage: Storage;
  readonly #waiting = new Map<string, Uint8Array>();
  readonly #read = new Map<string, Uint8Array>();

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** Takes a tile that is to be written at the next `flush`. */
  add({ path, bytes }: FullTile): void {
    this.#waiting.set(path, bytes);
  }

  /**
   * Writes what waits; durable when it resolves.
   * @throws AppError `ledger.damaged` where the store has other bytes under the path of a tile.
   */
  async flush(): Promise<void> {
    while (this.#waiting.size > 0) {
      const tiles = [...this.#waiting].slice(0, WRITE_TILES);
      const results = await this.#storage.putAllIfAbsent(tiles);
      const known = tiles.filter((_, at) => results[at] === 'exists');
      const stored = await this.#storage.getAll(known.map(([path]) => path));
      for (const [at, [path, bytes]] of known.entries()) {
        const there = stored[at];
        if (there === undefined || !sameBytes(there, bytes))
          throw damaged(`the hash tile ${path} is not the one that its entries give`);
      }
      for (const [path, bytes] of tiles) {
        this.#waiting.delete(path);
        this.#keep(path, bytes);
      }
    }
  }

  /** @throws AppError `ledger.damaged` where the store has no such tile, or one of another length. */
  async read(path: string): Promise<Uint8Array> {
    const known = this.#waiting.get(path) ?? this.#read.get(path);
    if (known !== undefined) return known;
    const bytes = await this.#storage.get(path);
    if (parseTilePath(path)?.width !== TILE_WIDTH || bytes?.length !== TILE_WIDTH * HASH_BYTES)
      throw damaged(`the hash tile ${path} is missing or cut off`);
    this.#keep(path, bytes);
    return bytes;
  }

  #keep(path: string, bytes: Uint8Array): void {
    if (this.#read.size >= TILES_KEPT_MAX) {
      const [oldest] = this.#read.keys();
      if (oldest !== undefined) this.#read.delete(oldest);
    }
    this.#read.set(path, bytes);
  }
}
