import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sameBytes } from '#contract/bytes.ts';
import { type Checkpoint, parseCheckpoint } from '#contract/checkpoint.ts';
import { parseNote } from '#contract/signed-note.ts';
import { AppError } from '../errors.ts';
import { type Blobs, openFolderBlobs } from '../storage/blobs.ts';
import { openSqliteStorage } from '../storage/sqlite-storage.ts';
import type { Storage } from '../storage/storage.ts';
import { BACKUP, type BackupManifest, contentOf, readManifest } from './backup-format.ts';
import { copyFiles } from './cited-files.ts';
import { checkedCommits, copyCommits, copyValues } from './copy-store.ts';
import { damagedCopy, rowsOf } from './entry-rows.ts';
import type { ShowProgress } from './log-files.ts';
import { GrowingRoot } from './tile-hashes.ts';

const ONLY_OWNER = 0o600;

/** A checkpoint of the log that somebody kept: the restored log must continue it. */
export interface KeptCheckpoint {
  readonly checkpoint: Checkpoint;
  /** Whose it is, for the sentence that says no. */
  readonly whose: string;
}

export interface RestoreTarget {
  readonly storage: Storage;
  readonly blobs: Pick<Blobs, 'put'>;
  readonly privateFolder: string | undefined;
}

export interface RestoreWish {
  readonly folder: string;
  readonly manifest: BackupManifest;
  readonly to: RestoreTarget;
  /** What others have seen of this log. */
  readonly kept: readonly KeptCheckpoint[];
  /** For looking only: without the keys, so that nothing can be signed, and whatever others have seen. */
  readonly isReadOnly: boolean;
  readonly show: ShowProgress;
}

/**
 * Reads the manifest of a backup and checks every file against it.
 * @throws AppError `backup.damaged` naming the first file that is missing or changed.
 */
export async function openBackup(folder: string, show: ShowProgress): Promise<BackupManifest> {
  const manifest = await readManifest(folder);
  for (const [at, content] of manifest.contents.entries()) {
    const found = existsSync(join(folder, content.path)) ? await contentOf(folder, content.path) : undefined;
    if (found?.sha256 !== content.sha256)
      throw new AppError(
        'unavailable',
        `The backup is damaged: ${content.path} is ${found === undefined ? 'missing' : 'not what was written'}.`,
        { code: 'backup.damaged' },
      );
    show('check sums', at + 1, manifest.contents.length);
  }
  return manifest;
}

/**
 * Copies a backup into an empty store. The whole of it is checked before anything is written.
 * @throws AppError `restore.not-empty` where the store holds a ledger; `restore.rollback` or `restore.fork` where somebody
 *   has seen a larger or another tree of this log: a server that went on from here would contradict what it has signed.
 */
export async function restoreBackup(wish: RestoreWish): Promise<void> {
  const { folder, manifest, to, show } = wish;
  if ((await to.storage.commits(0, 1)).length > 0 || (await to.storage.last('cp/')) !== undefined)
    throw new AppError('conflict', 'There is a ledger in this place already; restore into an empty one.', {
      code: 'restore.not-empty',
    });
  const keys = manifest.hasKeys && !wish.isReadOnly ? join(folder, BACKUP.keys) : undefined;
  if (keys !== undefined && to.privateFolder !== undefined) requireNoOtherKeys(keys, to.privateFolder);
  const from = await openSqliteStorage(join(folder, BACKUP.ledger));
  try {
    const own =
      manifest.checkpoint === '' ? [] : [{ ...checkpointOf(manifest.checkpoint), whose: 'the backup' }];
    await checkTree(from, manifest, [...own, ...(wish.isReadOnly ? [] : wish.kept)], show);
    // Checkpoints before entries: a server that finds half a copy refuses to sign.
    await copyValues(from, to.storage, show);
    await copyCommits(from, to.storage, { show, total: manifest.commits });
  } finally {
    await from.close();
  }
  await copyBackedUpFiles(wish);
  if (keys !== undefined && to.privateFolder !== undefined) restoreKeys(keys, to.privateFolder);
}

function checkpointOf(note: string): { checkpoint: Checkpoint } {
  return { checkpoint: parseCheckpoint(parseNote(note).text) };
}

/** Grows the tree once and compares it at every size that somebody has seen. */
async function checkTree(
  from: Storage,
  manifest: BackupManifest,
  kept: readonly KeptCheckpoint[],
  show: ShowProgress,
): Promise<void> {
  const ahead = kept.find(({ checkpoint }) => checkpoint.size > manifest.entries);
  if (ahead !== undefined)
    throw refusal(
      'rollback',
      `${ahead.whose} has seen ${ahead.checkpoint.size} entries of this ledger, but the backup holds ${manifest.entries}`,
    );
  const tree = new GrowingRoot();
  const compare = () => {
    for (const { checkpoint, whose } of kept)
      if (checkpoint.size === tree.size && !sameBytes(checkpoint.root, tree.root()))
        throw refusal('fork', `the first ${tree.size} entries are not the ones that ${whose} has seen`);
  };
  const sizes = new Set(kept.map(({ checkpoint }) => checkpoint.size));
  if (sizes.has(0)) compare();
  for await (const commit of checkedCommits(from, manifest.commits)) {
    for (const { leafHash } of rowsOf(commit)) {
      tree.append(leafHash);
      if (sizes.has(tree.size)) compare();
    }
    show('checking', commit.number + 1, manifest.commits);
  }
  if (tree.size !== manifest.entries)
    throw damagedCopy(`the backup holds ${tree.size} entries, where ${manifest.entries} were copied`);
}

async function copyBackedUpFiles({ folder, manifest, to, show }: RestoreWish): Promise<void> {
  const prefix = `${BACKUP.files}/`;
  const hashes = manifest.contents
    .filter(({ path }) => path.startsWith(prefix))
    .map(({ path }) => `sha256:${path.slice(prefix.length).replace('/', '')}`);
  await copyFiles(
    hashes,
    openFolderBlobs(join(folder, BACKUP.files)),
    (_hash, bytes) => to.blobs.put(bytes),
    show,
  );
}

/** Keys that are there stay: whoever loses a log's key cannot continue it. */
function requireNoOtherKeys(from: string, to: string): void {
  for (const name of readdirSync(from))
    if (existsSync(join(to, name)) && !readFileSync(join(to, name)).equals(readFileSync(join(from, name))))
      throw new AppError(
        'conflict',
        `${join(to, name)} is there already and is another one; move it away first.`,
        {
          code: 'restore.other-keys',
        },
      );
}

function restoreKeys(from: string, to: string): void {
  mkdirSync(to, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(from)) {
    cpSync(join(from, name), join(to, name));
    chmodSync(join(to, name), ONLY_OWNER);
  }
}

function refusal(fault: 'rollback' | 'fork', what: string): AppError {
  return new AppError(
    'conflict',
    `This backup cannot be continued: ${what}. A server that went on from it would contradict what it has signed. ` +
      'Restore a newer copy, or use --read-only to look at this one.',
    { code: `restore.${fault}`, details: { fault } },
  );
}
