import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { utf8 } from '#contract/bytes.ts';
import { formatCheckpoint } from '#contract/checkpoint.ts';
import { frameEntries, parseTilePath, TILE_WIDTH } from '#contract/log-tiles.ts';
import { leafHash } from '#contract/merkle.ts';
import { formatNote, formatVerifierKey } from '#contract/signed-note.ts';
import type { ReadFile } from '../../../server/copies/log-files.ts';
import { createLedger, type Ledger } from '../../../server/ledger/ledger.ts';
import { type LogKeys, newLogKeys } from '../../../server/ledger/log-keys.ts';
import { sha256 } from '../../../server/ledger/node-crypto.ts';
import { TileShelf } from '../../../server/ledger/tile-shelf.ts';
import { TileTree } from '../../../server/ledger/tile-tree.ts';
import { createMemoryStorage } from '../../../server/storage/memory-storage.ts';
import type { Storage } from '../../../server/storage/storage.ts';
import { type Counted, countingFold } from '../ledger/counting-fold.ts';

export const ORIGIN = 'copied.example/log';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** An empty folder that ends with the test file. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'commonwright-copies-'));
  folders.push(folder);
  return folder;
}

export const noShow = () => {};

export interface ServedLedger {
  ledger: Ledger<Counted>;
  storage: Storage;
  keys: LogKeys;
  /** Reads a path under `/log/`, as a server would answer. */
  remote(path: string): Promise<Uint8Array | undefined>;
  /** Appends so many entries, of a few streams. */
  grow(count: number, words?: string): Promise<void>;
}

/** A ledger to copy from, without a network. */
export async function servedLedger(
  extra: { storage?: Storage; keys?: LogKeys; cite?: string } = {},
): Promise<ServedLedger> {
  const { storage = createMemoryStorage(), keys = newLogKeys(), cite } = extra;
  const ledger = await createLedger({
    ...{ storage, keys, fold: countingFold, origin: ORIGIN, nowMs: () => 1_000, newId: randomUUID },
  });
  return {
    ledger,
    storage,
    keys,
    remote: async (path) => {
      await ledger.head();
      return (await ledger.logFile(path))?.bytes;
    },
    async grow(count, words = 'entry') {
      for (let done = 0; done < count; ) {
        const some = Math.min(500, count - done);
        await ledger.submit(() =>
          Array.from({ length: some }, (_, at) => ({
            id: randomUUID(),
            stream: `job/${(done + at) % 7}`,
            type: 'job.opened',
            data: { words, at: done + at, ...(cite === undefined ? {} : { cite }) },
          })),
        );
        done += some;
      }
      await ledger.head();
    },
  };
}

/** A published log of short entries that say nothing, made in a moment whatever its size. */
export function plainLog(size: number): ReadFile {
  const { checkpoint: key } = newLogKeys();
  const noteKey = { name: ORIGIN, publicKey: key.publicKey };
  const leaves = Array.from({ length: size }, (_, index) => utf8(String(index)));
  const tree = new TileTree(new TileShelf(createMemoryStorage()));
  for (const leaf of leaves) tree.append(leafHash(sha256, leaf));
  const text = formatCheckpoint({ origin: ORIGIN, size, root: tree.root() });
  const note = formatNote(sha256, text, noteKey, (message) => key.sign(message));
  return async (path) => {
    if (path === 'checkpoint') return utf8(note);
    if (path === 'policy') return utf8(`log ${formatVerifierKey(sha256, noteKey)}\nquorum none\n`);
    const address = parseTilePath(path);
    if (address === undefined) return undefined;
    const { level, index, width } = address;
    if (level !== 'entries') return tree.tile({ level, index, width }, size);
    const first = index * TILE_WIDTH;
    return first + width > size ? undefined : frameEntries(leaves.slice(first, first + width));
  };
}
