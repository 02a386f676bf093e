import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { FetchFile } from '../verification/tools.ts';

/** Where a log is read from: a server, or a folder with the same paths, as a mirror or a backup is. */

/** A server that takes longer for one file is not answering. */
const ANSWER_PATIENCE_MS = 20_000;
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
      try {
        return await getOnce(`${prefix}/${path}`, bytesMax, signal);
      } catch (error) {
        const mayPass = !(error instanceof RangeError) && signal?.aborted !== true;
        if (!mayPass || attempt === TRIES) throw error;
        await pause(PAUSE_MS * attempt);
      }
    }
  };
}

async function getOnce(
  address: string,
  bytesMax: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
  const patience = AbortSignal.timeout(ANSWER_PATIENCE_MS);
  const either = signal === undefined ? patience : AbortSignal.any([signal, patience]);
  let reply: Response;
  try {
    reply = await fetch(address, { signal: either });
  } catch (cause) {
    throw new Error(`${new URL(address).origin} does not answer`, { cause });
  }
  if (reply.ok) return readAtMost(reply, bytesMax);
  await reply.body?.cancel();
  if (reply.status === 404 || reply.status === 410) return undefined;
  throw new Error(`${address} answered ${reply.status}`);
}

/** A hostile server cannot fill the memory: what is longer than it can be is not read to its end. */
async function readAtMost(reply: Response, bytesMax: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of reply.body ?? []) {
    const bytes: Uint8Array = piece;
    length += bytes.length;
    if (length > bytesMax) throw new RangeError(`the answer is longer than ${bytesMax} bytes`);
    pieces.push(bytes);
  }
  return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
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
