import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fromUtf8 } from '#contract/bytes.ts';
import { readBundle } from '#contract/log-tiles.ts';
import { ContentHash } from '#contract/quantities.ts';
import { type Blobs, contentHash } from '../storage/blobs.ts';
import type { Storage } from '../storage/storage.ts';
import { checkedCommits, countCommits } from './copy-store.ts';
import type { ExportSource } from './export.ts';
import { filesOfFolder, filesOnTheWeb, logFolderOf, type ReadFile, type Web } from './log-files.ts';
import { logKeyOfPolicy } from './log-policy.ts';
import { folderFiles, remoteFiles } from './mirror-files.ts';
import { openCheckpoint, readVerifierKey } from './signed-checkpoint.ts';
import { notAsSigned, SignedTree, type TileFiles } from './signed-tree.ts';

/** The ledger of a server, read over HTTP and checked against its checkpoint. */
export async function webSource(
  url: string,
  verifierKey: string | undefined,
  web?: Web,
): Promise<ExportSource> {
  const read = filesOnTheWeb(`${url}/log`, web);
  const blobs = filesOnTheWeb(`${url}/api/blobs`, web);
  return publishedSource(read, remoteFiles(read, url), {
    where: url,
    verifierKey,
    files: {
      async get(hash) {
        const bytes = await blobs(ContentHash.parse(hash));
        if (bytes !== undefined && contentHash(bytes) !== hash) throw notAsSigned(hash, url);
        return bytes;
      },
    },
  });
}

/** A mirror: it has the log, not the files. */
export function mirrorSource(folder: string, verifierKey: string | undefined): Promise<ExportSource> {
  const log = logFolderOf(folder);
  const files = { get: async () => undefined };
  return publishedSource(filesOfFolder(log), folderFiles(log), { where: folder, verifierKey, files });
}

/** Whether a folder holds a published log rather than a server's data. */
export function isMirror(folder: string): boolean {
  return existsSync(join(logFolderOf(folder), 'checkpoint'));
}

async function publishedSource(
  read: ReadFile,
  tiles: TileFiles,
  parts: { where: string; verifierKey: string | undefined; files: Pick<Blobs, 'get'> },
): Promise<ExportSource> {
  const { where, files } = parts;
  const policy = await read('policy');
  const note = await read('checkpoint');
  if (note === undefined) throw notAsSigned('checkpoint', where);
  if (policy === undefined) throw notAsSigned('policy', where);
  const key = readVerifierKey(parts.verifierKey ?? logKeyOfPolicy(fromUtf8(policy), where));
  const checkpoint = openCheckpoint(note, key, where);
  const tree = await SignedTree.open(tiles, checkpoint);
  return {
    ...{ size: checkpoint.size, checkpoint: checkpoint.note, files },
    async *leaves() {
      for (let index = 0; index < tree.bundleCount; index += 1) yield* (await tree.bundle(index)).leaves;
    },
  };
}

/** A store, also of a server that is running. */
export async function storeSource(storage: Storage, files: Pick<Blobs, 'get'>): Promise<ExportSource> {
  const newest = await storage.last('cp/');
  const total = await countCommits(storage);
  const [last] = total === 0 ? [] : await storage.commits(total - 1, 1);
  return {
    size: last === undefined ? 0 : last.first + last.count,
    checkpoint: newest === undefined ? '' : fromUtf8(newest.value),
    files,
    async *leaves() {
      for await (const commit of checkedCommits(storage, total)) yield* readBundle(commit.bundle);
    },
  };
}
