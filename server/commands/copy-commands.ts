import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseVerifierKey } from '#contract/signed-note.ts';
import type { Command } from '../config.ts';
import { type BackupResult, makeBackup } from '../copies/backup.ts';
import { exportLedger } from '../copies/export.ts';
import { isMirror, mirrorSource, storeSource, webSource } from '../copies/export-source.ts';
import { importMirror } from '../copies/import.ts';
import { type OpenStore, openStore, privateFolderOf, type StorePlace } from '../copies/open-store.ts';
import { type KeptCheckpoint, openBackup, restoreBackup } from '../copies/restore.ts';
import { openCheckpoint } from '../copies/signed-checkpoint.ts';
import { seenByWitnesses } from '../copies/witnesses-of-log.ts';
import { AppError } from '../errors.ts';
import { sha256 } from '../ledger/node-crypto.ts';
import { takeDataFolder } from '../startup/data-folder.ts';
import { readPolicyFile } from '../witness/open-witness.ts';
import { type Output, progressOf } from './progress.ts';
import { verifyFromOutside } from './verify.ts';

type CopyCommand = Extract<Command, { kind: 'backup' | 'restore' | 'export' | 'import' }>;

/** Runs one of the commands that copy a store. */
export function runCopyCommand(command: CopyCommand, out: Output): Promise<void> {
  const { DATA_DIR: dataDir, MONGODB_URL: mongoUrl, PRIVATE_DIR: privateDir } = command.settings;
  const { WITNESSES: witnesses } = command.settings;
  const place = { dataDir, mongoUrl, privateDir };
  switch (command.kind) {
    case 'backup':
      return runBackup({ ...command, place }, out);
    case 'restore':
      return runRestore({ ...command, place, witnesses }, out);
    case 'export':
      return runExport({ ...command, place }, out);
    case 'import':
      return runImport({ ...command, place }, out);
  }
}

interface BackupCommand {
  place: StorePlace;
  folder: string;
  withKeys: boolean;
}

/** Copies the store of a server, also of one that runs, into a folder. */
async function runBackup({ place, folder, withKeys }: BackupCommand, out: Output): Promise<void> {
  const store = await openStore(place, false);
  const progress = progressOf(out);
  const wish = { from: store, folder: resolve(folder), withKeys, nowMs: Date.now(), show: progress.show };
  let result: BackupResult;
  try {
    result = await makeBackup(wish);
  } finally {
    progress.end();
    await store.storage.close();
  }
  const { manifest, damaged } = result;
  const keys = withKeys ? ' with its private keys' : '; its private keys are not in it (--with-keys)';
  out.write(`Backed up: ${manifest.entries} entries of ${store.where} in ${folder}${keys}.\n`);
  for (const sentence of damaged) out.write(`  ${sentence}\n`);
}

interface RestoreCommand {
  place: StorePlace;
  folder: string;
  /** A checkpoint that somebody kept. */
  checkpointFile: string | undefined;
  /** File with the policy that names the log's witnesses. */
  witnesses: string | undefined;
  isReadOnly: boolean;
}

/** Copies a backup into an empty store, unless somebody has seen more or something else of this ledger. */
async function runRestore(command: RestoreCommand, out: Output): Promise<void> {
  const { place, isReadOnly } = command;
  const folder = resolve(command.folder);
  const progress = progressOf(out);
  try {
    const manifest = await openBackup(folder, progress.show);
    const kept = isReadOnly ? [] : await keptCheckpoints(command, manifest, out);
    await intoEmptyStore(place, (to) =>
      restoreBackup({ folder, manifest, to, kept, isReadOnly, show: progress.show }),
    );
    progress.end();
    out.write(
      `Restored: ${manifest.entries} entries into ${place.mongoUrl === undefined ? place.dataDir : 'MongoDB'}.\n`,
    );
    if (isReadOnly)
      out.write('Without its keys: export and verify it as you like; no server can continue it.\n');
    else if (!manifest.hasKeys)
      out.write(`Before the server starts, copy its private keys into ${privateFolderOf(place)}.\n`);
  } finally {
    progress.end();
  }
}

/** What others have seen of the log: a checkpoint from a file, and those that its witnesses show. */
async function keptCheckpoints(
  { checkpointFile, witnesses }: RestoreCommand,
  manifest: { checkpoint: string; verifierKey: string },
  out: Output,
): Promise<KeptCheckpoint[]> {
  const { checkpoint, verifierKey } = manifest;
  if (checkpointFile === undefined && witnesses === undefined) return [];
  if (checkpoint === '' || verifierKey === '')
    throw new AppError(
      'bad-input',
      'The backup does not say which key signs its ledger, so nothing can be compared with it; use --read-only.',
      { code: 'restore.no-key' },
    );
  const key = parseVerifierKey(sha256, verifierKey);
  const kept: KeptCheckpoint[] = [];
  if (checkpointFile !== undefined)
    kept.push({
      checkpoint: openCheckpoint(readWhole(checkpointFile), key, checkpointFile),
      whose: `the checkpoint in ${checkpointFile}`,
    });
  if (witnesses !== undefined)
    kept.push(
      ...(await seenByWitnesses(readPolicyFile(witnesses, 'WITNESSES'), {
        ...{ key, newest: checkpoint, fetch },
        say: (sentence) => out.write(`${sentence}\n`),
      })),
    );
  return kept;
}

function readWhole(file: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(file));
  } catch (cause) {
    throw new AppError('bad-input', `The checkpoint ${file} cannot be read.`, { cause });
  }
}

/** With the folder's lock, so that no server works on it meanwhile. */
async function intoEmptyStore(place: StorePlace, work: (store: OpenStore) => Promise<void>): Promise<void> {
  const folder = takeDataFolder({ path: place.dataDir, privatePath: place.privateDir });
  try {
    const store = await openStore({ ...place, dataDir: folder.path }, true);
    try {
      await work(store);
    } finally {
      await store.storage.close();
    }
  } finally {
    folder.release();
  }
}

interface ExportCommand {
  /** Address of a server, a data folder or a mirror; left out, the store that the settings name. */
  from: string | undefined;
  place: StorePlace;
  folder: string;
  since: number;
  verifierKey: string | undefined;
}

/** Writes entries, accounts and files of a ledger in forms that any program reads. */
async function runExport(command: ExportCommand, out: Output): Promise<void> {
  const { from, place, folder, since, verifierKey } = command;
  const progress = progressOf(out);
  const write = async (source: Parameters<typeof exportLedger>[0]['source']) => {
    const result = await exportLedger({ source, folder: resolve(folder), since, show: progress.show });
    progress.end();
    out.write(
      `Exported into ${folder}: ${result.entries} entries, ${result.accounts} accounts, ${result.files} files.\n`,
    );
    for (const sentence of result.damaged) out.write(`  ${sentence}\n`);
  };
  try {
    if (from !== undefined && /^https?:/.test(from)) return await write(await webSource(from, verifierKey));
    if (from !== undefined && isMirror(from)) return await write(await mirrorSource(from, verifierKey));
    const store = await openStore(from === undefined ? place : { dataDir: from, mongoUrl: undefined }, false);
    try {
      await write(await storeSource(store.storage, store.blobs));
    } finally {
      await store.storage.close();
    }
  } finally {
    progress.end();
  }
}

interface ImportCommand {
  place: StorePlace;
  folder: string;
  verifierKey: string | undefined;
  isVerifying: boolean;
}

/** Writes the log of a mirror into an empty store. */
async function runImport(command: ImportCommand, out: Output): Promise<void> {
  const { place, verifierKey } = command;
  const folder = resolve(command.folder);
  if (command.isVerifying) await verifyFromOutside(folder, verifierKey);
  const progress = progressOf(out);
  await intoEmptyStore(place, async ({ storage, where }) => {
    const { size, root, origin } = await importMirror({ folder, storage, verifierKey, show: progress.show });
    progress.end();
    out.write(`Imported: ${size} entries of ${origin} into ${where}, root ${root}.\n`);
    out.write(
      `It is still the ledger ${origin}: only a server with its private keys (${privateFolderOf(place)}) can continue it.\n`,
    );
    out.write('The files of its designs are not in a mirror: take them from a backup or an export.\n');
  }).finally(progress.end);
}
