import { describe, expect, it } from 'vitest';
import { utf8 } from '#contract/bytes.ts';
import { cosignatureState } from '#contract/cosignature.ts';
import { parseNote, parseVerifierKey, SIGNATURE_TYPE } from '#contract/signed-note.ts';
import { newLogKeys } from '../../../server/ledger/log-keys.ts';
import { sha256, verifyEd25519 } from '../../../server/ledger/node-crypto.ts';
import { createMemoryStorage } from '../../../server/storage/memory-storage.ts';
import type { Storage } from '../../../server/storage/storage.ts';
import { formatAddCheckpoint } from '../../../server/witness/add-checkpoint.ts';
import { hashOfOrigin } from '../../../server/witness/seen-checkpoints.ts';
import { createWitness } from '../../../server/witness/witness.ts';
import { witnessedLog } from './witnessed-log.ts';

const { checkpoint: key } = newLogKeys();
const log = witnessedLog();
const nowMs = () => 1_700_000_000_999;

const open = (storage: Storage = createMemoryStorage()) =>
  createWitness({ storage, name: 'witness.example/w1', key, logs: [log.key], nowMs });
const PLAIN = 'text/plain; charset=utf-8';
const SIZE = 'text/x.tlog.size';

function isCosigned(note: string, line: string): boolean {
  const verifierKey = parseVerifierKey(sha256, open().verifierKey, SIGNATURE_TYPE.cosignature);
  const state = cosignatureState(sha256, verifyEd25519, parseNote(note + line), verifierKey);
  return state.kind === 'good' && state.timeSeconds === 1_700_000_000;
}

describe('a witness', () => {
  it('cosigns the first checkpoint it sees and every one that continues it', async () => {
    const witness = open();
    for (const [old, size] of [
      [0, 5],
      [5, 9],
      [9, 9],
      [9, 300],
    ] as const) {
      const answer = await witness.addCheckpoint(log.body(old, size));
      expect([answer.status, answer.contentType]).toEqual([200, PLAIN]);
      expect(isCosigned(log.note(size), answer.text)).toBe(true);
    }
  });

  it('shows the newest checkpoint of a log with both signatures to whoever monitors it', async () => {
    const witness = open();
    const hash = hashOfOrigin('log.example/one');
    expect(await witness.checkpoint(hash)).toBeUndefined();
    await witness.addCheckpoint(log.body(0, 5));
    const { text: line } = await witness.addCheckpoint(log.body(5, 6));
    expect(await witness.checkpoint(hash)).toBe(log.note(6) + line);
  });

  it('begins with an empty log, and only with the one root of an empty log', async () => {
    const witness = open();
    expect((await witness.addCheckpoint(log.body(0, 0))).status).toBe(200);
    expect((await witness.addCheckpoint(log.body(0, 4))).status).toBe(200);
    const wrong = log.sign(0, new Uint8Array(32));
    const asked = await open().addCheckpoint(utf8(formatAddCheckpoint({ old: 0, proof: [], note: wrong })));
    expect(asked.status).toBe(422);
  });

  it.each([
    ['an unknown origin with 404', witnessedLog('log.example/unknown').body(5, 6), 404, PLAIN],
    ['the signature of another key with 403', witnessedLog().body(5, 6), 403, PLAIN],
    ['an old size beyond the checkpoint with 400', body(7, 6), 400, PLAIN],
    ['another old size than its own with 409 and its own', log.body(4, 6), 409, SIZE],
    ['a first request although it has seen the log with 409 and its own', log.body(0, 6), 409, SIZE],
    ['a proof for other sizes with 422', body(5, 9, log.proof(4, 9)), 422, PLAIN],
    ['a missing proof with 422', body(5, 9), 422, PLAIN],
    ['a proof of a tree with another past with 422', log.body(5, 9, 'forged'), 422, PLAIN],
    ['another root of the same size with 422', log.body(5, 5, 'forged'), 422, PLAIN],
    ['a proof where nothing has to be proved with 422', body(5, 5, log.proof(4, 5)), 422, PLAIN],
    ['a body without an empty line with 400', utf8('old 5'), 400, PLAIN],
    ['an old size with leading zeros with 400', utf8(`old 05\n\n${log.note(6)}`), 400, PLAIN],
    ['a hash of another length with 400', utf8(`old 5\nAAAA\n\n${log.note(6)}`), 400, PLAIN],
    [
      '64 proof lines with 400',
      body(
        5,
        9,
        Array.from({ length: 64 }, () => new Uint8Array(32)),
      ),
      400,
      PLAIN,
    ],
    ['a note without signatures with 400', utf8(`old 5\n\n${log.note(6).split('\n\n')[0]}\n`), 400, PLAIN],
    ['bytes that are no text with 400', Uint8Array.of(0xff, 0xfe), 400, PLAIN],
  ])('refuses %s, and remembers what it had', async (_words, request, status, contentType) => {
    const witness = open();
    await witness.addCheckpoint(log.body(0, 5));
    const answer = await witness.addCheckpoint(request);
    expect([answer.status, answer.contentType]).toEqual([status, contentType]);
    expect(answer.text).toMatch(status === 409 ? /^5\n$/ : /^[^—]+\n$/);
    expect((await witness.addCheckpoint(log.body(5, 6))).status).toBe(200);
  });

  it('refuses a note on which a line claims the log’s key and does not verify, beside a good one', async () => {
    const [, good = ''] = log.note(5).split('\n\n');
    const [, bad = ''] = log.note(6).split('\n\n');
    const note = `${log.note(5)}${bad}`;
    expect(good).not.toBe(bad);
    expect((await open().addCheckpoint(utf8(formatAddCheckpoint({ old: 0, proof: [], note })))).status).toBe(
      403,
    );
  });

  it('has what it cosigned on the disk before it answers, and knows it after a restart', async () => {
    const storage = createMemoryStorage();
    await open(storage).addCheckpoint(log.body(0, 5));
    expect((await open(storage).addCheckpoint(log.body(0, 4, 'forged'))).text).toBe('5\n');
    const broken: Storage = { ...storage, putIfAbsent: () => Promise.reject(new Error('disk full')) };
    await expect(open(broken).addCheckpoint(log.body(5, 6))).rejects.toThrow('disk full');
    expect((await storage.last('witness/'))?.key).toMatch(/0{16}$/);
  });

  it('keeps a bounded number of what it has seen', async () => {
    const storage = createMemoryStorage();
    const witness = open(storage);
    for (let size = 0; size < 100; size += 1)
      expect((await witness.addCheckpoint(log.body(Math.max(0, size - 1), size))).status).toBe(200);
    expect(await storage.keys('witness/')).toHaveLength(64);
  });
});

describe('two processes with one memory', () => {
  /** Both read the newest before either writes: the widest window that there is. */
  function meeting(storage: Storage): Storage {
    const waiting: (() => void)[] = [];
    let met = false;
    return {
      ...storage,
      async last(prefix) {
        const found = await storage.last(prefix);
        if (!met)
          await new Promise<void>((resolve) => {
            waiting.push(resolve);
            if (waiting.length < 2) return;
            met = true;
            for (const go of waiting) go();
          });
        return found;
      },
    };
  }

  it.each([
    [8, 9],
    [9, 8],
    [9, 9],
  ])('never cosign two trees that contradict each other (%i and %i entries)', async (one, other) => {
    const storage = createMemoryStorage();
    await open(storage).addCheckpoint(log.body(0, 3));
    const shared = meeting(storage);
    const answers = await Promise.all([
      open(shared).addCheckpoint(log.body(3, one)),
      open(shared).addCheckpoint(log.body(3, other, 'forged')),
    ]);
    expect(answers.map(({ status }) => status).sort()).not.toEqual([200, 200]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('do not let one that slept through many checkpoints use a number that was cleared away', async () => {
    const storage = createMemoryStorage();
    const witness = open(storage);
    await witness.addCheckpoint(log.body(0, 3));
    let wake: () => void = () => {};
    const asleep: Storage = {
      ...storage,
      putIfAbsent: async (storedKey, value) => {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        return storage.putIfAbsent(storedKey, value);
      },
    };
    const late = open(asleep).addCheckpoint(log.body(3, 5, 'forged'));
    await new Promise((resolve) => setImmediate(resolve));
    for (let size = 4; size < 104; size += 1) await witness.addCheckpoint(log.body(size - 1, size));
    wake();
    expect(await late).toMatchObject({ status: 409, text: '103\n' });
    expect((await storage.keys('witness/')).length).toBe(64);
  });
});

function body(old: number, size: number, proof: readonly Uint8Array[] = []): Uint8Array {
  return utf8(formatAddCheckpoint({ old, proof, note: log.note(size) }));
}
