import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { AppError } from '../errors.ts';
import { takeLockWhenFree } from './file-lock.ts';

/** What the built page is made of, besides `web/` itself. */
const OTHER_SOURCES = [
  ...['server/contract', 'server/verification', 'server/commons', 'server/errors.ts'],
  'package-lock.json',
];

/** Beside the build, which the builder empties. */
const LOCK_FILE = 'dist.lock';

/**
 * Builds the page with Vite where its sources are newer than the build, and says so; otherwise does nothing.
 */
export async function buildPageWhenStale(root: string, say: (sentence: string) => void): Promise<void> {
  const web = join(root, 'web');
  const built = join(web, 'dist', 'index.html');
  if (!existsSync(join(web, 'index.html'))) {
    if (existsSync(built)) return;
    throw new AppError(
      'unavailable',
      `There is no page to build in ${web}. Is this a whole copy of Commonwright?`,
    );
  }
  const isFresh = () => existsSync(built) && newestChangeMs(root) <= statSync(built).mtimeMs;
  if (isFresh()) return;
  // Of several servers that are started at once one builds, and the others wait for its page.
  const lock = await takeLockWhenFree(join(web, LOCK_FILE)).catch((cause) => {
    throw cannotBuild(cause);
  });
  try {
    if (!isFresh()) await build(web, say);
  } finally {
    lock.release();
  }
}

async function build(web: string, say: (sentence: string) => void): Promise<void> {
  say('Building the page, since its sources are newer than the last build (once, some seconds) …');
  try {
    await buildInThread({ root: web, logLevel: 'error' });
  } catch (cause) {
    throw cannotBuild(cause);
  }
}

function cannotBuild(cause: unknown): AppError {
  const words = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
  return new AppError('unavailable', `The page cannot be built: ${words} Run npm run build to see more.`, {
    cause,
  });
}

function buildInThread(options: { root: string; logLevel: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL('./page-build-thread.js', import.meta.url), { workerData: options });
    thread.once('error', reject);
    thread.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error('the builder ended without a page.')),
    );
  });
}

function newestChangeMs(root: string): number {
  const skipped = new Set(['dist', LOCK_FILE].map((name) => join(root, 'web', name)));
  const newest = (path: string): number => {
    if (skipped.has(path)) return 0;
    const info = statSync(path, { throwIfNoEntry: false });
    if (info === undefined) return 0;
    if (!info.isDirectory()) return info.mtimeMs;
    return readdirSync(path).reduce((latest, name) => Math.max(latest, newest(join(path, name))), 0);
  };
  return Math.max(newest(join(root, 'web')), ...OTHER_SOURCES.map((path) => newest(join(root, path))));
}
