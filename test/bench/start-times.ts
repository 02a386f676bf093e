import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startServer } from '../support/start-server.ts';
import type { Figure } from './figures.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const STARTS = 3;

/** A clean clone's `npm ci` with what this machine's npm has cached, and a start with a page that is built already. */
export async function benchStartTimes(): Promise<Figure[]> {
  const clone = mkdtempSync(join(tmpdir(), 'commonwright-clone-'));
  try {
    execFileSync('git', ['clone', '--quiet', root, clone]);
    const begunMs = performance.now();
    execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: clone, stdio: 'ignore' });
    const installSeconds = (performance.now() - begunMs) / 1_000;
    // Once without the clock: it builds the page.
    await (await startServer()).stop();
    const seconds: number[] = [];
    for (let count = 0; count < STARTS; count += 1) seconds.push(await firstPageSeconds());
    return [
      {
        name: 'npm ci on a clean clone',
        value: installSeconds,
        unit: 's',
        bound: { at: 60, side: 'at most' },
        note: 'one run, warm npm cache',
      },
      {
        name: 'npm start → first page',
        value: Math.max(...seconds),
        unit: 's',
        bound: { at: 10, side: 'at most' },
        note: `slowest of ${STARTS} first starts, each with a fresh data folder and the demonstration`,
      },
    ];
  } finally {
    rmSync(clone, { recursive: true, force: true });
  }
}

async function firstPageSeconds(): Promise<number> {
  const begunMs = performance.now();
  const server = await startServer();
  try {
    const page = await fetch(server.url);
    if (!page.ok || !(await page.text()).includes('<script type="module"'))
      throw new Error('the first page is not the page');
    return (performance.now() - begunMs) / 1_000;
  } finally {
    await server.stop();
  }
}
