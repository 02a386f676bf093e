import { z } from 'zod';
import { concat, fromBase64, fromUtf8, sameBytes, toBase64, utf8 } from '#contract/bytes.ts';
import type { Storage } from '../storage/storage.ts';
import type { Fold } from './fold.ts';
import type { FoldedPlace } from './folded-log.ts';
import { BLOCK_BYTES, IdFilter } from './id-filter.ts';
import { sha256 } from './node-crypto.ts';
import type { TreeEdge } from './tile-tree.ts';

/** A start replays at most so many entries beyond the newest snapshot, which takes some tenths of a second. */
export const SNAPSHOT_ENTRIES = 16_384;
/** One more than needed, in case the newest is damaged. */
const SNAPSHOTS_KEPT = 2;
const SNAPSHOTS = 'snapshot/';
const BLOCKS = 'ids/';
const FORMAT = 1;

const Manifest = z.object({
  format: z.literal(FORMAT),
  fold: z.string(),
  head: z.object({ number: z.int(), first: z.int(), hash: z.string() }),
  latestMs: z.int(),
  edge: z.array(z.string()),
  /** Full blocks of the filter, kept beside the snapshots: they never change. */
  blocks: z.int(),
  /** Names in the block that is not full. */
  names: z.int(),
});

/** A place in the log that was put into bytes, to be completed with the edge of the tree. */
export interface HalfSnapshot {
  readonly number: number;
  /** Full blocks of the filter that are in the store when the snapshot is. */
  readonly blocks: number;
  complete(edge: TreeEdge): readonly (readonly [key: string, value: Uint8Array])[];
}

/** Whether the place is one at which a snapshot is due: the same one in every process that follows the log. */
export function isSnapshotDue(before: number, after: number, everyEntries: number): boolean {
  return Math.floor(before / everyEntries) !== Math.floor(after / everyEntries);
}

/**
 * Puts the state as it is now into bytes: it may change as soon as this returns.
 * @param storedBlocks full blocks of the filter that are in the store already
 */
export function takeSnapshot<State>(
  fold: Fold<State>,
  place: FoldedPlace<State>,
  storedBlocks: number,
): HalfSnapshot {
  const { head, latestMs, filter } = place;
  const state = fold.encode(place.state);
  const full = Math.max(0, filter.blocks.length - 1);
  const open = Uint8Array.from(filter.blocks.at(-1) ?? new Uint8Array());
  // Blocks that are full do not change any more, so they need no copy.
  const blocks = filter.blocks.slice(storedBlocks, full);
  return {
    number: head.number,
    blocks: full,
    complete(edge) {
      const manifest: z.infer<typeof Manifest> = {
        ...{ format: FORMAT, fold: fold.version, latestMs, blocks: full, names: filter.count },
        head: { number: head.number, first: head.first, hash: toBase64(head.hash) },
        edge: edge.partials.map(toBase64),
      };
      const text = utf8(JSON.stringify(manifest));
      const length = new Uint8Array(4);
      new DataView(length.buffer).setUint32(0, text.length);
      return [
        ...blocks.map((block, at) => [blockKey(storedBlocks + at), sealed(block)] as const),
        [snapshotKey(head.number), sealed(concat(length, text, open, state))] as const,
      ];
    },
  };
}

/** Writes a snapshot and takes away older ones. */
export async function putSnapshot(
  storage: Storage,
  items: readonly (readonly [key: string, value: Uint8Array])[],
): Promise<void> {
  await storage.putAllIfAbsent(items);
  const keys = (await storage.keys(SNAPSHOTS)).sort();
  await storage.remove(keys.slice(0, -SNAPSHOTS_KEPT));
}

/**
 * The newest snapshot that is whole, of this fold, and stands on a commit of the store. Broken ones are taken away, so that
 * they can be made again; those of another version of the program are left to it.
 */
export async function readSnapshot<State>(
  storage: Storage,
  fold: Fold<State>,
): Promise<{ place: FoldedPlace<State>; edge: TreeEdge } | undefined> {
  const keys = (await storage.keys(SNAPSHOTS)).sort().reverse();
  for (const key of keys) {
    const content = unsealed(await storage.get(key));
    const read = content && (await decode(storage, fold, content));
    if (read !== undefined) return read;
    if (content === undefined) await storage.remove([key]);
  }
  return undefined;
}

async function decode<State>(storage: Storage, fold: Fold<State>, content: Uint8Array) {
  const length = new DataView(content.buffer, content.byteOffset).getUint32(0);
  const manifest = Manifest.safeParse(JSON.parse(fromUtf8(content.subarray(4, 4 + length))));
  if (!manifest.success || manifest.data.fold !== fold.version) return undefined;
  const { head, latestMs, edge, blocks: full, names } = manifest.data;
  const keys = Array.from({ length: full }, (_, at) => blockKey(at));
  const stored = (await storage.getAll(keys)).map(unsealed);
  const broken = keys.filter((_, at) => stored[at]?.length !== BLOCK_BYTES);
  if (broken.length > 0) {
    await storage.remove(broken);
    return undefined;
  }
  const openEnd = 4 + length + BLOCK_BYTES;
  const blocks = [...stored.flatMap((block) => block ?? []), content.subarray(4 + length, openEnd)];
  const [before] = await storage.commits(head.number - 1, 1);
  const hash = fromBase64(head.hash);
  if (before === undefined || !sameBytes(before.hash, hash)) return undefined;
  return {
    place: {
      head: { number: head.number, first: head.first, hash },
      latestMs,
      filter: new IdFilter(blocks, names),
      state: fold.decode(content.subarray(openEnd)),
    },
    edge: { size: head.first, partials: edge.map((text) => fromBase64(text)) },
  };
}

function snapshotKey(number: number): string {
  return SNAPSHOTS + String(number).padStart(16, '0');
}

function blockKey(at: number): string {
  return BLOCKS + String(at).padStart(8, '0');
}

/** Snapshots are no part of the log, so nothing else would notice a changed bit. */
function sealed(content: Uint8Array): Uint8Array {
  return concat(sha256(content), content);
}

function unsealed(value: Uint8Array | undefined): Uint8Array | undefined {
  if (value === undefined || value.length < 32) return undefined;
  const content = value.subarray(32);
  return sameBytes(sha256(content), value.subarray(0, 32)) ? content : undefined;
}
