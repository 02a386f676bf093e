import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromUtf8, utf8 } from '#contract/bytes.ts';
import { formatCosignature } from '#contract/cosignature.ts';
import { addSignatureLines, parseNote } from '#contract/signed-note.ts';
import { type Policy, policyOfLog } from '#contract/tlog-policy.ts';
import { nodeVerifierTools as tools } from '../../../server/commands/verifier-tools.ts';
import { testSigner } from '../../support/note-signer.ts';
import { bodyAt, filesOf, honestLeaves, leavesOf, logKey, withFile } from './built-log.ts';
import { type LogServer, noteOf, startLogServer } from './log-server.ts';

const SIZE = 700;
const leaves = honestLeaves(SIZE);
const honest = filesOf(leaves);

let server: LogServer;
const verify: LogServer['verify'] = (files, options) => server.verify(files, options);
beforeAll(async () => {
  server = await startLogServer();
});
afterAll(() => server.close());

describe('a log with two histories', () => {
  const other = leavesOf(Array.from({ length: SIZE }, (_, at) => ({ body: bodyAt(at === 300 ? 999 : at) })));

  it('is caught by whoever kept a checkpoint of the first, and both signed checkpoints are the evidence', async () => {
    const since = noteOf(filesOf(leaves.slice(0, 400)));
    const forked = filesOf(other);
    expect(await verify(forked, { since })).toEqual({
      verified: false,
      fault: 'fork',
      reason: expect.stringContaining('400 entries'),
      evidence: { older: since, newer: noteOf(forked) },
    });
    expect(await verify(forked, { since: noteOf(honest) })).toMatchObject({ fault: 'fork' });
    const before = noteOf(filesOf(leaves.slice(0, 300)));
    expect(await verify(forked, { since: before })).toMatchObject({ verified: true });
  });

  it('is caught when it shows one face to one reader and another to the next, as soon as they compare', async () => {
    const faces = [filesOf(leaves), filesOf(other)];
    const notes: string[] = [];
    for (const face of faces) {
      const verdict = await verify(face);
      if (verdict.verified) notes.push(verdict.note);
    }
    expect(notes).toHaveLength(2);
    for (const [at, face] of faces.entries())
      expect(await verify(face, { since: notes[1 - at] })).toMatchObject({ fault: 'fork' });
  });

  it('shows no second face where a witness must have signed: it signs one history only', async () => {
    const witness = testSigner('witness.example');
    const watched: Policy = {
      ...policyOfLog(logKey),
      witnesses: [{ name: 'W', key: witness }],
      quorum: 'W',
    };
    const { text } = parseNote(noteOf(honest));
    const line = formatCosignature(tools.sha256, text, witness, 1_700_000_000, witness.sign);
    const cosigned = new Map(honest).set('checkpoint', utf8(addSignatureLines(noteOf(honest), [line])));
    expect(await verify(cosigned, { policy: watched })).toMatchObject({
      verified: true,
      witnesses: [{ name: 'W', timeSeconds: 1_700_000_000 }],
    });
    const second = filesOf(other);
    expect(await verify(second, { policy: watched })).toMatchObject({ fault: 'no-quorum' });
    second.set('checkpoint', utf8(addSignatureLines(noteOf(second), [line])));
    expect(await verify(second, { policy: watched })).toMatchObject({ fault: 'bad-signature' });
    const ageMaxMs = 60_000;
    const late = { nowMs: 1_700_000_061_000, ageMaxMs };
    expect(await verify(cosigned, { policy: watched, freshness: late })).toMatchObject({ fault: 'stale' });
    const soon = { nowMs: 1_700_000_059_000, ageMaxMs };
    expect(await verify(cosigned, { policy: watched, freshness: soon })).toMatchObject({ verified: true });
  });

  it('is told apart from one that only shows an old checkpoint, and from one that threw entries away', async () => {
    const since = noteOf(honest);
    const older = filesOf(leaves.slice(0, 300));
    expect(await verify(older, { since })).toMatchObject({ fault: 'rollback', evidence: { older: since } });
    const stale = new Map([...older, ...honest]).set(
      'checkpoint',
      older.get('checkpoint') ?? new Uint8Array(),
    );
    expect(await verify(stale, { since })).toMatchObject({ fault: 'stale' });
    const forked = filesOf(other.slice(0, 310));
    const both = new Map([...forked, ...honest]).set(
      'checkpoint',
      forked.get('checkpoint') ?? new Uint8Array(),
    );
    expect(await verify(both, { since })).toMatchObject({ fault: 'fork' });
    for (const size of [1, 255, 256, 257, 511, 512, 513, 699])
      expect(
        await verify(new Map(honest).set('checkpoint', utf8(noteOf(filesOf(leaves.slice(0, size))))), {
          since,
        }),
      ).toMatchObject({ fault: 'stale' });
  });

  it('is not accused on the word of a checkpoint that it never signed', async () => {
    const impostor = testSigner('impostor');
    const forged = noteOf(filesOf(other, impostor));
    expect(await verify(honest, { since: forged })).toMatchObject({ fault: 'bad-signature' });
    const elsewhere = noteOf(honest).replace(logKey.name, 'other.example/log');
    expect(await verify(honest, { since: elsewhere })).toMatchObject({ fault: 'wrong-log' });
    expect(await verify(honest, { since: 'nonsense' })).toMatchObject({ fault: 'bad-checkpoint' });
  });
});

describe('a server that is no honest one', () => {
  it('is caught with a checkpoint by another key, of another log, or none at all', async () => {
    expect(await verify(filesOf(leaves, testSigner('impostor')))).toMatchObject({ fault: 'bad-signature' });
    const renamed = withFile(honest, 'checkpoint', (bytes) =>
      utf8(fromUtf8(bytes).replaceAll(logKey.name, 'other.example/log')),
    );
    expect(await verify(renamed)).toMatchObject({ fault: 'wrong-log' });
    expect(await verify(new Map(honest).set('checkpoint', utf8('nonsense')))).toMatchObject({
      fault: 'bad-checkpoint',
    });
    expect(await verify(new Map(honest).set('checkpoint', Uint8Array.of(0xff)))).toMatchObject({
      fault: 'bad-checkpoint',
    });
    expect(await verify(new Map())).toMatchObject({ fault: 'missing' });
    expect(await verify(honest, { policy: undefined })).toMatchObject({ fault: 'missing' });
    const strange = new Map(honest).set('policy', utf8('log me\n'));
    expect(await verify(strange, { policy: undefined })).toMatchObject({ fault: 'bad-policy' });
  });

  it('does not fill the memory with an answer without end', async () => {
    let sent = 0;
    server.answerWith((path, reply) => {
      if (path !== 'tile/0/001') return void reply.end(honest.get(path));
      const more = () => {
        sent += 65_536;
        if (!reply.destroyed) reply.write(new Uint8Array(65_536), () => setImmediate(more));
      };
      more();
    });
    expect(await verify()).toMatchObject({
      fault: 'oversized',
    });
    expect(sent).toBeLessThan(64 * 2 ** 20);
    const huge = new Map(honest).set('checkpoint', new Uint8Array(2 ** 20));
    expect(await verify(huge)).toMatchObject({ fault: 'oversized' });
  });

  it('is called unreachable where it answers with errors or hangs up', async () => {
    server.answerWith((_, reply) => void reply.writeHead(500).end());
    expect(await verify()).toMatchObject({
      fault: 'unreachable',
    });
    server.answerWith((_, reply) => void reply.destroy());
    expect(await verify()).toMatchObject({
      fault: 'unreachable',
    });
  });

  it('is forgiven a hiccup', async () => {
    let requests = 0;
    server.answerWith((path, reply) => {
      requests += 1;
      if (requests === 2) reply.destroy();
      else reply.end(honest.get(path));
    });
    expect(await verify()).toMatchObject({ verified: true });
  });
});
