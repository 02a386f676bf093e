import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fromUtf8 } from '#contract/bytes.ts';
import { parsePolicy } from '#contract/tlog-policy.ts';
import { nodeVerifierTools } from '../../../server/commands/verifier-tools.ts';
import { copyCommits, copyValues, countCommits } from '../../../server/copies/copy-store.ts';
import { createLedger } from '../../../server/ledger/ledger.ts';
import { newLogKeys } from '../../../server/ledger/log-keys.ts';
import { sha256 } from '../../../server/ledger/node-crypto.ts';
import { createMemoryStorage } from '../../../server/storage/memory-storage.ts';
import type { Storage } from '../../../server/storage/storage.ts';
import { verifyLog } from '../../../server/verification/verify-log.ts';
import { openCosigners } from '../../../server/witness/cosigners.ts';
import { createWitness } from '../../../server/witness/witness.ts';
import { HandClock } from '../../support/hand-clock.ts';
import { countingFold } from '../ledger/counting-fold.ts';

const folder = mkdtempSync(join(tmpdir(), 'commonwright-witnessed-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A community with one witness elsewhere, which it may lose sight of. */
function community() {
  const keys = newLogKeys();
  const log = { name: 'watched.example/log', publicKey: keys.checkpoint.publicKey };
  const witness = createWitness({
    ...{ storage: createMemoryStorage(), name: 'w.example', key: newLogKeys().checkpoint, logs: [log] },
    nowMs: () => 9_000,
  });
  const policyFile = join(folder, `${randomUUID()}.policy`);
  writeFileSync(policyFile, `witness w ${witness.verifierKey} http://w.example\nquorum w\n`);
  const clock = new HandClock();
  const state = { isAway: false };
  const fetch = async (address: unknown, init?: { body?: unknown }) => {
    if (state.isAway) throw new TypeError('fetch failed');
    if (init?.body === undefined) {
      const note = await witness.checkpoint(String(address).split('/').at(-2) ?? '');
      return new Response(note, { status: note === undefined ? 404 : 200 });
    }
    const answer = await witness.addCheckpoint(new TextEncoder().encode(String(init.body)));
    return new Response(answer.text, {
      status: answer.status,
      headers: { 'content-type': answer.contentType },
    });
  };
  const open = async (storage: Storage) => {
    const cosigners = openCosigners({
      ...{ policyFile, log, storage, fetch, nowMs: clock.nowMs, after: clock.after, say: () => {} },
      pause: (ms) => new Promise((resolve) => clock.after(ms, resolve)),
    });
    const stopped: unknown[] = [];
    const ledger = await createLedger({
      ...{
        storage,
        keys,
        cosigners,
        fold: countingFold,
        origin: log.name,
        nowMs: () => 1_000,
        newId: randomUUID,
      },
      onStopped: (error) => stopped.push(error),
    });
    const append = () =>
      ledger.submit(() => [{ id: randomUUID(), stream: 'job/1', type: 'job.opened', data: {} }]);
    const verdict = async () => {
      const policy = parsePolicy(
        sha256,
        fromUtf8((await ledger.logFile('policy'))?.bytes ?? new Uint8Array()),
      );
      return verifyLog({
        fetchFile: async (path) => (await ledger.logFile(path))?.bytes,
        tools: nodeVerifierTools,
        policy,
      });
    };
    return { ledger, append, verdict, stopped };
  };
  return { open, state, clock };
}

async function copyOf(storage: Storage): Promise<Storage> {
  const copy = createMemoryStorage();
  await copyValues(storage, copy, () => {});
  await copyCommits(storage, copy, { show: () => {}, total: await countCommits(storage) });
  return copy;
}

describe('a ledger with a witness', () => {
  it('publishes checkpoints that satisfy the policy that it publishes', async () => {
    const { open } = community();
    const { ledger, append, verdict } = await open(createMemoryStorage());
    for (let times = 0; times < 3; times += 1) {
      await append();
      await ledger.published();
      expect(await verdict()).toMatchObject({ verified: true, witnesses: [{ name: 'w' }] });
    }
    await ledger.close();
  });

  it('appends and publishes while the witness is away, and has its cosignature when it is back', async () => {
    const { open, state, clock } = community();
    const { ledger, append, verdict, stopped } = await open(createMemoryStorage());
    state.isAway = true;
    await append();
    await append();
    expect((await ledger.published()).size).toBe(2);
    expect(await verdict()).toMatchObject({ verified: false, fault: 'no-quorum' });
    state.isAway = false;
    clock.advance(10_000);
    await expect.poll(async () => (await verdict()).verified).toBe(true);
    expect([(await ledger.head()).size, stopped]).toEqual([2, []]);
    await ledger.close();
  });

  it('signs nothing over an old copy of its store', async () => {
    const { open, clock } = community();
    const storage = createMemoryStorage();
    const first = await open(storage);
    await first.append();
    await first.ledger.published();
    const old = await copyOf(storage);
    await first.append();
    await first.ledger.published();
    await first.ledger.close();

    const before = await old.keys('cp/');
    const opening = open(old).catch((error: unknown) => error);
    // It asks again for a while: another coordinator of the same ledger might be ahead.
    for (let times = 0; times < 40; times += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      clock.advance(500);
    }
    expect(await opening).toMatchObject({ code: 'witness.rollback' });
    expect(await old.keys('cp/')).toEqual(before);
  });

  it('signs nothing over an empty store with the keys of a ledger that was', async () => {
    const { open } = community();
    const first = await open(createMemoryStorage());
    await first.append();
    await first.ledger.published();
    await first.ledger.close();
    const storage = createMemoryStorage();
    await expect(open(storage)).rejects.toMatchObject({ code: 'witness.rollback' });
    expect(await storage.keys('cp/')).toEqual([]);
  });
});
