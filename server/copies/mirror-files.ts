import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TILE_WIDTH, type TileAddress, tilePath } from '#contract/log-tiles.ts';
import { HASH_BYTES } from '#contract/merkle.ts';
import { filesOfFolder, type ReadFile, writeFileWhole } from './log-files.ts';
import { notAsSigned, type TileFiles } from './signed-tree.ts';

export interface MirrorCounts {
  fetched: number;
  /** Files that were there and right. */
  kept: number;
  /** Files that were there and wrong. */
  mended: number;
}

export interface MirrorFiles extends TileFiles {
  readonly counts: MirrorCounts;
  /** Writes what was held back until now, and from now on at once. */
  release(): Promise<void>;
}

/**
 * The files of a mirror: what is there and right is kept, the rest is fetched and written once it is found right. Nothing
 * is written before `release`: until then it is not known whether the log continues the one that is in the folder.
 */
export function mirrorFiles(parts: { remote: ReadFile; where: string; folder: string }): MirrorFiles {
  const { remote, where, folder } = parts;
  const local = filesOfFolder(folder);
  const counts: MirrorCounts = { fetched: 0, kept: 0, mended: 0 };

  let held: Map<string, Uint8Array> | undefined = new Map();

  async function keep(address: TileAddress, bytes: Uint8Array, wasThere: boolean): Promise<void> {
    counts.fetched += 1;
    if (wasThere) counts.mended += 1;
    if (held === undefined) await writeFileWhole(join(folder, tilePath(address)), bytes);
    else held.set(tilePath(address), bytes);
  }

  return {
    counts,
    async release() {
      const files = held ?? [];
      held = undefined;
      for (const [path, bytes] of files) await writeFileWhole(join(folder, path), bytes);
    },
    async tile(address, isRight) {
      const path = tilePath(address);
      const there = held?.get(path) ?? (await local(path));
      if (there !== undefined && isRight(there)) {
        counts.kept += 1;
        return there;
      }
      const bytes = await fetchTile(remote, address);
      if (bytes === undefined || !isRight(bytes)) throw notAsSigned(path, where);
      await keep(address, bytes, there !== undefined);
      return bytes;
    },
    async edge(addresses, areRight) {
      const there = await Promise.all(addresses.map((address) => local(tilePath(address))));
      const known = there.filter((bytes) => bytes !== undefined);
      if (known.length === addresses.length && areRight(known)) {
        counts.kept += known.length;
        return known;
      }
      const tiles = await Promise.all(
        addresses.map(async (address) => {
          const bytes = await fetchTile(remote, address);
          if (bytes === undefined) throw notAsSigned(tilePath(address), where);
          return bytes;
        }),
      );
      if (!areRight(tiles)) throw notAsSigned('the right edge of the hash tiles', where);
      for (const [at, address] of addresses.entries())
        await keep(address, tiles[at] ?? new Uint8Array(), there[at] !== undefined);
      return tiles;
    },
  };
}

/** Only what a folder has. */
export function folderFiles(folder: string): TileFiles {
  return remoteFiles(filesOfFolder(folder), folder);
}

/** What somebody serves, without keeping it. */
export function remoteFiles(read: ReadFile, where: string): TileFiles {
  const right = async (address: TileAddress) => {
    const bytes = await fetchTile(read, address);
    if (bytes === undefined) throw notAsSigned(tilePath(address), where);
    return bytes;
  };
  return {
    async tile(address, isRight) {
      const bytes = await right(address);
      if (!isRight(bytes)) throw notAsSigned(tilePath(address), where);
      return bytes;
    },
    async edge(addresses, areRight) {
      const tiles = await Promise.all(addresses.map(right));
      if (!areRight(tiles)) throw notAsSigned('the right edge of the hash tiles', where);
      return tiles;
    },
  };
}

/** A partial tile may be gone once the full one is there: then it is the beginning of that. */
async function fetchTile(read: ReadFile, address: TileAddress): Promise<Uint8Array | undefined> {
  const bytes = await read(tilePath(address));
  if (bytes !== undefined || address.width === TILE_WIDTH) return bytes;
  const full = await read(tilePath({ ...address, width: TILE_WIDTH }));
  return full && beginning(full, address);
}

function beginning(full: Uint8Array, { level, width }: TileAddress): Uint8Array {
  if (level !== 'entries') return full.slice(0, width * HASH_BYTES);
  let at = 0;
  for (let entry = 0; entry < width; entry += 1) at += 2 + ((full[at] ?? 0) << 8) + (full[at + 1] ?? 0);
  return full.slice(0, at);
}

/**
 * Takes away partial tiles that no reader needs any more: all but those of the checkpoint before and of the new one.
 * Whoever reads while the checkpoint is replaced still finds what the old one needs.
 */
export async function removeOldPartials(folder: string, before: number, now: number): Promise<void> {
  let [old, size] = [before, now];
  for (let level = 0; old > 0; level += 1) {
    const index = Math.floor(old / TILE_WIDTH);
    for (const kind of level === 0 ? [level, 'entries' as const] : [level]) {
      const partialsOf = (tile: number) =>
        join(folder, `${tilePath({ level: kind, index: tile, width: TILE_WIDTH })}.p`);
      if (index > 0) await rm(partialsOf(index - 1), { recursive: true, force: true });
      const names = await readdir(partialsOf(index)).catch(() => []);
      const stay = new Set([String(old % TILE_WIDTH), String(size % TILE_WIDTH)]);
      for (const name of names) if (!stay.has(name)) await rm(join(partialsOf(index), name), { force: true });
    }
    old = index;
    size = Math.floor(size / TILE_WIDTH);
  }
}
