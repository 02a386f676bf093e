import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Snapshot } from '#contract/live-events.ts';
import { bareEnvironment, type ServerProcess, startServer } from '../support/start-server.ts';
import { openWiretap, type WireEvent } from './wiretap.ts';

const bridgeProgram = fileURLToPath(new URL('../../firmware-bridge/commonwright-bridge.js', import.meta.url));
const LAB = 'bench';
const READY_PATIENCE_MS = 60_000;
const ASK_EVERY_MS = 50;

/** A server without demonstration, one simulated router behind a wiretap, and a bridge between them: four processes. */
export async function openOwnLab(speedUp: number, listener: (event: WireEvent) => void) {
  const server = await startServer({ args: ['--empty'] });
  const children: ChildProcess[] = [];
  const run = (...args: string[]) => {
    children.push(
      spawn(process.execPath, [bridgeProgram, ...args], { env: bareEnvironment(), stdio: 'ignore' }),
    );
  };
  const { bridgeKey, mqttUrl } = await ask<{ bridgeKey: string; mqttUrl: string }>(server, '/api/labs', {
    ...{ lab: LAB, name: 'Bench', place: '', consent: 'automatic', bedClear: 'automatic' },
  });
  const controllerPort = await freePort();
  run('simulate', 'grbl', '--port', String(controllerPort), '--speed-up', String(speedUp));
  await untilOpen(controllerPort);
  const wire = await openWiretap(controllerPort, listener);
  const config = join(server.dataDir, 'bench-lab.json');
  writeFileSync(config, JSON.stringify(labConfig(server, bridgeKey, mqttUrl, wire.port)));
  run('--config', config);
  await until(server, ({ machines }) => machines.some(({ lab, state }) => lab === LAB && state === 'idle'));

  return {
    server,
    wire,
    place: async (design: string): Promise<string> => {
      const order = randomUUID();
      await ask(server, '/api/orders', { id: order, design, parameters: {}, quantity: 1 });
      return order;
    },
    command: (job: string, action: string) => ask(server, `/api/jobs/${job}/${action}`, { action }),
    until: (holds: (state: Snapshot) => boolean) => until(server, holds),
    close: async () => {
      for (const child of children) child.kill();
      await wire.close();
      await server.stop();
    },
  };
}

function labConfig(server: ServerProcess, key: string, mqtt: string, port: number) {
  return {
    ...{ server: server.url, mqtt, lab: LAB, key, data: join(server.dataDir, 'bench-bridge') },
    machines: [
      {
        ...{ machine: 'router', name: 'Router', process: 'cut', controller: 'grbl', simulated: true },
        url: `tcp://127.0.0.1:${port}`,
        envelope: { xMm: 2_500, yMm: 1_250, zMm: 100 },
        materials: ['plywood'],
        cutter: {
          ...{ name: '6 mm', diameterMm: 6, feedMmPerMin: 4_000, plungeMmPerMin: 1_200 },
          ...{ spindleRpm: 18_000, passDepthMm: 6.2 },
        },
      },
    ],
    stock: [
      {
        form: 'sheet',
        material: 'plywood',
        lengthMm: 2_440,
        widthMm: 1_220,
        thicknessUm: 18_000,
        sheets: 500,
      },
    ],
    countedAt: Date.now(),
  };
}

async function ask<Answer>(server: ServerProcess, path: string, body: object): Promise<Answer> {
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
  return JSON.parse(text || '{}');
}

async function until(server: ServerProcess, holds: (state: Snapshot) => boolean): Promise<Snapshot> {
  const end = Date.now() + READY_PATIENCE_MS;
  for (;;) {
    const state: Snapshot = await (await fetch(`${server.url}/api/state`)).json();
    if (holds(state)) return state;
    if (Date.now() > end) throw new Error('the lab did not get as far as the measurement needs');
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

async function untilOpen(port: number): Promise<void> {
  const end = Date.now() + READY_PATIENCE_MS;
  while (Date.now() < end) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
  throw new Error('the simulated controller did not open its port');
}
