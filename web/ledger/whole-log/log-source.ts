import type { FetchFile } from '../../../server/verification/tools.ts';

/** The only place of the worker that talks to the server: plain GETs of the public log, as any mirror makes them. */

/** A server that takes longer for one file is not answering. */
const ANSWER_PATIENCE_MS = 20_000;
/** Tries for one file: a hiccup, or a server that starts again, does not end the check of a long ledger. */
const TRIES = 3;
const PAUSE_MS = 700;

/** @param prefix address of the log's files, e.g. `/log/` */
export function logSource(prefix: string): FetchFile {
  return async (path, { bytesMax }) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await getOnce(prefix + path, bytesMax);
      } catch (error) {
        if (error instanceof RangeError || attempt === TRIES) throw error;
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * attempt));
      }
    }
  };
}

async function getOnce(address: string, bytesMax: number): Promise<Uint8Array | undefined> {
  const signal = AbortSignal.timeout(ANSWER_PATIENCE_MS);
  // What the browser kept from before would say nothing about what the server shows now.
  const reply = await fetch(address, { signal, cache: 'no-store' });
  if (reply.ok) return readAtMost(reply, bytesMax);
  await reply.body?.cancel();
  if (reply.status === 404 || reply.status === 410) return undefined;
  throw new Error(`the server answered ${reply.status}`);
}

/** A hostile server cannot fill the memory: what is longer than it can be is not read to its end. */
async function readAtMost(reply: Response, bytesMax: number): Promise<Uint8Array> {
  const reader = reply.body?.getReader();
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const piece = await reader?.read();
    if (piece === undefined || piece.done) break;
    pieces.push(piece.value);
    length += piece.value.length;
    if (length <= bytesMax) continue;
    await reader?.cancel();
    throw new RangeError(`the answer is longer than ${bytesMax} bytes`);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
