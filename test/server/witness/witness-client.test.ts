import { describe, expect, it } from 'vitest';
import { cosignatureState } from '#contract/cosignature.ts';
import { addSignatureLines, parseNote } from '#contract/signed-note.ts';
import { missingForQuorum, parsePolicy } from '#contract/tlog-policy.ts';
import { newLogKeys } from '../../../server/ledger/log-keys.ts';
import { sha256, verifyEd25519 } from '../../../server/ledger/node-crypto.ts';
import { createMemoryStorage } from '../../../server/storage/memory-storage.ts';
import { createWitness, type Witness } from '../../../server/witness/witness.ts';
import { createWitnessClient } from '../../../server/witness/witness-client.ts';
import { HandClock } from '../../support/hand-clock.ts';
import { witnessedLog } from './witnessed-log.ts';

const log = witnessedLog();

function newWitness(name: string): Witness {
  const { checkpoint: key } = newLogKeys();
  return createWitness({ storage: createMemoryStorage(), name, key, logs: [log.key], nowMs: () => 5_000 });
}

/** Two witnesses behind addresses, each of which can be made unreachable, and a client that uses them. */
function correspondence(extra: { face?: string; newest?: () => Promise<string | undefined> } = {}) {
  const witnesses: Record<string, Witness> = {
    'http://one.example': newWitness('one.example/w'),
    'http://two.example/witness': newWitness('two.example/w'),
  };
  const [one, two] = Object.values(witnesses);
  const policy = parsePolicy(
    sha256,
    `witness one ${one?.verifierKey} http://one.example\nwitness two ${two?.verifierKey} http://two.example/witness/\n` +
      'group both all one two\nquorum both\n',
  );
  const away = new Set<string>();
  const asked: string[] = [];
  const said: string[] = [];
  const late: string[][] = [];
  const clock = new HandClock();
  const answerOf = async (address: string, body: Uint8Array) => {
    const [, prefix = ''] = /^(.*)\/add-checkpoint$/.exec(address) ?? [];
    asked.push(prefix);
    if (away.has(prefix)) throw new TypeError('fetch failed');
    const answer = await witnesses[prefix]?.addCheckpoint(body);
    if (answer === undefined) throw new Error(`nobody is at ${address}`);
    return new Response(answer.text, {
      status: answer.status,
      headers: { 'content-type': answer.contentType },
    });
  };
  const client = createWitnessClient({
    policy,
    origin: log.key.name,
    nowMs: clock.nowMs,
    after: clock.after,
    pause: (ms) => new Promise((resolve) => clock.after(ms, resolve)),
    fetch: (address, init) => answerOf(String(address), new TextEncoder().encode(String(init?.body))),
    proof: async (from, to) => log.proof(from, to, extra.face),
    late: (_note, lines) => late.push(lines),
    log: (sentence) => said.push(sentence),
    ...(extra.newest === undefined ? {} : { newest: extra.newest }),
  });
  /** What the policy still asks for under a checkpoint with these lines. */
  const missing = (note: string, lines: readonly string[]) => {
    const cosigned = parseNote(addSignatureLines(note, lines));
    const names = policy.witnesses
      .filter(({ key }) => cosignatureState(sha256, verifyEd25519, cosigned, key).kind === 'good')
      .map(({ name }) => name);
    return missingForQuorum(policy, new Set(names));
  };
  return { client, witnesses, away, asked, said, late, clock, missing, one, two };
}

describe('a log with witnesses', () => {
  it('gets cosignatures that satisfy its policy, with one request a checkpoint once a witness is known', async () => {
    const { client, asked, missing } = correspondence();
    for (const size of [4, 5, 300]) {
      const lines = await client.cosign(log.note(size));
      expect(missing(log.note(size), lines)).toBeUndefined();
    }
    expect(asked).toHaveLength(6);
    expect(client.status()).toMatchObject([
      { name: 'one', size: 300, trouble: '' },
      { name: 'two', size: 300, trouble: '' },
    ]);
  });

  it('goes on from what a witness knows after a restart', async () => {
    const first = correspondence();
    await first.one?.addCheckpoint(log.body(0, 4));
    await first.two?.addCheckpoint(log.body(0, 9));
    await first.client.guard(log.note(9));
    expect(first.missing(log.note(12), await first.client.cosign(log.note(12)))).toBeUndefined();
  });

  it('is not stopped by a witness that does not answer, leaves it alone longer each time, and hears from it later', async () => {
    const { client, away, asked, said, late, clock, missing } = correspondence();
    away.add('http://one.example');
    await client.guard(log.note(4));
    const lines = await client.cosign(log.note(5));
    expect(missing(log.note(5), lines)).toBe('1 of (one)');
    await client.cosign(log.note(6));
    expect(asked.filter((prefix) => prefix === 'http://one.example')).toHaveLength(1);
    expect(said).toEqual([expect.stringContaining('The witness one does not cosign: fetch failed')]);

    clock.advance(1_000);
    await expect.poll(() => asked.filter((prefix) => prefix === 'http://one.example').length).toBe(2);
    expect(await client.cosign(log.note(7))).toHaveLength(1);
    away.clear();
    clock.advance(1_999);
    expect(asked.filter((prefix) => prefix === 'http://one.example')).toHaveLength(2);
    clock.advance(1);
    await expect.poll(() => late.length).toBe(1);
    expect(missing(log.note(7), late[0] ?? [])).toBe('1 of (two)');
    expect(said.at(-1)).toBe('The witness one cosigns again.');
  });

  it('refuses to go on where a witness has seen more than the store holds: an old copy was restored', async () => {
    const { client, one, clock } = correspondence();
    await one?.addCheckpoint(log.body(0, 9));
    const guarded = client.guard(log.note(5));
    guarded.catch(() => undefined);
    for (let times = 0; times < 3; times += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      clock.advance(500);
    }
    await expect(guarded).rejects.toMatchObject({
      code: 'witness.rollback',
      message: expect.stringMatching(/witness one has cosigned 9 entries .* the store holds 5/),
    });
    await expect(client.cosign(log.note(6))).rejects.toMatchObject({ code: 'witness.rollback' });
  });

  it.each([
    ['of the same size', 9],
    ['that has grown since', 12],
  ])('refuses to go on with another past %s', async (_words, size) => {
    const { client, two } = correspondence({ face: 'forged' });
    await two?.addCheckpoint(log.body(0, 9));
    await expect(client.guard(log.note(size, 'forged'))).rejects.toMatchObject({
      code: 'witness.fork',
      details: { fault: 'fork', witness: 'two', size: 9 },
    });
  });

  it('does not take another coordinator of the same log for a rollback', async () => {
    const { client, one } = correspondence({ newest: async () => log.note(9) });
    await one?.addCheckpoint(log.body(0, 9));
    expect(await client.cosign(log.note(6))).toHaveLength(1);
  });

  it('asks for the newest of the checkpoints that came while a witness was busy', async () => {
    const { client, asked, missing } = correspondence();
    const answers = await Promise.all([4, 5, 6, 7].map((size) => client.cosign(log.note(size))));
    expect(answers.map((lines) => lines.length)).toEqual([2, 0, 0, 2]);
    expect(missing(log.note(7), answers[3] ?? [])).toBeUndefined();
    expect(asked).toHaveLength(4);
  });

  it('takes no line that does not verify', async () => {
    const { client, witnesses, said } = correspondence();
    witnesses['http://one.example'] = newWitness('one.example/w');
    expect(await client.cosign(log.note(4))).toHaveLength(1);
    expect(said[0]).toContain('its cosignature does not verify');
  });
});
