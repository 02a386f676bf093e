import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { getFile } from '../copies/get-file.ts';
import type { FetchFile } from '../verification/tools.ts';

/** Where a log is read from: a server, or a folder with the same paths, as a mirror or a backup is. */

/** Tries for one file, so that a hiccup does not end a verification of an hour. */
const TRIES = 3;
const PAUSE_MS = 500;

/** Reads `URL/log/…`, or `FOLDER/log/…` or `FOLDER/…`, whichever has a checkpoint. */
export function logSource(place: string): FetchFile {
  if (/^https?:/.test(place)) return fromServer(`${place}/log`);
  return fromFolder(existsSync(join(place, 'log', 'checkpoint')) ? join(place, 'log') : place);
}

function fromServer(prefix: string): FetchFile {
  return async (path, { bytesMax, signal }) => {
    for (let attempt = 1; ; attempt += 1) {
      const got = await getFile(`${prefix}/${path}`, { bytesMax, signal });
      if ('bytes' in got) return got.bytes;
      if (!got.mayPass || attempt === TRIES) throw got.failure;
      await pause(PAUSE_MS * attempt);
    }
  };
}

function fromFolder(folder: string): FetchFile {
  return async (path, { bytesMax }) => {
    try {
      const handle = await open(join(folder, path));
      try {
        const { size } = await handle.stat();
        if (size > bytesMax) throw new RangeError(`the file is longer than ${bytesMax} bytes`);
        const bytes = new Uint8Array(size);
        const { bytesRead } = await handle.read(bytes, 0, size, 0);
        return bytes.subarray(0, bytesRead);
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
        return undefined;
      throw error;
    }
  };
}
