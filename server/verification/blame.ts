import { toHex } from '#contract/bytes.ts';
import type { Checkpoint } from '#contract/checkpoint.ts';
import { TILE_WIDTH } from '#contract/log-tiles.ts';
import { HASH_BYTES } from '#contract/merkle.ts';
import type { LogFiles } from './log-files.ts';
import { climbTiles } from './tile-path.ts';
import type { BlockHasher } from './tile-tree.ts';
import { LogFault } from './verdict.ts';

interface Disagreement {
  readonly checkpoint: Checkpoint;
  /** Index of the tile of leaf hashes. */
  readonly tile: number;
  /** As many hashes as the tile has, or fewer where entries are missing at its end. */
  readonly computed: Uint8Array;
  readonly served: Uint8Array;
}

/** Entries and their hash tile say different things: finds out which of them the signed root bears out, and what was done. */
export async function blame(files: LogFiles, blocks: BlockHasher, found: Disagreement): Promise<LogFault> {
  const { tile, computed, served } = found;
  const at = firstDifference(computed, served);
  const index = tile * TILE_WIDTH + at;
  if (computed.length === served.length && (await leadToRoot(files, blocks, found)))
    return new LogFault('bad-tile', 'the hash tile is not what its entries give', { index });
  const [one, other] = [hashesOf(computed), hashesOf(served)];
  if (at === one.length)
    return new LogFault('missing', 'the entries end here, before they should', { index });
  if (sameSet(one, other))
    return new LogFault('reordered', 'the entries are not in the order in which they were signed', { index });
  const later = other.indexOf(one[at] ?? '', at);
  if (later > at && one.slice(at).every((hash, n) => later + n >= other.length || hash === other[later + n]))
    return new LogFault('missing', `${later - at} of the entries that were signed are left out`, { index });
  return new LogFault('changed-entry', 'the entry is not the one in the hash tile', { index });
}

async function leadToRoot(
  files: LogFiles,
  blocks: BlockHasher,
  { checkpoint, tile, computed }: Disagreement,
): Promise<boolean> {
  try {
    return (await climbTiles(files, blocks, checkpoint, tile, computed)) !== undefined;
  } catch (error) {
    // Where more of the tiles are wrong or gone, they bear out nothing.
    if (error instanceof LogFault) return false;
    throw error;
  }
}

/** Position of the first hash that differs; that behind the shorter one where none does. */
export function firstDifference(one: Uint8Array, other: Uint8Array): number {
  const count = Math.min(one.length, other.length);
  let at = 0;
  while (at < count && one[at] === other[at]) at += 1;
  return Math.floor(at / HASH_BYTES);
}

function hashesOf(tile: Uint8Array): string[] {
  return Array.from({ length: tile.length / HASH_BYTES }, (_, at) =>
    toHex(tile.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES)),
  );
}

function sameSet(one: readonly string[], other: readonly string[]): boolean {
  const sorted = other.toSorted();
  return one.length === other.length && one.toSorted().every((hash, at) => hash === sorted[at]);
}
