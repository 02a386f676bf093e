import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KeyView } from '#contract/http.ts';
import { commonsFold } from '../../../server/commons/commons.ts';
import type { CommonsState } from '../../../server/commons/state.ts';
import { createAgentCommands } from '../../../server/community/agent-desk.ts';
import { COMMUNITY, foundHouse } from '../../../server/community/founding.ts';
import { createLedger, type Ledger } from '../../../server/ledger/ledger.ts';
import { newLogKeys } from '../../../server/ledger/log-keys.ts';
import { createMemoryStorage } from '../../../server/storage/memory-storage.ts';
import { post } from '../../support/requests.ts';
import { keyOf } from '../commons/small-community.ts';
import { type ServedApp, serveApp } from './serve-app.ts';

const keys = newLogKeys();
let ledger: Ledger<CommonsState>;
let app: ServedApp;
beforeEach(async () => {
  ledger = await createLedger<CommonsState>({
    ...{ storage: createMemoryStorage(), fold: commonsFold, keys, origin: 'test.example/log' },
    ...{ nowMs: Date.now, newId: randomUUID },
  });
  await foundHouse(ledger, { community: 'Commons', localPerson: 'Ada' }, keys);
  app = await serveApp({ agents: createAgentCommands(ledger), isLocalOnly: false });
});
afterEach(async () => {
  await app.stop();
  await ledger.close();
});

const act = async (path: string, body: unknown, key = app.commandKey) => {
  const reply = await post(`${app.url}/api/agents/${path}`, body, { authorization: `Bearer ${key}` });
  return { status: reply.status, body: await reply.json() };
};
const keysOf = async (agent: string) =>
  KeyView.array().parse(await (await fetch(`${app.url}/api/agents/${agent}/keys`)).json());

describe('the keys of a person', () => {
  it('are enrolled once under the id that the person made, and seen by everybody', async () => {
    const wish = { id: randomUUID(), key: keyOf('phone') };
    const enrolled = await act('local-person/keys', wish);
    expect(enrolled.status).toBe(201);
    expect(enrolled.body).toEqual(await keysOf('local-person'));
    expect(await keysOf('local-person')).toMatchObject([{ key: wish.key, purpose: 'person' }]);
    expect((await ledger.entryById(wish.id))?.body.type).toBe('key.enrolled');
    expect((await act('local-person/keys', wish)).status).toBe(200);
    expect(ledger.size()).toBe((enrolled.body[0]?.enrolledAt ?? 0) + 1);
  });

  it('end when they are revoked and never come back', async () => {
    const key = keyOf('lost phone');
    await act('local-person/keys', { id: randomUUID(), key });
    const wish = { id: randomUUID(), key, reason: 'lost on the train' };
    const revoked = await act('local-person/keys/revoke', wish);
    expect([revoked.status, typeof revoked.body[0].endedAt]).toEqual([200, 'number']);
    expect((await act('local-person/keys/revoke', wish)).status).toBe(200);
    const again = await act('local-person/keys', { id: randomUUID(), key });
    expect([again.status, again.body.code]).toEqual([409, 'key.revoked']);
  });

  it.each([
    ['of nobody', 'nobody/keys', { key: keyOf('a') }, 404, 'agent.unknown'],
    ['of a community', 'community/keys', { key: keyOf('a') }, 422, 'key.wrong-kind'],
    ['that is none', 'local-person/keys', { key: 'did:key:z6Mk' }, 422, 'key.unusable'],
    [
      'that was never enrolled',
      'local-person/keys/revoke',
      { key: keyOf('b'), reason: 'x' },
      404,
      'key.unknown',
    ],
  ])('%s are refused', async (_what, path, wish, status, code) => {
    const reply = await act(path, { id: randomUUID(), ...wish });
    expect([reply.status, reply.body.code]).toEqual([status, code]);
  });

  it('can be changed by whoever may act, and nobody else', async () => {
    const reply = await act('local-person/keys', { id: randomUUID(), key: keyOf('a') }, 'wrong');
    expect([reply.status, await keysOf('local-person')]).toEqual([403, []]);
  });
});

describe('the key of the server', () => {
  it('is enrolled for the community at the first start, and once', async () => {
    const size = ledger.size();
    await foundHouse(ledger, { community: 'Commons', localPerson: 'Ada' }, keys);
    expect(ledger.size()).toBe(size);
    expect(await keysOf(COMMUNITY)).toMatchObject([{ key: keys.entries.didKey, purpose: 'server' }]);
  });

  it('changes with a signature of the one before where that is at hand', async () => {
    const fresh = newLogKeys().entries;
    const rotated = { entries: fresh, previousEntries: keys.entries };
    await foundHouse(ledger, { community: 'Commons', localPerson: 'Ada' }, rotated);
    const [enrolled, revoked] = await ledger.entries(ledger.size() - 2, 2);
    expect(enrolled?.body).toMatchObject({ type: 'key.enrolled', data: { key: fresh.didKey } });
    expect(enrolled?.sigs[0]?.kid).toBe(keys.entries.didKey);
    expect(revoked?.body).toMatchObject({ type: 'key.revoked', data: { key: keys.entries.didKey } });
    expect(await keysOf(COMMUNITY)).toMatchObject([
      { key: keys.entries.didKey, endedAt: revoked?.index },
      { key: fresh.didKey, enrolledAt: enrolled?.index },
    ]);
  });
});
