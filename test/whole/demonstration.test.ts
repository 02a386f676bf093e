import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { io } from 'socket.io-client';
import { afterEach, describe, expect, it } from 'vitest';
import { LIVE_PATH, Snapshot } from '#contract/live-events.ts';
import type { JobView } from '#contract/views.ts';
import { childrenOf, isAlive } from '../support/process-tree.ts';
import { type ServerProcess, startServer } from '../support/start-server.ts';

const LONG = { timeout: 90_000, interval: 200 };
const hasProcessList = existsSync('/proc/self/stat');
if (!hasProcessList)
  console.warn('Left out: the tests that kill the demonstration bridge need /proc to find it (Linux).');

let server: ServerProcess | undefined;
afterEach(async () => {
  await server?.stop({ keepData: false });
  server = undefined;
});

const state = async () => Snapshot.parse(await (await fetch(`${server?.url}/api/state`)).json());
const jobs = async (): Promise<JobView[]> => (await state()).views.jobs;
const bridgePid = () =>
  childrenOf(server?.pid ?? 0)?.find(({ command }) => command.includes('bridge.json'))?.pid;

const bothRunning = () =>
  expect.poll(async () => (await jobs()).filter((job) => job.state === 'running').length, LONG).toBe(2);

describe('the first page of a fresh start', () => {
  it('is alive: machines are there, one design is cut and one printed, and a watcher hears the tool move', async () => {
    server = await startServer();
    await bothRunning();
    const { views, machines } = await state();
    expect(views.labs).toMatchObject([
      { lab: 'atelier-demo', machines: [{ simulated: true }, { simulated: true }] },
    ]);
    expect(machines.map((machine) => machine.state)).toEqual(['running', 'running']);
    expect(new Set(views.jobs.map((job) => job.requirement.process))).toEqual(new Set(['cut', 'print']));
    const socket = io(server.url, { path: LIVE_PATH, transports: ['websocket'] });
    const positions = new Set<string>();
    socket.on('connect', () => socket.emit('follow', {}, () => {}));
    socket.on('telemetry', (readings) => {
      for (const { machine, positionMm } of readings) positions.add(`${machine} ${positionMm}`);
    });
    await expect.poll(() => positions.size, LONG).toBeGreaterThan(5);
    socket.disconnect();
  });
});

describe.runIf(hasProcessList)('when the demonstration bridge is killed in mid-job', () => {
  it('its jobs become unknown, are never started again, and the restarted bridge tells the truth', async () => {
    server = await startServer();
    const bridge = () => bridgePid() ?? 0;
    await bothRunning();
    const before = bridge();
    process.kill(before, 'SIGKILL');
    await expect.poll(async () => (await jobs()).map((job) => job.state), LONG).toContain('unknown');
    const started = async () => (await jobs()).filter((job) => job.startedMs !== undefined);
    await expect
      .poll(async () => new Set((await started()).map((job) => job.state)), LONG)
      .toEqual(new Set(['failed']));
    expect(bridge()).not.toBe(before);
    for (const job of await started()) {
      expect(job.failure?.cause).toBe('interrupted');
      expect(job.history.filter(({ type }) => type === 'job.started')).toHaveLength(1);
    }
  });
});

describe('Ctrl-C in a terminal', () => {
  it('ends in order: the machines are stopped, their jobs told as interrupted, and nothing is left behind', async () => {
    const first = await startServer({ isOwnGroup: true });
    server = first;
    await bothRunning();
    const children = childrenOf(first.pid)?.map(({ pid }) => pid) ?? [];
    expect(await first.pressCtrlC()).toBe(0);
    expect(children.filter(isAlive)).toEqual([]);
    const bridgeLog = readFileSync(join(first.dataDir, 'demonstration', 'bridge.log'), 'utf8');
    expect(bridgeLog).toMatch(/its machine is stopped now[\s\S]*The bridge has stopped/);
    server = await startServer({ args: ['--empty'], dataDir: first.dataDir });
    const started = (await jobs()).filter((job) => job.startedMs !== undefined);
    expect(started).toHaveLength(2);
    for (const job of started)
      expect(job).toMatchObject({ state: 'failed', failure: { cause: 'interrupted' } });
  });
});

describe('when the server is killed in mid-job and started again', () => {
  it('the machines are stopped, then made ready by their operator, and the demonstration goes on', async () => {
    const first = await startServer();
    server = first;
    await bothRunning();
    const started = async () => (await jobs()).filter((job) => job.startedMs !== undefined);
    const before = new Set((await started()).map(({ job }) => job));
    await first.kill();
    server = await startServer({ dataDir: first.dataDir });
    const stateOf = async (machine: string) =>
      (await state()).machines.find((one) => one.machine === machine)?.state;
    await expect.poll(() => stateOf('router'), LONG).toBe('needs-operator');
    // The next sheet of the same order waits for the operator; nobody has to ask for it.
    await expect
      .poll(
        async () => (await started()).some((job) => job.state === 'running' && !before.has(job.job)),
        LONG,
      )
      .toBe(true);
    for (const job of (await started()).filter((one) => before.has(one.job)))
      expect(job.history.filter(({ type }) => type === 'job.started')).toHaveLength(1);
  });
});

describe.runIf(hasProcessList)('when the server is killed', () => {
  it('bridge and simulators end with it', async () => {
    server = await startServer({ env: { DEMO_ORDERS_PER_DAY: '0' } });
    const children = () => childrenOf(server?.pid ?? 0) ?? [];
    await expect.poll(() => children().length, LONG).toBe(3);
    const pids = children().map(({ pid }) => pid);
    await server.kill();
    await expect.poll(() => pids.filter(isAlive), LONG).toEqual([]);
    server.removeData();
  });
});
