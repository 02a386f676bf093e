import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BLOB_BYTES_MAX } from '#contract/http.ts';
import { ContentHash } from '#contract/quantities.ts';
import { AppError } from '../errors.ts';
import { writeWhole } from './write-whole.ts';

/** Files by what they are: the name is the SHA-256 of the bytes, so a file never changes and is never stored twice. */
export interface Blobs {
  /** Durable when it resolves. */
  put(bytes: Uint8Array): Promise<ContentHash>;
  /** The bytes, checked against the name; undefined where there are none. */
  get(hash: ContentHash): Promise<Uint8Array | undefined>;
}

export function contentHash(bytes: Uint8Array): ContentHash {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** @throws AppError `too-much` where a file is larger than any may be. */
export function requireFileSize(bytes: Uint8Array): void {
  if (bytes.length > BLOB_BYTES_MAX)
    throw new AppError('too-much', `A file may have at most ${BLOB_BYTES_MAX / 2 ** 20} MiB.`, {
      code: 'file.too-large',
    });
}

export function damagedFile(hash: ContentHash): AppError {
  return new AppError('unavailable', `The stored file ${hash} is damaged; restore it from a copy.`, {
    code: 'file.damaged',
  });
}

/**
 * Keeps blobs in a folder, spread over 256 sub-folders.
 * @throws AppError `unavailable` where the folder cannot be made.
 */
export function openFolderBlobs(folder: string): Blobs {
  makeFolder(folder);
  const fileOf = (hash: ContentHash) => {
    // Only a checked hash becomes part of a path.
    const digits = ContentHash.parse(hash).slice('sha256:'.length);
    return join(folder, digits.slice(0, 2), digits.slice(2));
  };

  return {
    async put(bytes) {
      requireFileSize(bytes);
      const hash = contentHash(bytes);
      const file = fileOf(hash);
      // A damaged file is written anew: putting it again is how one mends it.
      if ((await existing(file).then((there) => there && contentHash(there))) === hash) return hash;
      makeFolder(dirname(file));
      await writeWhole(file, bytes).catch((cause: unknown) => {
        throw cannotWrite(dirname(file), cause);
      });
      return hash;
    },
    async get(hash) {
      const bytes = await existing(fileOf(hash));
      if (bytes === undefined) return undefined;
      if (contentHash(bytes) !== hash) throw damagedFile(hash);
      return bytes;
    },
  };
}

async function existing(file: string): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await readFile(file));
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new AppError(
      'unavailable',
      `The stored file ${file} cannot be read. Check the rights of its folder.`,
      {
        code: 'file.cannot-read',
        cause,
      },
    );
  }
}

/** Not `recursive: true`: Node 20 never returns from it where every mkdir is answered with ENOENT, like in /proc. */
export function makeFolder(folder: string): void {
  try {
    if (existsSync(folder)) return;
    if (dirname(folder) !== folder) makeFolder(dirname(folder));
    mkdirSync(folder);
  } catch (cause) {
    throw cause instanceof AppError ? cause : cannotWrite(folder, cause);
  }
}

function cannotWrite(folder: string, cause: unknown): AppError {
  return new AppError(
    'unavailable',
    `The folder ${folder} cannot be written. Check its rights and the free space, or choose another one with DATA_DIR.`,
    { code: 'data-folder.cannot-write', cause },
  );
}
