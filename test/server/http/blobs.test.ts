import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type ServedApp, serveApp } from './serve-app.ts';

let served: ServedApp;
afterEach(() => served.stop());

const hashOf = (bytes: string) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

describe('files by their hash', () => {
  const program = 'G21\nG90\nM3 S18000\n';
  const put = (hash: string, body: string, key?: string) =>
    fetch(`${served.url}/api/blobs/${hash}`, {
      method: 'PUT',
      body,
      ...(key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } }),
    });

  it('are taken from a bridge with its key and given to everyone', async () => {
    served = await serveApp();
    const key = await served.access.issueBridgeKey('north');
    const hash = hashOf(program);
    expect((await put(hash, program)).status).toBe(401);
    expect((await put(hash, program, served.commandKey)).status).toBe(403);
    expect((await put(hash, program, key)).status).toBe(201);
    expect((await put(hash, program, key)).status).toBe(200);
    const reply = await fetch(`${served.url}/api/blobs/${hash}?name=../wall%20block.gcode`);
    expect(await reply.text()).toBe(program);
    expect(reply.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(reply.headers.get('content-disposition')).toBe('attachment; filename="wall block.gcode"');
    expect(reply.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(reply.headers.get('x-content-type-options')).toBe('nosniff');
    expect(reply.headers.get('content-security-policy')).toContain('sandbox');
    const head = await fetch(`${served.url}/api/blobs/${hash}`, { method: 'HEAD' });
    expect(head.status).toBe(200);
  });

  it('are refused when they hash to something else than their name', async () => {
    served = await serveApp();
    const key = await served.access.issueBridgeKey('north');
    const reply = await put(hashOf('another'), program, key);
    expect([reply.status, (await reply.json()).code]).toEqual([422, 'file.hash']);
    expect((await fetch(`${served.url}/api/blobs/${hashOf('another')}`)).status).toBe(404);
    expect((await put('sha256:short', program, key)).status).toBe(404);
  });
});

describe('the page', () => {
  it('is served at every address that looks like a page, its hashed assets for ever', async () => {
    served = await serveApp();
    mkdirSync(join(served.pageFolder, 'assets'));
    writeFileSync(join(served.pageFolder, 'index.html'), '<!doctype html><title>page</title>');
    writeFileSync(join(served.pageFolder, 'assets', 'main-a1b2.js'), 'export {};');
    for (const path of ['/', '/board', '/designs/wall-block', '/jobs/01939d53-51f9-7a34-a2d5-ea8b7ad5b4a0']) {
      const reply = await fetch(`${served.url}${path}`);
      expect([path, reply.status, await reply.text()]).toEqual([path, 200, expect.stringContaining('page')]);
      expect(reply.headers.get('cache-control')).toBe('no-cache');
      expect(reply.headers.get('content-security-policy')).toContain("worker-src 'self' blob:");
    }
    const asset = await fetch(`${served.url}/assets/main-a1b2.js`);
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect((await fetch(`${served.url}/assets/main-old.js`)).status).toBe(404);
    expect((await fetch(`${served.url}/missing.png`)).status).toBe(404);
  });

  it('says so where it is not built', async () => {
    served = await serveApp();
    const reply = await fetch(`${served.url}/board`);
    expect([reply.status, (await reply.json()).code]).toEqual([503, 'page.not-built']);
  });
});

describe('the description of the web interface', () => {
  it('is OpenAPI 3.1 whose references all lead somewhere', async () => {
    served = await serveApp();
    const document = await (await fetch(`${served.url}/api/openapi.json`)).json();
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toContain('/api/orders');
    const known = new Set(
      Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`),
    );
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(
      ([, target]) => target,
    );
    expect(references.length).toBeGreaterThan(20);
    expect(references.filter((target) => !known.has(target ?? ''))).toEqual([]);
  });
});
