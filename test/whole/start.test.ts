import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { io } from 'socket.io-client';
import { afterEach, describe, expect, it } from 'vitest';
import { EntryProof, LedgerHead } from '#contract/http.ts';
import { LIVE_PATH, Snapshot } from '#contract/live-events.ts';
import { post } from '../support/requests.ts';
import {
  runProgram,
  type ServerProcess,
  type ServerProcessWish,
  startServer,
} from '../support/start-server.ts';

const running: ServerProcess[] = [];
const folders: string[] = [];

async function start(wish: ServerProcessWish = {}): Promise<ServerProcess> {
  const server = await startServer({ args: ['--empty'], ...wish });
  running.push(server);
  return server;
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'commonwright-test-'));
  folders.push(made);
  return made;
}

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop({ keepData: false });
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

const read = async (url: string) => (await fetch(url)).json();
const lab = (name: string) => ({
  lab: name,
  name,
  place: 'here',
  consent: 'automatic',
  bedClear: 'automatic',
});

describe('a start', () => {
  it('prints one address, serves the page there, publishes the bundled designs and ends politely', async () => {
    const server = await start();
    expect(server.output().match(/http:\/\//g)).toHaveLength(1);
    const page = await fetch(server.url);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const state = Snapshot.parse(await read(`${server.url}/api/state`));
    expect(state.views.designs.map(({ design }) => design)).toEqual(
      expect.arrayContaining(['wall-block', 'flat-pack-stool', 'corner-connector']),
    );
    expect(state.views.labs).toEqual([]);
    expect(state.visitor).toMatchObject({ agent: 'local-person', canAct: true });
    expect(await server.stop()).toBe(0);
  });

  it('finds everything again the second time, and publishes nothing twice', async () => {
    const dataDir = folder();
    const first = await start({ dataDir });
    const opened = await (await post(`${first.url}/api/labs`, lab('north'))).json();
    expect(opened.bridgeKey).toMatch(/^cw-bridge-/);
    const before = Snapshot.parse(await read(`${first.url}/api/state`));
    const head = LedgerHead.parse(await read(`${first.url}/api/ledger`));
    await first.stop();
    const second = await start({ dataDir });
    const after = Snapshot.parse(await read(`${second.url}/api/state`));
    expect(after.size).toBe(before.size);
    expect(after.log).toBe(before.log);
    expect(after.views).toEqual(before.views);
    expect(LedgerHead.parse(await read(`${second.url}/api/ledger`)).root).toBe(head.root);
    const blob = await fetch(`${second.url}/api/blobs/sha256:${'0'.repeat(64)}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${opened.bridgeKey}` },
      body: 'x',
    });
    // The key is still known: the refusal is about the content.
    expect((await blob.json()).code).toBe('file.hash');
  });

  it('gives each entry a proof, and says which entries it does not have', async () => {
    const { url } = await start();
    const { size } = LedgerHead.parse(await read(`${url}/api/ledger`));
    const proof = EntryProof.parse(await read(`${url}/api/entries/${size - 1}`));
    expect(JSON.parse(proof.leaf).body.type).toBe('design.published');
    const beyond = await fetch(`${url}/api/entries/${size}`);
    expect([beyond.status, (await beyond.json()).code]).toEqual([404, 'entry.unknown']);
  });
});

describe('a start that cannot be', () => {
  it('says that the port is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = String(typeof address === 'object' ? address?.port : 0);
    const ended = await runProgram(['start', '--empty'], { DATA_DIR: folder(), PORT: port, MQTT_PORT: '0' });
    other.close();
    expect(ended.code).toBe(1);
    expect(ended.err).toBe(
      `commonwright: Port ${port} on 127.0.0.1 is in use. Stop the other program, or choose another port with PORT.\n`,
    );
  });

  it('says what stands in the way of the data folder', async () => {
    const file = join(folder(), 'a-file');
    writeFileSync(file, '');
    for (const path of [file, join(file, 'data')]) {
      const ended = await runProgram(['start', '--empty'], { DATA_DIR: path, PORT: '0', MQTT_PORT: '0' });
      expect(ended.code).toBe(1);
      expect(ended.err).toContain(`${file} is a file, not a folder. Set DATA_DIR`);
      expect(ended.err.trim().split('\n')).toHaveLength(1);
    }
  });

  it('refuses a second server on the same data folder and leaves the first one alone', async () => {
    const server = await start();
    const ended = await runProgram(['start', '--empty'], {
      DATA_DIR: server.dataDir,
      PORT: '0',
      MQTT_PORT: '0',
    });
    expect(ended.code).toBe(1);
    expect(ended.err).toMatch(
      /^commonwright: Another server already works on the data folder .*DATA_DIR.*\n$/,
    );
    expect((await fetch(`${server.url}/api/health`)).status).toBe(200);
  });

  it('names a setting that cannot be used', async () => {
    const ended = await runProgram(['start'], { PORT: 'eighty' });
    expect([ended.code, ended.err]).toEqual([1, expect.stringMatching(/^commonwright: PORT is not usable/)]);
  });
});

describe('a server that others can reach', () => {
  it('prints its key once, asks for it with every command, and lets everyone look', async () => {
    const dataDir = folder();
    const first = await start({ dataDir, env: { HOST: '0.0.0.0' } });
    const key = /shown once: (\S+)/.exec(first.output())?.[1] ?? '';
    expect(key).toMatch(/^cw-command-/);
    const place = join(dataDir, 'private', 'command-key.txt');
    expect(statSync(place).mode & 0o777).toBe(0o600);
    const state = Snapshot.parse(await read(`${first.url}/api/state`));
    expect(state.visitor.canAct).toBe(false);
    expect((await post(`${first.url}/api/labs`, lab('north'))).status).toBe(401);
    const bearer = { authorization: `Bearer ${key}` };
    expect((await post(`${first.url}/api/labs`, lab('north'), bearer)).status).toBe(201);
    await first.stop({ keepData: true });
    const second = await start({ dataDir, env: { HOST: '0.0.0.0' } });
    expect(second.output()).not.toContain(key);
    expect(second.output()).toContain(place);
    expect(readFileSync(place, 'utf8').trim()).toBe(key);
    expect((await post(`${second.url}/api/labs`, lab('south'), bearer)).status).toBe(201);
  });
});

describe('a server without any lab', () => {
  it('refuses an order with what to do about it, and changes nothing', async () => {
    const { url } = await start();
    const { size } = LedgerHead.parse(await read(`${url}/api/ledger`));
    const wish = { id: randomUUID(), design: 'cable-hook', parameters: {}, quantity: 1 };
    const reply = await post(`${url}/api/orders`, wish);
    const { code, detail } = await reply.json();
    expect([reply.status, code]).toEqual([422, 'order.cannot-be-made']);
    expect(detail).toMatch(/no lab has described a machine yet\. Add a lab with a machine that can print\.$/);
    expect(LedgerHead.parse(await read(`${url}/api/ledger`)).size).toBe(size);
  });
});

describe('sockets', () => {
  /** Resolves with a snapshot, or with the refusal of the connection. */
  const follow = (url: string, headers: Record<string, string>) =>
    new Promise<unknown>((resolve) => {
      const socket = io(url, {
        path: LIVE_PATH,
        transports: ['websocket'],
        extraHeaders: headers,
        reconnection: false,
      });
      const end = (answer: unknown) => {
        socket.disconnect();
        resolve(answer);
      };
      socket.on('connect', () => socket.emit('follow', {}, end));
      socket.on('connect_error', (error) => end(error.message));
    });

  it('answer our own page with a snapshot and refuse other websites and rebound names', async () => {
    const { url } = await start();
    expect(Snapshot.parse(await follow(url, { origin: url })).kind).toBe('snapshot');
    expect(Snapshot.parse(await follow(url, {})).kind).toBe('snapshot');
    expect(await follow(url, { origin: 'https://evil.example' })).not.toHaveProperty('kind');
    expect(await follow(url, { host: 'evil.example' })).not.toHaveProperty('kind');
  });
});
