import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import { AppError } from '../errors.ts';

/** The one folder in which everything is kept, held by one server at a time. */
export interface DataFolder {
  readonly path: string;
  /** Keys: readable by the server's own user only. */
  readonly privatePath: string;
  readonly isNew: boolean;
  release(): void;
}

/**
 * Makes sure that the folder can be written and takes its lock. The lock is SQLite's own exclusive file lock, which
 * the operating system drops with the process: after `kill -9` nothing has to be cleaned up.
 */
export function takeDataFolder(wish: string): DataFolder {
  const path = resolve(wish);
  const isNew = !existsSync(path);
  makeWritable(path);
  const release = lock(path);
  const privatePath = join(path, 'private');
  if (!existsSync(privatePath)) mkdirSync(privatePath, { mode: 0o700 });
  return { path, privatePath, isNew, release };
}

function makeWritable(path: string): void {
  try {
    makeFolder(path);
    if (!statSync(path).isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new AppError('unavailable', whyNotWritable(path, cause), {
      code: 'data-folder.not-writable',
      cause,
    });
  }
}

/** Not `recursive: true`: Node 20 never returns from it on file systems that answer ENOENT to every mkdir, like /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  mkdirSync(path);
}

function whyNotWritable(path: string, cause: unknown): string {
  const advice = 'Set DATA_DIR to a folder that can be written.';
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'EEXIST' || code === 'ENOTDIR') {
    const file = firstFileOnTheWay(path);
    return `The data folder ${path} cannot be made: ${file} is a file, not a folder. ${advice}`;
  }
  if (code === 'EACCES' || code === 'EPERM')
    return `The data folder ${path} cannot be written by this user. ${advice}`;
  if (code === 'EROFS') return `The data folder ${path} lies on a read-only disk. ${advice}`;
  if (code === 'ENOSPC') return `The data folder ${path} cannot be made: the disk is full.`;
  return `The data folder ${path} cannot be used (${String(code ?? 'unknown reason')}). ${advice}`;
}

function firstFileOnTheWay(path: string): string {
  for (let place = path; ; place = dirname(place)) {
    if (existsSync(place) || dirname(place) === place) return place;
  }
}

function lock(path: string): () => void {
  const place = join(path, 'server.lock');
  let database: DatabaseSyncInstance | undefined;
  try {
    database = new DatabaseSync(place);
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;');
    const held = database;
    return () => held.close();
  } catch (cause) {
    database?.close();
    const words = cause instanceof Error ? cause.message : String(cause);
    if (/locked|busy/i.test(words))
      throw new AppError(
        'conflict',
        `Another server already works on the data folder ${path}. Stop it, or set DATA_DIR to another folder.`,
        { code: 'data-folder.in-use', cause },
      );
    throw new AppError(
      'unavailable',
      `The data folder ${path} cannot be written (${words}). Set DATA_DIR to a folder that can be written.`,
      { code: 'data-folder.not-writable', cause },
    );
  }
}
