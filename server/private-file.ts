import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  linkSync,
  openSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

const ONLY_OWNER = 0o600;
const RIGHTS_OF_OTHERS = 0o077;
/** What a file system says that knows no second name for a file; copying is exclusive there too, though not in one step. */
const WITHOUT_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/**
 * Makes a file that only its owner may read, whole or not at all: it is written beside, synced, and then given its name,
 * which works once. Two processes may do so at the same time, and both read the same afterwards.
 * @returns false where the file was there already, and keeps its content.
 */
export function makePrivateFile(place: string, text: string): boolean {
  const beside = `${place}.${randomBytes(6).toString('hex')}.new`;
  const file = openSync(beside, 'wx', ONLY_OWNER);
  try {
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    giveName(beside, place);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return false;
    throw cause;
  } finally {
    unlinkSync(beside);
  }
  syncFolder(dirname(place));
  return true;
}

function giveName(beside: string, place: string): void {
  try {
    linkSync(beside, place);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    if (!WITHOUT_LINKS.has(code)) throw cause;
    copyFileSync(beside, place, constants.COPYFILE_EXCL);
  }
}

/** Takes rights away that others have; a place where nobody may change rights stays as it is when they are right. */
export function keepPrivate(place: string, mode = ONLY_OWNER): void {
  if ((statSync(place).mode & RIGHTS_OF_OTHERS) !== 0) chmodSync(place, mode);
}

/** The new name is durable only when its folder is. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
