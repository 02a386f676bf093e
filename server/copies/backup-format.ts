import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError } from '../errors.ts';
import { filesOfFolder, wordsOf } from './log-files.ts';

/** A backup is a folder of this form, whatever store it was made from. */
export const BACKUP = {
  /** Commits, rows and values, as the embedded database keeps them. */
  ledger: 'ledger.sqlite',
  /** Designs and machine files, named by their hash. */
  files: 'files',
  /** Private keys, only where they were asked for. */
  keys: 'private',
  /** Written last: a folder without it is no backup. */
  manifest: 'backup.json',
} as const;

const FORMAT = 'commonwright-backup/1';

export const BackupManifest = z.strictObject({
  format: z.literal(FORMAT),
  madeMs: z.int(),
  commits: z.int().nonnegative(),
  entries: z.int().nonnegative(),
  /** The newest signed checkpoint in the backup; empty where nothing was signed. */
  checkpoint: z.string(),
  /** The log's verifier key; empty where it was not at hand. */
  verifierKey: z.string(),
  hasKeys: z.boolean(),
  contents: z.array(
    z.strictObject({
      path: z.string(),
      bytes: z.int().nonnegative(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
});
export type BackupManifest = z.infer<typeof BackupManifest>;

export function newManifest(fields: Omit<BackupManifest, 'format'>): string {
  return `${JSON.stringify({ format: FORMAT, ...fields }, undefined, 1)}\n`;
}

/** Size and SHA-256 of a file in a backup. */
export async function contentOf(folder: string, path: string): Promise<BackupManifest['contents'][number]> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(join(folder, path))) hash.update(piece);
  return { path, bytes: (await stat(join(folder, path))).size, sha256: hash.digest('hex') };
}

/** @throws AppError `bad-input` where the folder is no whole backup. */
export async function readManifest(folder: string): Promise<BackupManifest> {
  const bytes = await filesOfFolder(folder)(BACKUP.manifest);
  if (bytes === undefined)
    throw new AppError(
      'bad-input',
      `${folder} is no whole backup: it has no ${BACKUP.manifest}, which is written last.`,
      { code: 'backup.none' },
    );
  try {
    return BackupManifest.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (cause) {
    throw new AppError('bad-input', `${BACKUP.manifest} of ${folder} cannot be read: ${wordsOf(cause)}`, {
      code: 'backup.manifest',
      cause,
    });
  }
}
