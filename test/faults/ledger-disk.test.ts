import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Receipt } from '../../server/ledger/command.ts';
import { loadLogKeys } from '../../server/ledger/log-keys.ts';
import { openSqliteStorage } from '../../server/storage/sqlite-storage.ts';
import { openTestLedger, testDraft } from '../server/ledger/open-test-ledger.ts';
import { readTrace, STRACE_OPTIONS } from '../support/killed-writers/read-trace.ts';
import { bundleWriter } from '../support/killed-writers/writer-bundle.ts';

const ACKNOWLEDGED_MIN = 100;
const SMALL_DISK_BYTES = 2 * 2 ** 20;

/** Runs a program that the test needs. Why it does not run here; undefined where it does. */
function faultOf(program: string, args: readonly string[]): string | undefined {
  try {
    execFileSync(program, args, { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.split('\n')[0] : String(error);
  }
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'commonwright-disk-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tracer = 'strace';
const noTrace = faultOf(tracer, ['-f', '-e', 'trace=fsync', 'true']);
if (noTrace !== undefined)
  console.warn(`strace does not run here (${noTrace}; apt-get install strace): its test is left out.`);

describe.skipIf(noTrace !== undefined)('a ledger on a SQLite file, as the kernel sees it', () => {
  it('acknowledges a command only when an fsync of what it wrote has come back', async () => {
    const { program, remove } = await bundleWriter();
    const keys = join(folder, 'private');
    loadLogKeys(keys);
    const output = join(folder, 'trace');
    const command = [process.execPath, program, join(folder, 'traced.sqlite'), keys];
    const child = spawn(tracer, [...STRACE_OPTIONS, '-o', output, ...command]);
    const ended = new Promise((resolve) => child.on('close', resolve));
    // One command a commit.
    child.stdin.write(`${JSON.stringify({ life: 1, repeats: [], loops: 1, pauseMs: 4 })}\n`);
    let said = '';
    child.stdout.on('data', (text) => {
      said += text;
      // The writer ends when nobody speaks to it any more.
      if (said.split('\n! ').length > ACKNOWLEDGED_MIN) child.stdin.end();
    });
    await ended;
    remove();
    const { acknowledged, early, syncs } = readTrace(readFileSync(output, 'utf8'));
    expect(acknowledged.length).toBeGreaterThanOrEqual(ACKNOWLEDGED_MIN);
    expect(early).toEqual([]);
    expect(syncs).toBeGreaterThanOrEqual(acknowledged.length);
  });
});

const disk = mkdtempSync(join(tmpdir(), 'commonwright-small-disk-'));
const noDisk = faultOf('mount', ['-t', 'tmpfs', '-o', `size=${SMALL_DISK_BYTES}`, 'tmpfs', disk]);
if (noDisk !== undefined)
  console.warn(`no small disk can be mounted here (${noDisk}; it takes root): its test is left out.`);
afterAll(() => {
  if (noDisk === undefined) faultOf('umount', [disk]);
  rmSync(disk, { recursive: true });
});

describe.skipIf(noDisk !== undefined)('a ledger on a disk that becomes full', () => {
  it('refuses with a sentence, keeps what it acknowledged, and goes on when there is room and it is started again', async () => {
    mkdirSync(join(disk, 'data'));
    const file = join(disk, 'data', 'ledger.sqlite');
    const other = join(disk, 'other');
    writeFileSync(other, new Uint8Array(SMALL_DISK_BYTES / 2));
    const stopped: unknown[] = [];
    const ledger = await openTestLedger(await openSqliteStorage(file), {
      onStopped: (error) => stopped.push(error),
    });
    const receipts: Receipt[] = [];
    const append = () => ledger.submit(() => [testDraft(undefined, 'job/1', { words: 'w'.repeat(4_000) })]);
    const fill = async () => {
      for (;;) receipts.push(await append());
    };
    await expect(fill()).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(/disk/),
    });
    expect(stopped).toHaveLength(1);
    expect(receipts.length).toBeGreaterThan(20);
    // Nobody knows what the disk holds now, so nothing more is tried.
    rmSync(other);
    await expect(append()).rejects.toMatchObject({ code: 'ledger.stopped' });
    await ledger.close();

    const again = await openTestLedger(await openSqliteStorage(file));
    await again.scrubbed();
    const kept = await again.entries(0, again.size());
    const acknowledged = receipts.flatMap(({ entries }) => entries.map(({ body }) => body.id));
    expect(kept.slice(0, acknowledged.length).map(({ body }) => body.id)).toEqual(acknowledged);
    expect((await again.submit(() => [testDraft()])).entries).toHaveLength(1);
    expect((await again.published()).size).toBe(again.size());
    await again.close();
  });
});
