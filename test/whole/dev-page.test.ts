import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { io } from 'socket.io-client';
import { createServer, loadConfigFromFile, type ProxyOptions, type ViteDevServer } from 'vite';
import { afterEach, describe, expect, it } from 'vitest';
import { LIVE_PATH, Snapshot } from '#contract/live-events.ts';
import { send } from '../support/requests.ts';
import { type ServerProcess, startServer } from '../support/start-server.ts';

const configFile = fileURLToPath(new URL('../../web/vite.config.ts', import.meta.url));
const cacheDir = mkdtempSync(join(tmpdir(), 'commonwright-dev-page-'));
let server: ServerProcess | undefined;
let page: ViteDevServer | undefined;
afterEach(async () => {
  await page?.close();
  await server?.stop();
  rmSync(cacheDir, { recursive: true, force: true });
});

/** The development page as `npm run dev:web` serves it, in front of this server instead of the one on port 8080. */
async function openDevPage(target: string): Promise<string> {
  const loaded = await loadConfigFromFile({ command: 'serve', mode: 'development' }, configFile);
  const config = loaded?.config ?? {};
  const proxy: Record<string, string | ProxyOptions> = {};
  for (const [path, options] of Object.entries(config.server?.proxy ?? {}))
    proxy[path] = typeof options === 'string' ? target : { ...options, target };
  page = await createServer({
    ...{ ...config, configFile: false, cacheDir, logLevel: 'silent' },
    optimizeDeps: { noDiscovery: true, include: [] },
    server: { ...config.server, proxy, host: '127.0.0.1', port: 0 },
  });
  await page.listen();
  const address = page.httpServer?.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
}

describe('the development page', () => {
  it('may act and follow like the page that the server serves itself, and other sites may not', async () => {
    server = await startServer({ args: ['--empty'] });
    const url = await openDevPage(server.url);
    const json = { 'content-type': 'application/json' };
    const act = (origin: string) =>
      send(url, '/api/orders', { method: 'POST', headers: { ...json, origin }, body: '{}' });
    // Let in, and told what the body lacks.
    expect((await act(url)).status).toBe(422);
    expect((await act('https://evil.example')).status).toBe(403);
    expect((await send(url, '/log/checkpoint')).status).toBe(200);
    const socket = io(url, {
      ...{ path: LIVE_PATH, transports: ['websocket'], reconnection: false },
      extraHeaders: { origin: url },
    });
    const answer = await new Promise((resolve) => {
      socket.on('connect', () => socket.emit('follow', {}, resolve));
      socket.on('connect_error', resolve);
    });
    socket.disconnect();
    expect(Snapshot.parse(answer).kind).toBe('snapshot');
  });
});
