import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createLedger } from '../../../server/ledger/ledger.ts';
import { loadLogKeys } from '../../../server/ledger/log-keys.ts';
import { openSqliteStorage } from '../../../server/storage/sqlite-storage.ts';
import { verifyLog } from '../../support/verify-whole-log.ts';
import { counted, countingFold } from './counting-fold.ts';

const KILLS = 8;
const program = fileURLToPath(new URL('appending-process.ts', import.meta.url));

/** Runs the appender until it has acknowledged so many entries, kills it, and gives the acknowledged ids. */
function appendUntilKilled(folder: string, acknowledged: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', program, folder]);
    let output = '';
    let faults = '';
    child.stdout.on('data', (text) => {
      output += text;
      if (output.split('\n').length > acknowledged) child.kill('SIGKILL');
    });
    child.stderr.on('data', (text) => {
      faults += text;
    });
    child.on('close', (_code, signal) => {
      if (signal !== 'SIGKILL') reject(new Error(`the appender ended by itself: ${faults}`));
      // The last line may be cut off.
      else resolve(output.split('\n').slice(0, -1));
    });
  });
}

describe('a ledger whose process is killed with kill -9', () => {
  it('has every acknowledged entry exactly once, whole commands only, and verifies', {
    timeout: 120_000,
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'commonwright-killed-'));
    const acknowledged: string[] = [];
    for (let kill = 0; kill < KILLS; kill += 1)
      acknowledged.push(...(await appendUntilKilled(folder, 20 + 150 * kill)));

    const ledger = await createLedger({
      storage: await openSqliteStorage(join(folder, 'ledger.sqlite')),
      fold: countingFold,
      keys: loadLogKeys(join(folder, 'private')),
      origin: 'test.example/killed',
      nowMs: Date.now,
      newId: randomUUID,
    });
    const entries = await ledger.entries(0, ledger.size());
    const ids = new Set(entries.map(({ body }) => body.id));
    expect(acknowledged.length).toBeGreaterThan(KILLS * 20);
    expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
    expect(ids.size).toBe(entries.length);
    expect(entries.length % 2).toBe(0);
    expect(ledger.state()).toEqual(counted(entries));
    const { verifierKey } = await ledger.head();
    const verdict = await verifyLog(async (path) => (await ledger.logFile(path))?.bytes, verifierKey);
    expect(verdict).toMatchObject({ verified: true, size: entries.length });
    expect(statSync(join(folder, 'private', 'checkpoint-key.pem')).mode & 0o777).toBe(0o600);
    await ledger.close();
    rmSync(folder, { recursive: true });
  });
});
