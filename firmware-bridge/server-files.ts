import { setTimeout as sleep } from 'node:timers/promises';
import { BLOB_BYTES_MAX, Problem } from '#contract/http.ts';
import type { JobFile } from '#contract/manufacturing.ts';
import { type FileStore, hashOf } from './file-store.ts';

/** The coordinator's web address may be starting: patience, growing to half a minute, as long as the lease lives. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;
const PAUSE_GROWTH = 2;
/** A file that arrives damaged three times is damaged where it lies. */
const DAMAGED_MAX = 3;

/** The file cannot be had, and trying again would not help. */
export class FileRefused extends Error {
  constructor(sentence: string) {
    super(sentence);
    this.name = 'FileRefused';
  }
}

export type ServerFiles = {
  /** Fetches a job's file, checks length and hash, keeps it. Rejects with `FileRefused`, or with the signal's reason. */
  fetch: (path: string, file: JobFile, signal: AbortSignal) => Promise<Buffer>;
  /** Hands a prepared program over to the coordinator, where it is not there yet. */
  upload: (hash: string, bytes: Uint8Array, signal: AbortSignal) => Promise<void>;
};

/** HTTP to the coordinator, with the bridge key. `server` is its origin, e.g. `http://127.0.0.1:8080`. */
export function openServerFiles(
  server: string,
  key: string,
  store: FileStore,
  log: (sentence: string) => void,
): ServerFiles {
  const headers = { authorization: `Bearer ${key}` };
  return {
    fetch: async (path, file, signal) => {
      const kept = await store.read(file.hash);
      if (kept !== undefined) return kept;
      const url = new URL(path, server);
      if (url.origin !== new URL(server).origin)
        throw new FileRefused(`The job's file lies at ${url.origin}, not on this lab's server: not fetched.`);
      for (let damaged = 0; damaged < DAMAGED_MAX; damaged += 1) {
        const bytes = await patiently(signal, log, () => download(url, file, headers, signal));
        if (bytes !== undefined && hashOf(bytes) === file.hash) {
          await store.write(bytes);
          return bytes;
        }
      }
      throw new FileRefused(
        `The job's file arrived damaged ${DAMAGED_MAX} times: its SHA-256 is not ${file.hash}.`,
      );
    },
    upload: async (hash, bytes, signal) => {
      const url = new URL(`/api/blobs/${hash}`, server);
      await patiently(signal, log, async () => {
        const there = await fetch(url, { method: 'HEAD', headers, signal });
        if (there.ok) return;
        const type = { 'content-type': 'application/octet-stream' };
        const reply = await fetch(url, {
          method: 'PUT',
          headers: { ...headers, ...type },
          body: Uint8Array.from(bytes),
          signal,
        });
        if (!reply.ok) throw await failureOf(reply, 'The server does not take the program');
        await reply.body?.cancel();
      });
    },
  };
}

async function download(
  url: URL,
  file: JobFile,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  if (file.bytes > BLOB_BYTES_MAX)
    throw new FileRefused(`The job's file has ${file.bytes} bytes: too large.`);
  const reply = await fetch(url, { headers, signal });
  if (!reply.ok || reply.body === null) {
    throw await failureOf(reply, "The job's file cannot be fetched");
  }
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of reply.body) {
    length += piece.length;
    // Longer than announced is damaged already; reading on could go on for ever.
    if (length > file.bytes) return undefined;
    pieces.push(piece);
  }
  return length === file.bytes ? Buffer.concat(pieces) : undefined;
}

/** Client errors are final; a server error or no answer may pass. */
async function failureOf(reply: Response, what: string): Promise<Error> {
  const isFinal = reply.status >= 400 && reply.status < 500 && reply.status !== 408 && reply.status !== 429;
  const problem = Problem.pick({ detail: true }).safeParse(await reply.json().catch(() => undefined));
  const sentence = `${what}: ${problem.success ? problem.data.detail : `HTTP ${reply.status}.`}`;
  return isFinal ? new FileRefused(sentence) : new Error(sentence);
}

async function patiently<Result>(
  signal: AbortSignal,
  log: (sentence: string) => void,
  attempt: () => Promise<Result>,
): Promise<Result> {
  let hasComplained = false;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * PAUSE_GROWTH, LONGEST_PAUSE_MS)) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (cause) {
      if (cause instanceof FileRefused || signal.aborted) throw cause;
      if (!hasComplained)
        log(`The server does not answer (${causeOf(cause)}). Trying again until the lease ends.`);
      hasComplained = true;
      await sleep(pauseMs, undefined, { signal });
    }
  }
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || error.message : error.message;
}
