import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Problem } from '#contract/http.ts';
import { AppError } from '../../../server/errors.ts';
import { openApiDocument } from '../../../server/http/openapi.ts';
import { post as postTo, send } from '../../support/requests.ts';
import { type ServedApp, serveApp } from './serve-app.ts';

const id = '01939d53-51f9-7a34-a2d5-ea8b7ad5b4a0';
const examples: Record<string, string> = {
  ...{ action: 'take', lab: 'north', machine: 'router', design: 'stool' },
  hash: `sha256:${'0'.repeat(64)}`,
};
const Paths = z.record(
  z.string(),
  z.record(z.string(), z.object({ security: z.array(z.record(z.string(), z.array(z.string()))).optional() })),
);

/** Everything but reading, with whose key it needs. */
function writingOperations(): { method: string; path: string; key: string | undefined }[] {
  return Object.entries(Paths.parse(openApiDocument('0').paths)).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([method]) => method !== 'get')
      .map(([method, { security }]) => ({
        method: method.toUpperCase(),
        path,
        key: Object.keys(security?.[0] ?? {})[0],
      })),
  );
}

let served: ServedApp;
afterEach(() => served?.stop());

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  postTo(`${served.url}${path}`, body, headers);

describe('other websites', () => {
  it('may read the log and files, but nothing else, and may not act', async () => {
    served = await serveApp();
    const foreign = { origin: 'https://evil.example' };
    const state = await send(served.url, '/api/labs', { headers: foreign });
    expect(state.status).toBe(403);
    expect(JSON.parse(state.body).code).toBe('access.origin');
    expect((await send(served.url, '/api/orders', { headers: foreign, method: 'POST' })).status).toBe(403);
    const log = await send(served.url, '/log/checkpoint', { headers: foreign });
    expect(log.status).toBe(404);
    expect(log.headers['access-control-allow-origin']).toBe('*');
    expect((await send(served.url, `/api/blobs/sha256:${'0'.repeat(64)}`, { headers: foreign })).status).toBe(
      404,
    );
  });

  it('cannot come in by a name that they point at this computer', async () => {
    served = await serveApp();
    const rebound = await send(served.url, '/api/labs', {
      headers: { host: 'evil.example', origin: 'http://evil.example' },
    });
    expect(rebound.status).toBe(403);
    expect(JSON.parse(rebound.body).code).toBe('access.host');
  });

  it('do not stop our own page', async () => {
    served = await serveApp();
    expect((await send(served.url, '/api/labs', { headers: { origin: served.url } })).status).toBe(200);
  });
});

describe('commands on a server that others can reach', () => {
  it('need the printed key, before a body is even read', async () => {
    served = await serveApp({ isLocalOnly: false });
    const bare = await post('/api/orders', 'anything');
    expect(bare.status).toBe(401);
    expect(bare.headers.get('www-authenticate')).toBe('Bearer');
    expect(Problem.parse(await bare.json()).detail).toContain('the key that the server printed');
    const wrong = await post('/api/labs', {}, { authorization: 'Bearer wrong' });
    expect(wrong.status).toBe(403);
    const right = await post('/api/labs', {}, { authorization: `Bearer ${served.commandKey}` });
    expect(right.status).toBe(422);
  });

  it('are each refused without a key, by the name of every one that the description of the interface lists', async () => {
    served = await serveApp({ isLocalOnly: false });
    const commands = writingOperations();
    expect(commands.length).toBeGreaterThanOrEqual(9);
    // Evaluating a design changes nothing: it is looking. Entries from outside carry their authors' signatures. A witness asks
    // for the signature of a ledger that it knows.
    expect(commands.filter(({ key }) => key === undefined).map(({ path }) => path)).toEqual([
      '/api/designs/{design}/evaluate',
      '/log/entries',
      '/witness/add-checkpoint',
    ]);
    const bridgeKey = await served.access.issueBridgeKey('north');
    for (const { method, path, key } of commands) {
      if (key === undefined) continue;
      const url = `${served.url}${path.replace(/\{(\w+)\}/g, (_, name: string) => examples[name] ?? id)}`;
      const ask = (authorization?: string) =>
        fetch(url, { method, headers: authorization === undefined ? {} : { authorization } });
      expect([path, (await ask()).status]).toEqual([path, 401]);
      // A bridge is no person, and a person is no bridge.
      const others = key === 'command' ? bridgeKey : served.commandKey;
      for (const wrong of [`Bearer ${others}`, 'Bearer wrong', 'Bearer cw-command-'])
        expect([path, (await ask(wrong)).status]).toEqual([path, 403]);
      for (const none of ['Basic eDp5', 'Bearer', `Bearer ${'k'.repeat(5_000)}`])
        expect([path, (await ask(none)).status]).toEqual([path, 401]);
    }
  });

  it('are all in that description', () => {
    const folder = fileURLToPath(new URL('../../../server/http', import.meta.url));
    const written = readdirSync(folder).flatMap((name) => [
      ...readFileSync(join(folder, name), 'utf8').matchAll(/\b(router|app)\.(post|put|patch|delete|all)\(/g),
    ]);
    expect(written).toHaveLength(writingOperations().length);
  });

  it('do not need a key for looking', async () => {
    served = await serveApp({ isLocalOnly: false });
    for (const path of ['/api/designs', '/api/orders', '/api/jobs', '/api/labs', '/api/health'])
      expect((await fetch(`${served.url}${path}`)).status).toBe(200);
  });
});

describe('problem details', () => {
  it('name the wrong field of a body in one sentence', async () => {
    served = await serveApp();
    const reply = await post('/api/orders', { id, design: 'stool', parameters: {}, quantity: 0 });
    expect(reply.status).toBe(422);
    expect(reply.headers.get('content-type')).toContain('application/problem+json');
    const problem = Problem.parse(await reply.json());
    expect(problem.code).toBe('request.field');
    expect(problem.detail).toMatch(/^quantity: /);
  });

  it.each([
    ['bad-input', 422],
    ['not-allowed', 403],
    ['not-found', 404],
    ['conflict', 409],
    ['cannot-be-made', 422],
    ['too-much', 429],
    ['unavailable', 503],
  ] as const)('carry a refusal of kind %s as status %i with code and details', async (kind, status) => {
    served = await serveApp({
      designs: {
        designs: () => [],
        detail: async () => {
          throw new AppError(kind, 'Shorten it by 20 mm.', { code: 'a.code', details: { shortMm: 20 } });
        },
        publish: async () => ({ design: '', version: '', number: 1, isNew: true }),
        quote: async () => {
          throw new Error('not asked');
        },
      },
    });
    const reply = await fetch(`${served.url}/api/designs/stool`);
    expect(reply.status).toBe(status);
    expect(await reply.json()).toMatchObject({
      status,
      detail: 'Shorten it by 20 mm.',
      code: 'a.code',
      details: { shortMm: 20 },
    });
  });

  it('tell nothing of an error that nobody foresaw, while the log hears all of it', async () => {
    const secret = new Error('password is swordfish');
    served = await serveApp({
      snapshot: () => {
        throw secret;
      },
    });
    const reply = await fetch(`${served.url}/api/state`);
    expect(reply.status).toBe(500);
    const text = await reply.text();
    expect(text).not.toMatch(/swordfish|\.ts|at /);
    expect(served.reported).toEqual([secret]);
  });

  it('answer broken bodies and unknown addresses too', async () => {
    served = await serveApp();
    const broken = await fetch(`${served.url}/api/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"id":',
    });
    expect([broken.status, (await broken.json()).code]).toEqual([400, 'request.not-json']);
    const large = await post('/api/orders', { id: 'x'.repeat(200_000) });
    expect([large.status, (await large.json()).code]).toEqual([413, 'request.too-large']);
    const nowhere = await fetch(`${served.url}/api/nothing`);
    expect([nowhere.status, (await nowhere.json()).code]).toEqual([404, 'request.address']);
    const malformed = await fetch(`${served.url}/api/designs/%E0%A4%A`);
    expect(malformed.status).toBe(400);
  });
});
