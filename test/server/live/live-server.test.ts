import { createServer, type Server } from 'node:http';
import { io, type Socket } from 'socket.io-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Delta,
  LIVE_PATH,
  type PageToServer,
  type ServerToPage,
  type Snapshot,
  type Telemetry,
} from '#contract/live-events.ts';
import type { MachineLive } from '#contract/views.ts';
import { joinAgent } from '../../../server/commons/agents/join-agent.ts';
import { defaultRulePack } from '../../../server/commons/charter/default-rule-pack.ts';
import { foundCommunity } from '../../../server/commons/charter/found-community.ts';
import { type CommonsLedger, openCommonsLedger } from '../../../server/community/commons-ledger.ts';
import { newLogKeys } from '../../../server/ledger/log-keys.ts';
import { newId } from '../../../server/ledger/new-id.ts';
import { followLedger, REMEMBERED_ENTRIES_MAX } from '../../../server/live/follow-ledger.ts';
import { type LiveServer, startLiveServer } from '../../../server/live/live-server.ts';
import { createMemoryStorage } from '../../../server/storage/memory-storage.ts';

type Page = Socket<ServerToPage, PageToServer>;

let ledger: CommonsLedger;
let web: Server;
let live: LiveServer;
let source: ReturnType<typeof followLedger>;
let url: string;
const pages: Page[] = [];
const machineListeners = new Set<(machine: MachineLive) => void>();
const telemetryListeners = new Set<(telemetry: Telemetry) => void>();

const join = (agent: string) =>
  ledger.submit((state, context) => joinAgent(state, { agent, kind: 'person', name: agent }, context));

async function page(): Promise<Page> {
  const socket: Page = io(url, { path: LIVE_PATH, transports: ['websocket'] });
  pages.push(socket);
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  return socket;
}

const follow = (socket: Page, request: { log?: string; since?: number } = {}) =>
  new Promise<Snapshot | Delta>((resolve) => socket.emit('follow', request, resolve));

beforeEach(async () => {
  ledger = await openCommonsLedger({
    storage: createMemoryStorage(),
    keys: newLogKeys(),
    nowMs: Date.now,
    newId,
    onStopped: (error) => {
      throw error;
    },
  });
  const founded = { community: 'community', name: 'Workshop', rulePack: defaultRulePack };
  await ledger.submit((state, context) => foundCommunity(state, founded, context));
  source = followLedger({
    ledger,
    newest: [],
    log: 'this-log',
    communityName: () => 'Workshop',
    route: () => ({ candidates: [], refusals: [] }),
    machines: {
      machineLive: () => [],
      telemetry: () => [],
      onMachine: (listener) => {
        machineListeners.add(listener);
        return () => machineListeners.delete(listener);
      },
      onTelemetry: (listener) => {
        telemetryListeners.add(listener);
        return () => telemetryListeners.delete(listener);
      },
    },
  });
  web = createServer();
  live = startLiveServer({
    http: web,
    source,
    machines: {
      onMachine: (listener) => {
        machineListeners.add(listener);
        return () => machineListeners.delete(listener);
      },
      onTelemetry: (listener) => {
        telemetryListeners.add(listener);
        return () => telemetryListeners.delete(listener);
      },
    },
    mayConnect: ({ headers }) => headers.origin === undefined,
    visitorOf: (authorization) => ({ agent: 'you', name: 'You', canAct: authorization === 'Bearer right' }),
    nowMs: Date.now,
  });
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  const address = web.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
});

afterEach(async () => {
  for (const socket of pages.splice(0)) socket.disconnect();
  source.stop();
  await live.stop();
  web.closeAllConnections();
  await new Promise((resolve) => web.close(resolve));
});

describe('the live link', () => {
  it('answers a new page with a snapshot and sends every later change, each continuing the one before', async () => {
    const socket = await page();
    const deltas: Delta[] = [];
    socket.on('delta', (delta) => deltas.push(delta));
    const snapshot = await follow(socket);
    expect(snapshot).toMatchObject({ kind: 'snapshot', log: 'this-log', community: { name: 'Workshop' } });
    const size = snapshot.kind === 'snapshot' ? snapshot.size : -1;
    for (const agent of ['ada', 'ben', 'cleo']) await join(agent);
    await expect.poll(() => deltas.at(-1)?.to).toBe(size + 3);
    let at = size;
    for (const delta of deltas) {
      expect(delta.from).toBe(at);
      expect(delta.entries.map(({ index }) => index)).toEqual(
        Array.from({ length: delta.to - delta.from }, (_, offset) => delta.from + offset),
      );
      at = delta.to;
    }
    expect(deltas.flatMap(({ changed }) => changed.accounts ?? []).map(({ agent }) => agent)).toEqual([
      'ada',
      'ben',
      'cleo',
    ]);
  });

  it('tells a page that was away what it missed, and gives a stranger or a late one a snapshot', async () => {
    const socket = await page();
    const first = await follow(socket);
    const size = first.kind === 'snapshot' ? first.size : -1;
    await join('ada');
    expect(await follow(socket, { log: 'this-log', since: size })).toMatchObject({
      kind: 'delta',
      from: size,
      to: size + 1,
      changed: { accounts: [{ agent: 'ada' }] },
    });
    expect(await follow(socket, { log: 'this-log', since: size + 1 })).toMatchObject({
      kind: 'delta',
      from: size + 1,
      to: size + 1,
      changed: {},
      entries: [],
    });
    expect((await follow(socket, { log: 'another-log', since: size })).kind).toBe('snapshot');
    expect((await follow(socket, { log: 'this-log', since: size + 99 })).kind).toBe('snapshot');
    for (let count = 0; count <= REMEMBERED_ENTRIES_MAX; count += 50)
      await Promise.all(Array.from({ length: 50 }, (_, offset) => join(`person-${count + offset}`)));
    expect((await follow(socket, { log: 'this-log', since: size })).kind).toBe('snapshot');
  });

  it('counts entries that it does not understand, so that a page never misses its place', async () => {
    const socket = await page();
    const deltas: Delta[] = [];
    socket.on('delta', (delta) => deltas.push(delta));
    const first = await follow(socket);
    const size = first.kind === 'snapshot' ? first.size : -1;
    const unheardOf = () => ({ id: newId(), stream: 'moon/1', type: 'moon.landed', data: { where: 'here' } });
    await ledger.submit(() => [unheardOf(), unheardOf()]);
    await join('ada');
    await expect
      .poll(() => deltas.map(({ from, to }) => [from, to]))
      .toEqual([
        [size, size + 2],
        [size + 2, size + 3],
      ]);
    expect(deltas[0]).toMatchObject({ changed: {}, entries: [{ type: 'moon.landed' }, { index: size + 1 }] });
    expect(await follow(socket, { log: 'this-log', since: size + 1 })).toMatchObject({
      from: size + 1,
      to: size + 3,
      entries: [{ type: 'moon.landed' }, { type: 'agent.joined' }],
    });
  });

  it('says who the visitor is by the key that the page gives', async () => {
    const socket: Page = io(url, { path: LIVE_PATH, transports: ['websocket'], auth: { key: 'right' } });
    pages.push(socket);
    await new Promise<void>((resolve) => socket.once('connect', resolve));
    expect(await follow(socket)).toMatchObject({ visitor: { canAct: true } });
    expect(await follow(await page())).toMatchObject({ visitor: { canAct: false } });
  });

  it('does not let the scripts of another website in', async () => {
    const socket: Page = io(url, {
      path: LIVE_PATH,
      extraHeaders: { origin: 'https://evil.example' },
      reconnection: false,
    });
    pages.push(socket);
    const refused = await new Promise((resolve) => {
      socket.once('connect', () => resolve(false));
      socket.once('connect_error', () => resolve(true));
    });
    expect(refused).toBe(true);
  });

  it('passes on machines and telemetry to pages that follow, and counts them', async () => {
    const socket = await page();
    expect(live.watchers()).toBe(0);
    await follow(socket);
    expect(live.watchers()).toBe(1);
    const heard: unknown[] = [];
    socket.on('machines', (machines) => heard.push(machines));
    socket.on('telemetry', (readings) => heard.push(readings));
    const machine: MachineLive = { lab: 'north', machine: 'router', state: 'running', sinceMs: 1 };
    const telemetry: Telemetry = {
      lab: 'north',
      machine: 'router',
      job: newId(),
      timeMs: 1,
      state: 'running',
      line: 1,
      linesTotal: 9,
      progress: 0.1,
    };
    for (const listener of machineListeners) listener(machine);
    await expect.poll(() => heard).toEqual([[machine]]);
    for (const listener of telemetryListeners) listener(telemetry);
    await expect.poll(() => heard).toEqual([[machine], [telemetry]]);
  });

  it('survives a page that sends nonsense', async () => {
    const socket: Socket = io(url, { path: LIVE_PATH, transports: ['websocket'] });
    pages.push(socket);
    await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
    socket.emit('follow', 'nonsense');
    socket.emit('follow', { since: -1 }, () => {});
    socket.emit('nothing');
    expect((await follow(await page())).kind).toBe('snapshot');
  });
});
