import { describe, expect, it } from 'vitest';
import { fromUtf8, utf8 } from '#contract/bytes.ts';
import { formatVerifierKey } from '#contract/signed-note.ts';
import { nodeVerifierTools } from '../../../server/commands/verifier-tools.ts';
import { Verification, type VerifyOptions } from '../../../server/verification/verify-log.ts';
import { testSigner } from '../../support/note-signer.ts';
import { bodyAt, type Files, filesOf, flip, honestLeaves, leavesOf, logKey, policy } from './built-log.ts';

const tools = nodeVerifierTools;
const leaves = honestLeaves(1_030);
const noteOf = (files: Files) => fromUtf8(files.get('checkpoint') ?? new Uint8Array());
const at = (size: number) => filesOf(leaves.slice(0, size));
const other = leavesOf(
  Array.from({ length: 700 }, (_, index) => ({ body: bodyAt(index === 300 ? 999 : index) })),
);

/** A log whose files change under a running verification. */
function follow(first: Files, options: Partial<VerifyOptions> = {}) {
  let files = first;
  const asked: string[] = [];
  const heard: number[] = [];
  const verification = new Verification({
    fetchFile: async (path) => {
      asked.push(path);
      return files.get(path)?.slice();
    },
    tools,
    policy,
    judge: ({ index }) => {
      heard.push(index);
      return undefined;
    },
    ...options,
  });
  return {
    verification,
    heard,
    /** What was read since the last time. */
    asked: () => asked.splice(0),
    becomes(next: Files) {
      files = next;
      return verification.advance();
    },
  };
}

describe('a verification that goes on as the log grows', () => {
  it('reaches every size around a tile from every other, and hears each entry once', async () => {
    const sizes = [0, 1, 2, 255, 256, 257, 511, 512, 513, 700, 767, 768, 769, 1_030];
    for (const start of [0, 1, 200, 256, 300]) {
      const log = follow(at(start));
      for (const size of sizes.filter((next) => next >= start))
        expect(await log.becomes(at(size))).toMatchObject({
          verified: true,
          checkpoint: { size },
          signatures: size,
        });
      expect(log.heard).toEqual(leaves.map((_, index) => index));
    }
  });

  it('reads only the tiles that have something new', async () => {
    const log = follow(at(700));
    await log.verification.advance();
    log.asked();
    await log.becomes(at(710));
    const tiles = ['tile/0/002.p/198', 'tile/1/000.p/2'];
    expect(new Set(log.asked())).toEqual(new Set(['checkpoint', 'tile/entries/002.p/198', ...tiles]));
    await log.becomes(at(710));
    expect(log.asked()).toEqual(['checkpoint', 'tile/1/000.p/2']);
  });

  it('finds a log that goes on with another history, and keeps both signed checkpoints', async () => {
    for (const size of [310, 512, 690]) {
      const log = follow(at(size));
      await log.verification.advance();
      const forked = filesOf(other);
      expect(await log.becomes(forked)).toMatchObject({
        fault: 'fork',
        evidence: { older: noteOf(at(size)), newer: noteOf(forked) },
      });
    }
  });

  it('finds another history of the same length, a step back, and an old checkpoint', async () => {
    const log = follow(at(700));
    await log.verification.advance();
    expect(await log.becomes(filesOf(other))).toMatchObject({ fault: 'fork' });
    expect(await log.becomes(at(300))).toMatchObject({ fault: 'rollback' });
    const stale = new Map([...at(300), ...at(700)]).set('checkpoint', utf8(noteOf(at(300))));
    expect(await log.becomes(stale)).toMatchObject({ fault: 'stale' });
    expect(log.verification.canAdvance).toBe(true);
    expect(await log.becomes(at(800))).toMatchObject({ verified: true, signatures: 800 });
  });

  it('finds what is wrong with new entries, by their index', async () => {
    const parts = Array.from({ length: 300 }, (_, index) => ({ body: bodyAt(index) }));
    const bad = parts.map((part, index) => (index === 280 ? { ...part, log: { rev: 9 } } : part));
    const log = follow(filesOf(leavesOf(parts).slice(0, 270)));
    await log.verification.advance();
    expect(await log.becomes(filesOf(leavesOf(bad)))).toMatchObject({ fault: 'broken-chain', index: 280 });
    expect(log.verification.canAdvance).toBe(false);
    await expect(log.verification.advance()).rejects.toThrow('begin a new one');
  });

  it('finds an entry that is changed behind its back in a tile that grows', async () => {
    const log = follow(at(270));
    await log.verification.advance();
    const grown = at(300);
    const path = 'tile/entries/001.p/44';
    grown.set(path, flip(20)(Uint8Array.from(grown.get(path) ?? [])));
    expect(await log.becomes(grown)).toMatchObject({ fault: 'changed-entry', index: 256 });
  });

  it('goes on when the server was away between two advances', async () => {
    const log = follow(at(700));
    await log.verification.advance();
    expect(await log.becomes(new Map())).toMatchObject({ fault: 'missing' });
    expect(log.verification.canAdvance).toBe(true);
    expect(await log.becomes(at(1_030))).toMatchObject({ verified: true, checkpoint: { size: 1_030 } });
  });
});

describe('a log whose key is known, and its witnesses by its own word', () => {
  const withPolicy = (files: Files, key = logKey) =>
    new Map(files).set('policy', utf8(`log ${formatVerifierKey(tools.sha256, key)}\nquorum none\n`));

  it('is checked against that key, whatever key it names itself', async () => {
    const own = { policy: undefined, logKey };
    expect(await follow(withPolicy(at(5)), own).verification.advance()).toMatchObject({
      verified: true,
      trust: 'given',
      key: { name: logKey.name },
    });
    const impostor = { ...testSigner('impostor'), name: logKey.name };
    const files = withPolicy(filesOf(leaves.slice(0, 5), impostor), impostor);
    expect(await follow(files, { policy: undefined }).verification.advance()).toMatchObject({ trust: 'own' });
    expect(await follow(files, own).verification.advance()).toMatchObject({ fault: 'bad-signature' });
  });
});
