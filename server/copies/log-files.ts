import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BLOB_BYTES_MAX } from '#contract/http.ts';
import { AppError } from '../errors.ts';
import { makeFolder } from '../storage/blobs.ts';
import { writeWhole } from '../storage/write-whole.ts';
import { getFile } from './get-file.ts';

/** Gets a file by its path under a prefix; undefined where there is none. */
export type ReadFile = (path: string) => Promise<Uint8Array | undefined>;

/** Says how far long work has come. */
export type ShowProgress = (phase: string, done: number, total: number) => void;

/** Tries for one file; the pauses between them add up to about 15 s. */
const TRIES = 5;
const FIRST_PAUSE_MS = 1_000;

/** What a web address is read with; tests give their own. */
export interface Web {
  readonly fetch: typeof fetch;
  /** Resolves after so many milliseconds. */
  readonly pause: (ms: number) => Promise<void>;
}

export const theWeb: Web = {
  fetch: (...request) => fetch(...request),
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/**
 * Reads files under a web address. What fails for the moment is tried again, each time after twice the pause.
 * @throws AppError `unavailable` where the server does not answer or answers with an error.
 */
export function filesOnTheWeb(url: string, web: Web = theWeb): ReadFile {
  return async (path) => {
    let failure: unknown;
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      if (attempt > 0) await web.pause(FIRST_PAUSE_MS * 2 ** (attempt - 1));
      // No file of a log, and no design's file, is larger.
      const answer = await getFile(`${url}/${path}`, { fetch: web.fetch, bytesMax: BLOB_BYTES_MAX });
      if ('bytes' in answer) return answer.bytes;
      failure = answer.failure;
      if (!answer.mayPass) break;
    }
    throw new AppError('unavailable', `${url}/${path} cannot be read: ${wordsOf(failure)}.`, {
      code: 'copy.cannot-read',
      cause: failure,
    });
  };
}

/** Where a folder keeps the published log: as a mirror does, under `log/`, or in the folder itself. */
export function logFolderOf(folder: string): string {
  return existsSync(join(folder, 'log', 'checkpoint')) ? join(folder, 'log') : folder;
}

export function filesOfFolder(folder: string): ReadFile {
  return async (path) => {
    try {
      return new Uint8Array(await readFile(join(folder, path)));
    } catch (error) {
      if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
        return undefined;
      throw new AppError('unavailable', `${join(folder, path)} cannot be read: ${wordsOf(error)}.`, {
        code: 'copy.cannot-read',
        cause: error,
      });
    }
  };
}

/** @throws AppError `copy.cannot-write` naming the file. */
export async function writeFileWhole(file: string, bytes: Uint8Array | string, mode = 0o644): Promise<void> {
  try {
    makeFolder(dirname(file));
    await writeWhole(file, bytes, mode);
  } catch (cause) {
    throw new AppError('unavailable', `${file} cannot be written: ${wordsOf(cause)}.`, {
      code: 'copy.cannot-write',
      cause,
    });
  }
}

/** Does work for each number from 0 on, so many at a time. The first failure ends it. */
export async function inParallel(
  count: number,
  atOnce: number,
  work: (number: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  let hasFailed = false;
  const worker = async () => {
    while (next < count && !hasFailed) {
      const number = next;
      next += 1;
      await work(number);
    }
  };
  const workers = Array.from({ length: Math.min(atOnce, count) }, () =>
    worker().catch((error: unknown) => {
      hasFailed = true;
      throw error;
    }),
  );
  const results = await Promise.allSettled(workers);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
