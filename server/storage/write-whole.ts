import { randomBytes } from 'node:crypto';
import { open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Writes a file beside its place first, then moves it: a reader, also after a crash, finds the whole file or the one before.
 * Durable when it resolves.
 * @param mode rights of the file, before the process's mask.
 * @throws whatever the file system throws; then the place is as it was.
 */
export async function writeWhole(file: string, bytes: Uint8Array | string, mode = 0o666): Promise<void> {
  const beside = `${file}.${randomBytes(6).toString('hex')}.part`;
  try {
    const handle = await open(beside, 'wx', mode);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, file);
    await syncFolder(dirname(file));
  } catch (cause) {
    await unlink(beside).catch(() => undefined);
    throw cause;
  }
}

/** The new name is durable only when its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
