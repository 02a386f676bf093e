import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { utf8 } from '#contract/bytes.ts';
import { EntriesAppended, type SignedEntry } from '#contract/signed-entries.ts';
import { parseVerifierKey } from '#contract/signed-note.ts';
import { policyOfLog } from '#contract/tlog-policy.ts';
import { verifyTlogProof } from '#contract/tlog-proof.ts';
import type { CommonsLedger } from '../../../server/community/commons-ledger.ts';
import { appendSigned } from '../../../server/community/signed-entries.ts';
import { AppError } from '../../../server/errors.ts';
import { sha256, verifyEd25519 } from '../../../server/ledger/node-crypto.ts';
import { createMemoryStorage } from '../../../server/storage/memory-storage.ts';
import { fixedKey } from '../../support/fixed-keys.ts';
import { CONTRIBUTOR, openFoundedLedger, signedContribution } from '../../support/signed-contributions.ts';
import { type ServedApp, serveApp } from './serve-app.ts';

const ada = fixedKey('ada');
let ledger: CommonsLedger;
let served: ServedApp;

beforeEach(async () => {
  ledger = await openFoundedLedger(createMemoryStorage(), ada);
  served = await serveApp({
    isLocalOnly: false,
    ledger: { ...ledger, append: (entries) => appendSigned(ledger, entries) },
  });
});
afterEach(async () => {
  await served.stop();
  await ledger.close();
});

const post = (entries: readonly unknown[], headers: Record<string, string> = {}) =>
  fetch(`${served.url}/log/entries`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ entries }),
  });
const append = async (...entries: SignedEntry[]) => EntriesAppended.parse(await (await post(entries)).json());

describe('entries that their authors signed', () => {
  it('are appended in a batch, each with its own answer, without any other key', async () => {
    const good = [signedContribution(ada), signedContribution(ada)];
    const forged = { ...signedContribution(ada), sigs: good[0]?.sigs ?? [] };
    const byStranger = signedContribution(fixedKey('mallory'));
    const notTaken = signedContribution(ada, { type: 'job.opened' });
    const { results, acknowledged } = await append(...good, forged, byStranger, notTaken);
    expect(acknowledged).toBe('durable');
    expect(results.map((result) => ('refused' in result ? result.refused.code : 'appended'))).toEqual([
      ...['appended', 'appended', 'ledger.wrong-signature', 'key.not-enrolled', 'entry.not-accepted'],
    ]);
    const entry = await ledger.entryById(good[0]?.body.id ?? '');
    // Their own word stands alone: the server signs it with every other entry in the checkpoint.
    expect(entry?.sigs.map(({ kid }) => kid)).toEqual([ada.didKey]);
    expect(ledger.size()).toBe((entry?.index ?? 0) + 2);
  });

  it('give the same answer when they are sent again, and are no twice in the log', async () => {
    const entry = signedContribution(ada);
    const first = await append(entry);
    const size = ledger.size();
    expect(await append(entry)).toEqual(first);
    const changed = signedContribution(ada, {
      id: entry.body.id,
      data: { ...entry.body.data, mode: 'gift' },
    });
    expect((await append(changed)).results).toMatchObject([{ refused: { code: 'ledger.id-conflict' } }]);
    expect(ledger.size()).toBe(size);
  });

  it('are acknowledged when a checkpoint covers them, where that is preferred', async () => {
    const reply = await post([signedContribution(ada)], { prefer: 'wait=published' });
    expect(reply.headers.get('preference-applied')).toBe('wait=published');
    const { acknowledged, checkpoint, results } = EntriesAppended.parse(await reply.json());
    expect(acknowledged).toBe('published');
    const [result] = results;
    const index = result && 'index' in result ? result.index : -1;
    expect(Number(checkpoint?.split('\n')[1])).toBeGreaterThan(index);
  });

  it('come with a receipt that verifies offline', async () => {
    const [result] = (await append(signedContribution(ada))).results;
    const index = result && 'index' in result ? result.index : -1;
    const reply = await fetch(`${served.url}/log/receipt/${index}`);
    expect(reply.headers.get('content-disposition')).toContain(`entry-${index}.tlog-proof`);
    const { verifierKey } = await ledger.head();
    const policy = policyOfLog(parseVerifierKey(sha256, verifierKey));
    const tools = { sha256, verify: verifyEd25519 };
    const leaf = utf8((await ledger.entries(index, 1))[0]?.text ?? '');
    const receipt = await reply.text();
    expect(verifyTlogProof(receipt, leaf, policy, tools)).toMatchObject({ ok: true, index });
    expect(verifyTlogProof(receipt, utf8('{}'), policy, tools)).toMatchObject({ ok: false });
    expect((await fetch(`${served.url}/log/receipt/${index + 1}`)).status).toBe(404);
  });

  it('are refused with a sentence where the request cannot be used, and nothing changes', async () => {
    const size = ledger.size();
    const { body, sigs } = signedContribution(ada);
    const requests: [number, readonly unknown[]][] = [
      [422, []],
      [422, [{ body }]],
      [422, [{ body: { ...body, v: 1.5 }, sigs }]],
      [422, Array.from({ length: 257 }, () => ({ body, sigs }))],
      [422, [{ body, sigs: Array.from({ length: 8 }, () => sigs[0]) }]],
      [422, [{ body: { ...body, data: { ...body.data, agent: 'nobody' } }, sigs }]],
    ];
    for (const [status, entries] of requests) expect((await post(entries)).status).toBe(status);
    expect((await post([{ body, sigs: [sigs[0], sigs[0]] }])).status).toBe(422);
    expect(ledger.size()).toBe(size);
  });

  it('are held off for a moment where too much waits', async () => {
    await served.stop();
    const busy = new AppError('too-much', 'The ledger has too much to write.', { code: 'ledger.busy' });
    served = await serveApp({ ledger: { ...ledger, append: () => Promise.reject(busy) } });
    const reply = await post([signedContribution(ada)]);
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([429, '5']);
  });
});

describe('the ledger under a flood', () => {
  it('refuses what is more than may wait, keeps the rest, and takes more when it is through', async () => {
    const wishes = Array.from({ length: 5_000 }, () =>
      ledger.submit(() => [
        { id: randomUUID(), stream: `agent/${CONTRIBUTOR}`, type: 'agent.waved', data: {} },
      ]),
    );
    const results = await Promise.allSettled(wishes);
    const refused = results.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(5_000 - 4_096);
    expect(refused[0]).toMatchObject({ reason: { code: 'ledger.busy' } });
    const more = () => [{ id: randomUUID(), stream: 'agent/x', type: 'agent.waved', data: {} }];
    expect((await ledger.submit(more)).entries).toHaveLength(1);
  });
});
