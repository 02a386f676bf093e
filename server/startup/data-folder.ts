import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { AppError } from '../errors.ts';
import { type FileLock, takeLock } from './file-lock.ts';

const LOCK_FILE = 'server.lock';

/** The one folder in which everything is kept, held by one server, or by several that say so. */
export interface DataFolder {
  readonly path: string;
  /** Keys: readable by the server's own user only. */
  readonly privatePath: string;
  readonly isNew: boolean;
  release(): void;
}

export interface DataFolderWish {
  path: string;
  /** Where the keys are, when not in `private` inside of it. */
  privatePath?: string | undefined;
  /** Servers with a common broker may work on one folder; one with a broker of its own has it alone. */
  isShared?: boolean;
}

/** Makes sure that the folder can be written and takes its lock. */
export function takeDataFolder(wish: DataFolderWish): DataFolder {
  const path = resolve(wish.path);
  const isNew = !existsSync(path);
  makeWritable(path);
  const { release } = lock(path, wish.isShared === true);
  const privatePath = resolve(wish.privatePath ?? join(path, 'private'));
  if (!existsSync(privatePath)) mkdirSync(privatePath, { recursive: true, mode: 0o700 });
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
  try {
    mkdirSync(path);
  } catch (cause) {
    // Another server was faster.
    if (!existsSync(path) || !statSync(path).isDirectory()) throw cause;
  }
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

function lock(path: string, isShared: boolean): FileLock {
  const place = join(path, LOCK_FILE);
  try {
    const taken = takeLock(place, isShared ? 'shared' : 'alone');
    if (taken !== undefined) return taken;
    throw inUse(path, isShared, isHeldTogether(place));
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new AppError(
      'unavailable',
      `The data folder ${path} cannot be written (${words}). Set DATA_DIR to a folder that can be written.`,
      { code: 'data-folder.not-writable', cause },
    );
  }
}

/** Whether those who hold the lock would let one more in that shares it. */
function isHeldTogether(place: string): boolean {
  const probe = takeLock(place, 'shared');
  probe?.release();
  return probe !== undefined;
}

function inUse(path: string, isShared: boolean, isHeldTogether: boolean): AppError {
  const who =
    isShared || !isHeldTogether
      ? `Another server already works on the data folder ${path}${isShared ? ', with a broker of its own' : ''}.`
      : `Other servers already share the data folder ${path}.`;
  return new AppError(
    'conflict',
    `${who} Stop it, or set DATA_DIR to another folder. ` +
      'To run several servers on it, give all of them the same MQTT_URL.',
    { code: 'data-folder.in-use' },
  );
}
