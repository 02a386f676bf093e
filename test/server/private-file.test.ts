import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makePrivateFile } from '../../server/private-file.ts';

/** Processes that make one file at the same moment, as servers do that are started together. */
const MAKERS = 4;
const run = promisify(execFile);

describe('a private file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'commonwright-private-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is made once, whole, and readable by its owner only', () => {
    const place = join(folder, 'key');
    expect(makePrivateFile(place, 'first')).toBe(true);
    expect(makePrivateFile(place, 'second')).toBe(false);
    expect(readFileSync(place, 'utf8')).toBe('first');
    expect(statSync(place).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['key']);
  });

  it('is the work of one where several processes make it at the same time', async () => {
    const place = join(folder, 'key');
    const module = new URL('../../server/private-file.ts', import.meta.url).href;
    const made = Array.from({ length: MAKERS }, async (_, number) => {
      const program = `
        const { makePrivateFile } = await import(${JSON.stringify(module)});
        while (Date.now() % 1_000 > 20);
        const isOurs = makePrivateFile(${JSON.stringify(place)}, '${number}'.repeat(10_000));
        process.stdout.write(isOurs ? '${number}'.repeat(10_000) : '');`;
      const args = ['--import', 'tsx', '--input-type=module', '-e', program];
      return (await run(process.execPath, args)).stdout;
    });
    const written = (await Promise.all(made)).filter((words) => words !== '');
    expect(written).toEqual([readFileSync(place, 'utf8')]);
  });
});
