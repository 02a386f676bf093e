import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logSource } from '../../server/commands/log-source.ts';
import { GOLDEN_SIZE, goldenLog } from '../support/golden-log.ts';
import { logPaths, writeLogFolder } from '../support/log-folder.ts';
import { verifyLog } from '../support/verify-whole-log.ts';

/**
 * What every release must write for the same entries. Where this changes, mirrors, receipts and signatures that people
 * hold are worth nothing any more.
 */
const GOLDEN = {
  root: 'fcCr5oAPoGoIhp3HPN6qO/zOEgBpPgnrveoUkxI3fZY=',
  verifierKey: 'golden.example/log+f375c932+Aal/DqTLv6/zrx1tFJsnFmO6qCY41yjaBaDvpNvHFljs',
};

const program = fileURLToPath(new URL('verify_tlog.py', import.meta.url));
const hasPython = spawnSync('python3', ['--version']).status === 0;
const home = mkdtempSync(join(tmpdir(), 'commonwright-golden-'));
const folder = join(home, 'log');
const olderFile = join(home, 'older-checkpoint');

beforeAll(async () => {
  const ledger = await goldenLog(600);
  writeFileSync(olderFile, (await ledger.head()).checkpoint);
  await ledger.close();
  const whole = await goldenLog();
  const { size, root, verifierKey } = await whole.head();
  await writeLogFolder(folder, size, async (path) => (await whole.logFile(path))?.bytes);
  await whole.close();
  expect({ root, verifierKey }).toEqual(GOLDEN);
});
afterAll(() => rmSync(home, { recursive: true }));

/** What the other program says of a folder. */
function judge(
  log: string,
  key = GOLDEN.verifierKey,
  older: string[] = [],
): { code: number | null; says: string } {
  const { status, stdout, stderr } = spawnSync('python3', [program, log, key, ...older], {
    encoding: 'utf8',
  });
  return { code: status, says: stdout + stderr };
}

/** A copy of the log with one file changed, or taken away where nothing is left of it. */
function damagedCopy(path: string, change: (bytes: Buffer) => Buffer | undefined): string {
  const copy = join(home, 'damaged');
  rmSync(copy, { recursive: true, force: true });
  cpSync(folder, copy, { recursive: true });
  const changed = change(readFileSync(join(copy, path)));
  if (changed === undefined) rmSync(join(copy, path));
  else writeFileSync(join(copy, path), changed);
  return copy;
}

const flipAt = (share: number) => (bytes: Buffer) => {
  const at = Math.floor(bytes.length * share);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes;
};

describe('the golden log', () => {
  it('has the bytes of every release: its root and its key never change, and it verifies', async () => {
    const verdict = await verifyLog(logSource(folder), GOLDEN.verifierKey);
    expect(verdict).toMatchObject({ verified: true, size: GOLDEN_SIZE });
  });

  it('is caught by our verifier with one bit changed in any of its files', async () => {
    for (const path of logPaths(GOLDEN_SIZE).filter((one) => one !== 'policy'))
      for (const share of [0, 0.99]) {
        const copy = damagedCopy(path, flipAt(share));
        expect({ path, share, ...(await verifyLog(logSource(copy), GOLDEN.verifierKey)) }).toMatchObject({
          verified: false,
        });
      }
  });
});

/** Found, and not stumbled over. */
const found = { code: 1, says: expect.stringMatching(/^bad: /) };

describe.skipIf(!hasPython)('a program in another language, written from the specifications alone', () => {
  it('verifies a log of this server: signature, entries, tiles, root, inclusion and consistency', () => {
    expect(judge(folder)).toEqual({ code: 0, says: `good: ${GOLDEN_SIZE} entries, root ${GOLDEN.root}\n` });
    expect(judge(folder, GOLDEN.verifierKey, [olderFile])).toMatchObject({ code: 0 });
  });

  it('finds one bit changed in each file, and a file that is not there', () => {
    for (const path of logPaths(GOLDEN_SIZE).filter((one) => one !== 'policy')) {
      expect({ path, ...judge(damagedCopy(path, flipAt(0.5))) }).toMatchObject({ path, ...found });
      expect({ path, ...judge(damagedCopy(path, () => undefined)) }).toMatchObject({ path, ...found });
    }
    expect(judge(damagedCopy('tile/entries/001', (bytes) => bytes.subarray(0, -1)))).toMatchObject(found);
  });

  it('refuses another key, and an older checkpoint of another history', () => {
    const wrong = GOLDEN.verifierKey.replace('golden', 'silver');
    expect(judge(folder, wrong)).toMatchObject(found);
    const forged = join(home, 'forged-checkpoint');
    writeFileSync(forged, readFileSync(olderFile, 'utf8').replace('\n600\n', '\n601\n'));
    expect(judge(folder, GOLDEN.verifierKey, [forged])).toMatchObject(found);
  });
});
