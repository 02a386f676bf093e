import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fromUtf8 } from '#contract/bytes.ts';
import { parseCheckpoint } from '#contract/checkpoint.ts';
import { formatVerifierKey, parseNote } from '#contract/signed-note.ts';
import { AppError } from '../errors.ts';
import { CHECKPOINT_KEY_FILE, loadKey } from '../ledger/log-keys.ts';
import { sha256 } from '../ledger/node-crypto.ts';
import { type Blobs, makeFolder, openFolderBlobs } from '../storage/blobs.ts';
import { openSqliteStorage } from '../storage/sqlite-storage.ts';
import type { Storage } from '../storage/storage.ts';
import { BACKUP, type BackupManifest, contentOf, newManifest } from './backup-format.ts';
import { CitedFiles, copyFiles } from './cited-files.ts';
import { copyCommits, copyValues, countCommits } from './copy-store.ts';
import { type ShowProgress, writeFileWhole } from './log-files.ts';

/** Key files of a data folder that are never copied: see `copyValues`. */
const WITNESS_KEY_FILE = 'witness-key.pem';
const ONLY_OWNER = 0o600;
/** Where the ledger keeps its signed checkpoints, by size. */
const CHECKPOINTS = 'cp/';
/** Where evaluations are kept; they cite files. */
const EVALUATIONS = 'evaluation/';

/** What is copied from: a store with its files, and the folder of the private keys where it is at hand. */
export interface BackupSource {
  readonly storage: Storage;
  readonly blobs: Pick<Blobs, 'get'>;
  readonly privateFolder: string | undefined;
}

export interface BackupWish {
  readonly from: BackupSource;
  /** New or empty. */
  readonly folder: string;
  readonly withKeys: boolean;
  readonly nowMs: number;
  readonly show: ShowProgress;
}

export interface BackupResult {
  readonly manifest: BackupManifest;
  /** Files that could not be read, a sentence each. */
  readonly damaged: readonly string[];
}

/**
 * Copies a store into a folder while the server goes on writing: everything that was durable when the call began, checked
 * on the way. The values first, then the commits: so no checkpoint in the copy is ahead of its entries.
 * @throws AppError `backup.not-empty` where something is in the folder, `ledger.damaged` where the store is.
 */
export async function makeBackup(wish: BackupWish): Promise<BackupResult> {
  const { from, folder, show } = wish;
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new AppError('bad-input', `${folder} is not empty; a backup gets a folder of its own.`, {
      code: 'backup.not-empty',
    });
  makeFolder(folder);
  const cited = new CitedFiles();
  const to = await openSqliteStorage(join(folder, BACKUP.ledger));
  let newest: string;
  let head: { number: number; first: number };
  try {
    await copyValues(from.storage, to, show);
    newest = await newestCheckpoint(to);
    const total = await countCommits(from.storage);
    head = await copyCommits(from.storage, to, { show, total, each: (commit) => cited.add(commit.bundle) });
    for (const key of await to.keys(EVALUATIONS)) cited.add((await to.get(key)) ?? new Uint8Array());
  } finally {
    await to.close();
  }
  const blobs = openFolderBlobs(join(folder, BACKUP.files));
  const { damaged } = await copyFiles(cited.hashes, from.blobs, (_hash, bytes) => blobs.put(bytes), show);
  if (wish.withKeys) copyKeys(from.privateFolder, join(folder, BACKUP.keys));
  const fields = {
    madeMs: wish.nowMs,
    commits: head.number,
    entries: head.first,
    checkpoint: newest,
    verifierKey: verifierKeyOf(newest, from.privateFolder),
    hasKeys: wish.withKeys,
    contents: await contentsOf(folder, show),
  };
  await writeFileWhole(join(folder, BACKUP.manifest), newManifest(fields));
  return { manifest: { format: 'commonwright-backup/1', ...fields }, damaged };
}

async function newestCheckpoint(storage: Storage): Promise<string> {
  const found = await storage.last(CHECKPOINTS);
  return found === undefined ? '' : fromUtf8(found.value);
}

/** Readable by their owner only, like the ones that they are copied from. */
function copyKeys(from: string | undefined, to: string): void {
  if (from === undefined || !existsSync(from))
    throw new AppError('bad-input', 'There are no private keys here to copy; leave out --with-keys.', {
      code: 'backup.no-keys',
    });
  mkdirSync(to, { mode: 0o700 });
  for (const name of readdirSync(from)) {
    if (name === WITNESS_KEY_FILE) continue;
    cpSync(join(from, name), join(to, name), { recursive: true });
    chmodSync(join(to, name), ONLY_OWNER);
  }
}

function verifierKeyOf(note: string, privateFolder: string | undefined): string {
  const file = privateFolder && join(privateFolder, CHECKPOINT_KEY_FILE);
  if (note === '' || file === undefined || !existsSync(file)) return '';
  const { origin } = parseCheckpoint(parseNote(note).text);
  return formatVerifierKey(sha256, { name: origin, publicKey: loadKey(file).publicKey });
}

async function contentsOf(folder: string, show: ShowProgress): Promise<BackupManifest['contents']> {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => join(item.parentPath, item.name).slice(folder.length + 1));
  const contents: BackupManifest['contents'] = [];
  for (const path of paths.sort()) {
    contents.push(await contentOf(folder, path));
    show('check sums', contents.length, paths.length);
  }
  return contents;
}
