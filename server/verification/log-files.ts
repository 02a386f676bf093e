import { LEAF_BYTES_MAX, TILE_WIDTH, type TileAddress, tilePath } from '#contract/log-tiles.ts';
import { HASH_BYTES } from '#contract/merkle.ts';
import type { FetchFile } from './tools.ts';
import { LogFault } from './verdict.ts';

/** No checkpoint or policy is longer. */
const TEXT_BYTES_MAX = 512 * 1024;
const TILE_BYTES = TILE_WIDTH * HASH_BYTES;
const BUNDLE_BYTES_MAX = TILE_WIDTH * (2 + LEAF_BYTES_MAX);

/** The entries of one tile's width and the hashes that the log publishes of them. */
export interface LeafFiles {
  readonly index: number;
  readonly width: number;
  readonly bundle: Uint8Array;
  /** Whether the bundle may go on behind the entries asked for: the whole one was served in place of a partial one. */
  readonly isLonger: boolean;
  readonly hashes: Uint8Array;
}

/** The files of a log, read with plain GETs and limits, a few ahead of their use. */
export class LogFiles {
  readonly #fetch: FetchFile;
  readonly #signal: AbortSignal | undefined;
  readonly #ahead: number;

  /** @param ahead tiles that are asked for before they are used */
  constructor(fetch: FetchFile, ahead: number, signal?: AbortSignal) {
    this.#fetch = fetch;
    this.#ahead = ahead;
    this.#signal = signal;
  }

  /** @throws LogFault `missing` where there is no such file. */
  async text(path: string): Promise<Uint8Array> {
    const bytes = await this.#get(path, TEXT_BYTES_MAX);
    if (bytes === undefined) throw new LogFault('missing', `the log has no file ${path}`);
    return bytes;
  }

  /** @throws LogFault `missing` or `bad-tile`. */
  async hashTile(address: TileAddress & { readonly level: number }): Promise<Uint8Array> {
    const { bytes, isLonger } = await this.#tile(address, TILE_BYTES);
    const wanted = address.width * HASH_BYTES;
    if (isLonger ? bytes.length !== TILE_BYTES : bytes.length !== wanted)
      throw new LogFault('bad-tile', `${tilePath(address)} has ${bytes.length} bytes instead of ${wanted}`, {
        index: firstEntryOf(address),
      });
    return bytes.subarray(0, wanted);
  }

  /** The entries and their hashes from a tile on, in order, up to a size. */
  async *leaves(size: number, firstTile: number): AsyncGenerator<LeafFiles> {
    const count = Math.ceil(size / TILE_WIDTH);
    const waiting: Promise<LeafFiles>[] = [];
    for (let index = firstTile, asked = firstTile; index < count; index += 1) {
      for (; asked < count && asked <= index + this.#ahead; asked += 1) {
        const files = this.#leafFiles(asked, Math.min(TILE_WIDTH, size - asked * TILE_WIDTH));
        // It is awaited in its turn; until then nobody else hears that it failed.
        files.catch(() => undefined);
        waiting.push(files);
      }
      const next = await waiting.shift();
      if (next !== undefined) yield next;
    }
  }

  async #leafFiles(index: number, width: number): Promise<LeafFiles> {
    const [bundle, hashes] = await Promise.all([
      this.#tile({ level: 'entries', index, width }, BUNDLE_BYTES_MAX),
      this.hashTile({ level: 0, index, width }),
    ]);
    return { index, width, bundle: bundle.bytes, isLonger: bundle.isLonger, hashes };
  }

  /** A partial tile may be gone once the full one is there. */
  async #tile(address: TileAddress, bytesMax: number): Promise<{ bytes: Uint8Array; isLonger: boolean }> {
    const bytes = await this.#get(tilePath(address), bytesMax);
    if (bytes !== undefined) return { bytes, isLonger: false };
    const full =
      address.width === TILE_WIDTH
        ? undefined
        : await this.#get(tilePath({ ...address, width: TILE_WIDTH }), bytesMax);
    if (full !== undefined) return { bytes: full, isLonger: true };
    throw new LogFault('missing', `the log has no file ${tilePath(address)}`, {
      index: firstEntryOf(address),
    });
  }

  async #get(path: string, bytesMax: number): Promise<Uint8Array | undefined> {
    this.#signal?.throwIfAborted();
    let bytes: Uint8Array | undefined;
    try {
      bytes = await this.#fetch(path, { bytesMax, signal: this.#signal });
    } catch (cause) {
      this.#signal?.throwIfAborted();
      if (cause instanceof RangeError) throw oversized(path, bytesMax, cause);
      const words = cause instanceof Error ? cause.message : String(cause);
      throw new LogFault('unreachable', words, { cause });
    }
    if (bytes !== undefined && bytes.length > bytesMax) throw oversized(path, bytesMax);
    return bytes;
  }
}

function oversized(path: string, bytesMax: number, cause?: unknown): LogFault {
  return new LogFault('oversized', `${path} is longer than the ${bytesMax} bytes that it can have`, {
    cause,
  });
}

function firstEntryOf({ level, index }: TileAddress): number {
  return index * TILE_WIDTH ** (level === 'entries' ? 1 : level + 1);
}
