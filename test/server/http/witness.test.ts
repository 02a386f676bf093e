import { afterEach, describe, expect, it } from 'vitest';
import { newLogKeys } from '../../../server/ledger/log-keys.ts';
import { createMemoryStorage } from '../../../server/storage/memory-storage.ts';
import { hashOfOrigin } from '../../../server/witness/seen-checkpoints.ts';
import { createWitness } from '../../../server/witness/witness.ts';
import { send } from '../../support/requests.ts';
import { witnessedLog } from '../witness/witnessed-log.ts';
import { type ServedApp, serveApp } from './serve-app.ts';

const log = witnessedLog();
const { checkpoint: key } = newLogKeys();
let served: ServedApp;
afterEach(() => served?.stop());

async function serveWitness(isLocalOnly = false): Promise<void> {
  const storage = createMemoryStorage();
  const witness = createWitness({ storage, name: 'w.example', key, logs: [log.key], nowMs: () => 1_000 });
  served = await serveApp({ isLocalOnly, witness });
}
const post = (body: Uint8Array, headers: Record<string, string> = {}) =>
  fetch(`${served.url}/witness/add-checkpoint`, { method: 'POST', body: Buffer.from(body), headers });

describe('the addresses of a witness', () => {
  it('cosign for machines that have no key of this server, with the types that the specification names', async () => {
    await serveWitness();
    const first = await post(log.body(0, 5));
    expect([first.status, first.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
    expect(await first.text()).toMatch(/^— w\.example \S+\n$/);
    const stale = await post(log.body(0, 6), { 'content-type': 'application/json' });
    expect([stale.status, stale.headers.get('content-type'), await stale.text()]).toEqual([
      409,
      'text/x.tlog.size',
      '5\n',
    ]);
  });

  it('show the newest cosigned checkpoint to everyone, also to pages of other websites', async () => {
    await serveWitness();
    const address = `/witness/${hashOfOrigin('log.example/one')}/checkpoint`;
    expect((await fetch(served.url + address)).status).toBe(404);
    await post(log.body(0, 5));
    const shown = await send(served.url, address, { headers: { origin: 'https://monitor.example' } });
    expect([shown.status, shown.headers['access-control-allow-origin']]).toEqual([200, '*']);
    expect(shown.body).toContain(log.note(5));
    for (const wrong of ['/witness/..%2f/checkpoint', '/witness/abc/checkpoint', '/witness/'])
      expect((await fetch(served.url + wrong)).status).toBe(404);
  });

  it('take nothing from scripts of other websites, nothing huge and nothing packed', async () => {
    await serveWitness(true);
    const foreign = { origin: 'https://evil.example', method: 'POST' };
    expect(
      (await send(served.url, '/witness/add-checkpoint', { method: 'POST', headers: foreign })).status,
    ).toBe(403);
    expect((await post(new Uint8Array(200_000))).status).toBe(413);
    expect((await post(log.body(0, 5), { 'content-encoding': 'gzip' })).status).toBe(415);
    expect((await post(new Uint8Array())).status).toBe(400);
    expect(served.reported).toEqual([]);
  });

  it('are not there on a server that is no witness', async () => {
    served = await serveApp();
    const reply = await post(log.body(0, 5));
    expect([reply.status, (await reply.json()).code]).toEqual([404, 'witness.none']);
  });
});
