import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromUtf8 } from '#contract/bytes.ts';
import { formatVerifierKey } from '#contract/signed-note.ts';
import { formatPolicy } from '#contract/tlog-policy.ts';
import { runVerify, type VerifyWish, verifyFromOutside } from '../../../server/commands/verify.ts';
import { openCommonsLedger } from '../../../server/community/commons-ledger.ts';
import { foundHouse } from '../../../server/community/founding.ts';
import { newLogKeys } from '../../../server/ledger/log-keys.ts';
import { newId } from '../../../server/ledger/new-id.ts';
import { sha256 } from '../../../server/ledger/node-crypto.ts';
import { createMemoryStorage } from '../../../server/storage/memory-storage.ts';
import { writeLogFolder } from '../../support/log-folder.ts';
import { bodyAt, type Files, filesOf, leavesOf, logKey, policy } from '../verification/built-log.ts';

const home = mkdtempSync(join(tmpdir(), 'commonwright-verify-'));
const community = join(home, 'mirror');
let key = '';
let size = 0;

beforeAll(async () => {
  const keys = newLogKeys();
  const ledger = await openCommonsLedger({
    ...{ storage: createMemoryStorage(), keys, nowMs: () => 1_000, newId, onStopped: () => {} },
  });
  await foundHouse(ledger, { community: 'Workshop', localPerson: 'Ada' }, keys);
  const head = await ledger.head();
  [key, size] = [head.verifierKey, head.size];
  await writeLogFolder(join(community, 'log'), size, async (path) => (await ledger.logFile(path))?.bytes);
  await ledger.close();
});
afterAll(() => rmSync(home, { recursive: true }));

/** What the command prints for a log, and the sentence that it ends with where it fails. */
async function verify(wish: VerifyWish, isTTY = false): Promise<{ printed: string; failure: string }> {
  const printed: string[] = [];
  const failure = await runVerify(wish, { isTTY, write: (text: string) => printed.push(text) }).then(
    () => '',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  return { printed: printed.join(''), failure };
}

function folderOf(name: string, files: Files): string {
  for (const [path, bytes] of files) {
    const file = join(home, name, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
  return join(home, name);
}

/** A log of things that the rules do not know. */
const strange = (count: number, words = 'x') =>
  filesOf(
    leavesOf(
      Array.from({ length: count }, (_, at) => ({
        body: { ...bodyAt(at), type: 'dream.dreamt', data: { words: at === 2 ? words : 'x' } },
      })),
    ),
  );
const policyFile = join(home, 'policy');
writeFileSync(policyFile, formatPolicy(sha256, policy));

describe('commonwright verify', () => {
  it('says in a sentence what was verified and against whose word, for a mirror or the folder in it', async () => {
    const own = await verify({ place: community });
    expect(own.failure).toBe('');
    expect(own.printed).toMatch(
      new RegExp(
        `^Verified: ${size} entries of .*mirror, [0-9]+ signatures, root .*the log itself names\\.\n$`,
      ),
    );
    const given = await verify({ place: join(community, 'log'), verifierKey: key, withSignatures: false });
    expect(given.printed).toMatch(/signatures not checked, root .*, against the given key\.\n$/);
    expect(await verifyFromOutside(community, key)).toMatchObject({ size });
  });

  it('shows on a terminal how far it is', async () => {
    expect((await verify({ place: community }, true)).printed).toMatch(/entries █+ 100 %/);
  });

  it('prints one JSON object for programs, with what the rules made of the entries', async () => {
    const { printed } = await verify({ place: community, asJson: true });
    expect(JSON.parse(printed)).toMatchObject({
      ...{ verified: true, size, trust: 'own' },
      audit: { entries: size, faults: 0, unknown: 0 },
    });
  });

  it('ends with the class of the fault and the first bad entry', async () => {
    const copy = join(home, 'changed');
    cpSync(community, copy, { recursive: true });
    const bundle = join(copy, 'log', 'tile', 'entries', '000.p', String(size));
    const bytes = readFileSync(bundle);
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    writeFileSync(bundle, bytes);
    const { printed, failure } = await verify({ place: copy });
    expect([printed, failure]).toEqual([
      '',
      expect.stringMatching(/\(changed-entry\) at entry 0: the entry is/),
    ]);
    const asJson = await verify({ place: copy, asJson: true });
    expect(JSON.parse(asJson.printed)).toMatchObject({ verified: false, fault: 'changed-entry', index: 0 });
    expect(asJson.failure).toBe(failure);
  });

  it('judges what the entries say by the rules of the commons', async () => {
    const place = folderOf('lies', filesOf(leavesOf([{ body: bodyAt(0) }])));
    const { failure } = await verify({ place, policyFile });
    expect(failure).toMatch(/\(broken-rule\) at entry 0: /);
  });

  it('keeps both signed checkpoints where a log has two histories', async () => {
    const sinceFile = join(home, 'kept-checkpoint');
    writeFileSync(sinceFile, strange(5, 'truth').get('checkpoint') ?? '');
    const forked = strange(8, 'lie');
    const { failure } = await verify({ place: folderOf('forked', forked), policyFile, sinceFile });
    expect(failure).toMatch(/\(fork\).*Both checkpoints are kept in .*kept-checkpoint\.fork\.$/);
    expect(readFileSync(`${sinceFile}.fork`, 'utf8')).toBe(
      `${readFileSync(sinceFile, 'utf8')}\n${fromUtf8(forked.get('checkpoint') ?? new Uint8Array())}`,
    );
    const grown = folderOf('grown', strange(8, 'truth'));
    expect((await verify({ place: grown, policyFile, sinceFile })).failure).toBe('');
  });

  it('says which file or key is of no use', async () => {
    const place = community;
    expect((await verify({ place, policyFile: join(home, 'none') })).failure).toMatch(/none cannot be read/);
    writeFileSync(join(home, 'bad-policy'), 'quorum some\n');
    expect((await verify({ place, policyFile: join(home, 'bad-policy') })).failure).toMatch(
      /bad-policy cannot be used: line 1 of the policy/,
    );
    expect((await verify({ place, verifierKey: 'x' })).failure).toMatch(/not a verifier key/);
    const other = formatVerifierKey(sha256, logKey);
    expect((await verify({ place, verifierKey: other })).failure).toMatch(/\(wrong-log\)/);
    expect((await verify({ place: join(home, 'nowhere') })).failure).toMatch(/\(missing\).*no file policy/);
    expect(existsSync(join(home, 'nowhere'))).toBe(false);
  });
});
