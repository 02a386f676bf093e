import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Problem } from '#contract/http.ts';
import { createLedger } from '../../../server/ledger/ledger.ts';
import { newLogKeys } from '../../../server/ledger/log-keys.ts';
import { createMemoryStorage } from '../../../server/storage/memory-storage.ts';
import { send } from '../../support/requests.ts';
import { countingFold } from '../ledger/counting-fold.ts';
import { type ServedApp, serveApp } from './serve-app.ts';

const SECRET = 'what lies beside the page';
const id = '01939d53-51f9-7a34-a2d5-ea8b7ad5b4a0';
let served: ServedApp;

beforeEach(async () => {
  const ledger = await createLedger({
    ...{ storage: createMemoryStorage(), fold: countingFold, keys: newLogKeys(), origin: 'test.example/log' },
    ...{ nowMs: () => 1_000, newId: () => id },
  });
  served = await serveApp({ ledger: { ...ledger, append: async () => [] } });
  mkdirSync(join(served.pageFolder, 'assets'));
  writeFileSync(join(served.pageFolder, 'index.html'), '<!doctype html><title>page</title>');
  writeFileSync(join(served.pageFolder, '.env'), SECRET);
  writeFileSync(`${served.pageFolder}-secret.txt`, SECRET);
});
afterEach(() => served.stop());

const json = { 'content-type': 'application/json' };
const post = (path: string, body: string | Buffer, headers: Record<string, string> = {}) =>
  send(served.url, path, { method: 'POST', headers: { ...json, ...headers }, body });

describe('an address that climbs out of its folder', () => {
  const beside = () => `${served.pageFolder.split('/').at(-1)}-secret.txt`;
  const climbs = ['..', '%2e%2e', '..%2f..', '%2e%2e%2f%2e%2e', '..%5c..', '....//..', '%252e%252e'];

  it.each(['/', '/assets/', '/log/', '/log/tile/', '/api/blobs/', '/api/blobs/sha256:'])(
    'under %s finds nothing but the page or a refusal',
    async (under) => {
      for (const climb of climbs)
        for (const target of [beside(), '.env', 'etc/passwd', 'private/command-key.txt', 'package.json']) {
          const { status, body } = await send(served.url, `${under}${climb}/${target}`);
          expect([`${under}${climb}/${target}`, status]).toEqual([
            expect.any(String),
            expect.toSatisfy(isRefusal),
          ]);
          expect(body).not.toContain(SECRET);
        }
      expect(served.reported).toEqual([]);
    },
  );

  it('or holds a zero, a bad escape or a hidden name is refused in a sentence', async () => {
    for (const path of [
      '/%00',
      '/assets/a%00.js',
      '/log/%00',
      '/log/%zz',
      '/api/designs/%00',
      '/.env',
      '/%c0%ae',
    ]) {
      const { status, body } = await send(served.url, path);
      expect([path, status]).toEqual([path, expect.toSatisfy(isRefusal)]);
      if (status !== 200) expect(Problem.parse(JSON.parse(body)).detail).not.toContain(served.pageFolder);
      expect(body).not.toContain(SECRET);
    }
    expect(served.reported).toEqual([]);
  });

  it('has one spelling for each file of the log', async () => {
    expect((await send(served.url, '/log/checkpoint')).status).toBe(200);
    for (const path of [
      '/log//checkpoint',
      '/log/./checkpoint',
      '/log/CHECKPOINT',
      '/log/tile/0/0',
      '/log/tile/0/000.p/0',
    ])
      expect([path, (await send(served.url, path)).status]).toEqual([path, 404]);
  });
});

describe('a body that wants to hurt', () => {
  const deep = (open: string, close: string) => open.repeat(40_000) + close.repeat(40_000);

  it.each([
    ['nests too deep in lists', deep('[', ']')],
    [
      'nests too deep in a field',
      `{"id":"${id}","design":"stool","quantity":1,"parameters":{"a":${deep('[', ']')}}}`,
    ],
    [
      'names the prototype',
      `{"id":"${id}","design":"stool","quantity":1,"parameters":{},"__proto__":{"isAdmin":true}}`,
    ],
    ['is a number', '1e999'],
    ['is nothing', 'null'],
    ['is not UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
  ])('because it %s is refused', async (_what, body) => {
    const { status } = await post('/api/orders', body);
    expect([400, 413, 422]).toContain(status);
    expect(served.reported).toEqual([]);
    expect(Object.hasOwn(Object.prototype, 'isAdmin')).toBe(false);
    expect((await send(served.url, '/api/health')).status).toBe(200);
  });

  it('because it unpacks to far more than it is, or is no archive at all, is refused', async () => {
    const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024, 0x20));
    const large = await post('/api/orders', bomb, { 'content-encoding': 'gzip' });
    expect([large.status, JSON.parse(large.body).code]).toEqual([413, 'request.too-large']);
    const broken = await post('/api/orders', 'no archive', { 'content-encoding': 'gzip' });
    expect(broken.status).toBe(400);
    const foreign = await post('/api/orders', '{}', { 'content-encoding': 'rot13' });
    expect(foreign.status).toBe(415);
    expect(served.reported).toEqual([]);
  });

  it('is not read as a command when it comes as a form, as another site could send it', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const text = { 'content-type': 'text/plain' };
    for (const headers of [form, text])
      expect((await post('/api/labs', '{"lab":"north"}', headers)).status).toBe(422);
  });
});

describe('a name for a download', () => {
  it('never breaks out of its header', async () => {
    const key = await served.access.issueBridgeKey('north');
    const hash = `sha256:${createHash('sha256').update('G21').digest('hex')}`;
    await fetch(`${served.url}/api/blobs/${hash}`, {
      ...{ method: 'PUT', body: 'G21', headers: { authorization: `Bearer ${key}` } },
    });
    for (const name of [
      'a%0d%0aSet-Cookie:%20x=1',
      'a%22;%20filename=%22b.html',
      '%E2%80%AE%E2%80%A8.gcode',
      'x'.repeat(4_000),
      '..%2f..%2fetc%2fpasswd',
    ]) {
      const { status, headers } = await send(served.url, `/api/blobs/${hash}?name=${name}`);
      expect(status).toBe(200);
      expect(headers['set-cookie']).toBeUndefined();
      const said = String(headers['content-disposition'] ?? '');
      if (said !== '') expect(said).toMatch(/^attachment; filename="[A-Za-z0-9_ -][A-Za-z0-9._ -]{0,119}"$/);
    }
    // Twice the same question is a list, which is no name.
    expect(
      (await send(served.url, `/api/blobs/${hash}?name=a&name=b`)).headers['content-disposition'],
    ).toBeUndefined();
  });
});

function isRefusal(status: number): boolean {
  // 200 is the page itself, which answers every address that looks like one.
  return status === 200 || (status >= 400 && status < 500);
}
