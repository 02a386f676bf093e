import { sameBytes } from '#contract/bytes.ts';
import { parseTilePath, TILE_WIDTH } from '#contract/log-tiles.ts';
import { leafHash } from '#contract/merkle.ts';
import type { EntryRow, Storage, StoredCommit } from '../storage/storage.ts';
import { type CommitHead, emptyHead, faultOfCommit, headAfter } from './commit.ts';
import { damaged } from './damaged.ts';
import { leavesOf } from './folded-log.ts';
import { sha256 } from './node-crypto.ts';
import type { FullTile } from './tile-shelf.ts';
import { TileTree } from './tile-tree.ts';

const READ_COMMITS = 256;
const COMPARED_TILES = 64;
/** Entries between two pauses: some milliseconds of work. */
const ENTRIES_AT_ONCE = 1_024;

type Reads = Pick<Storage, 'commits' | 'rows' | 'getAll'>;

export interface ScrubParts {
  storage: Reads;
  /** How far to read: what was in the store at the start. */
  upTo: CommitHead;
  /** Entries under the newest signed checkpoint: their tiles must be there. */
  signedSize: number;
  /** Lets everything else go on. */
  pause: () => Promise<void>;
  /** Entries read so far. */
  onProgress?: (size: number) => void;
}

/**
 * Reads the whole store once more: every commit hashed, every entry against its row, every hash tile against its entries.
 * @returns the root of the tree.
 * @throws AppError `ledger.damaged` naming the first thing that is not what was written.
 */
export async function scrub(parts: ScrubParts): Promise<Uint8Array> {
  const { storage, upTo, pause, onProgress } = parts;
  const tiles: FullTile[] = [];
  const tree = new TileTree({
    add: (tile) => tiles.push(tile),
    read: () => Promise.reject(new Error('a scrub reads no tiles for its own tree')),
  });
  let head = emptyHead;
  let sincePause = 0;
  while (head.number < upTo.number) {
    const wanted = Math.min(READ_COMMITS, upTo.number - head.number);
    const commits = await storage.commits(head.number, wanted);
    if (commits.length === 0) throw damaged(`commit ${head.number} is missing`);
    for (const commit of commits) {
      const fault = faultOfCommit(head, commit);
      if (fault !== undefined) throw damaged(fault);
      const hashes = await checkRows(storage, commit);
      for (const hash of hashes) tree.append(hash);
      head = headAfter(commit);
      sincePause += commit.count;
      if (sincePause < ENTRIES_AT_ONCE) continue;
      sincePause = 0;
      onProgress?.(head.first);
      await pause();
    }
    if (tiles.length >= COMPARED_TILES) await compareTiles(parts, tiles.splice(0));
  }
  await compareTiles(parts, tiles);
  if (!sameBytes(head.hash, upTo.hash)) throw damaged(`commit ${head.number - 1} is not the one it was`);
  return tree.root();
}

async function checkRows(storage: Reads, commit: StoredCommit): Promise<Uint8Array[]> {
  const rows = await storage.rows(commit.first, commit.count);
  return leavesOf(commit).map((leaf, at) => {
    const hash = leafHash(sha256, leaf);
    const index = commit.first + at;
    if (!isRowOf(rows[at], leaf, hash, index)) throw damaged(`the row of entry ${index} does not fit it`);
    return hash;
  });
}

/** In canonical JSON these words stand side by side, so that nothing has to be parsed. */
function isRowOf(row: EntryRow | undefined, leaf: Uint8Array, hash: Uint8Array, index: number): boolean {
  if (row?.index !== index || !sameBytes(row.leafHash, hash)) return false;
  const text = Buffer.from(leaf.buffer, leaf.byteOffset, leaf.byteLength).toString('utf8');
  return (
    text.includes(`"id":${JSON.stringify(row.id)},"stream":${JSON.stringify(row.stream)},`) &&
    text.includes(`,"rev":${row.rev},`)
  );
}

async function compareTiles({ storage, signedSize }: ScrubParts, tiles: readonly FullTile[]): Promise<void> {
  const stored = await storage.getAll(tiles.map(({ path }) => path));
  for (const [at, { path, bytes }] of tiles.entries()) {
    const there = stored[at];
    // Tiles are written before the checkpoint that covers them: beyond it they may still be missing.
    if (there === undefined && endOf(path) > signedSize) continue;
    if (there === undefined || !sameBytes(there, bytes))
      throw damaged(`the hash tile ${path} is not the one that its entries give`);
  }
}

/** Entries under a tile and all before it. */
function endOf(path: string): number {
  const address = parseTilePath(path);
  if (address === undefined || address.level === 'entries') throw new TypeError(`${path} is no hash tile`);
  return (address.index + 1) * TILE_WIDTH ** (address.level + 1);
}
