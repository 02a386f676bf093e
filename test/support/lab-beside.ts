import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Snapshot } from '#contract/live-events.ts';
import { type BridgeProcess, launch, startBridgeProcess } from './bridge-process.ts';
import type { ServerProcess } from './start-server.ts';
import { until } from './until.ts';

export interface OpenedLab {
  lab: string;
  bridgeKey: string;
  mqttUrl: string;
}

export interface LabBesideWish {
  speedUp: number;
  alarmAtLine?: number;
  envelope?: { xMm: number; yMm: number; zMm: number };
}

/** Asks the server as a person's page does. */
export async function ask<Answer>(server: ServerProcess, path: string, body?: object): Promise<Answer> {
  const response = await fetch(server.url + path, {
    ...(body === undefined
      ? {}
      : { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
  return JSON.parse(text || '{}');
}

export const openLabOn = (
  server: ServerProcess,
  lab: string,
  rules: { consent: 'automatic' | 'by-hand'; bedClear: 'automatic' | 'by-hand' },
): Promise<OpenedLab> => ask(server, '/api/labs', { lab, name: `Lab ${lab}`, place: 'Here', ...rules });

/** A lab's own processes beside a server: a simulated router on TCP, and the bridge that connects it. */
export async function startLabBeside(server: ServerProcess, opened: OpenedLab, wish: LabBesideWish) {
  const envelope = wish.envelope ?? { xMm: 2_500, yMm: 1_250, zMm: 100 };
  const controller = launch([
    ...['simulate', 'grbl', '--speed-up', String(wish.speedUp)],
    ...(wish.alarmAtLine === undefined ? [] : ['--alarm-at-line', String(wish.alarmAtLine)]),
  ]);
  const url = await until(() => /(tcp:\/\/\S+);/.exec(controller.output())?.[1]);
  const folder = join(server.dataDir, `beside-${opened.lab}`);
  mkdirSync(folder, { recursive: true });
  const config = {
    ...{ server: server.url, mqtt: opened.mqttUrl, lab: opened.lab, key: opened.bridgeKey },
    data: join(folder, 'bridge'),
    machines: [
      {
        ...{ machine: 'router', name: 'Router', process: 'cut', controller: 'grbl', simulated: true },
        ...{ url, envelope, materials: ['plywood'] },
        cutter: {
          ...{ name: 'two flutes', diameterMm: 6, feedMmPerMin: 4_000, plungeMmPerMin: 1_200 },
          ...{ spindleRpm: 18_000, passDepthMm: 6.2 },
        },
      },
    ],
    stock: [
      {
        ...{ form: 'sheet', material: 'plywood', lengthMm: 2_440, widthMm: 1_220 },
        ...{ thicknessUm: 18_000, sheets: 50 },
      },
    ],
    countedAt: Date.now(),
  };
  const bridge: BridgeProcess = startBridgeProcess(folder, config);
  await untilFree(server, opened.lab);
  return {
    /** `kill -9`: the machine goes on moving, nobody knows. */
    killBridge: () => bridge.kill(),
    output: () => bridge.output(),
    async stop() {
      await bridge.stop();
      await controller.stop();
    },
  };
}

const ASK_EVERY_MS = 100;

/** Waits until the lab's machine is known to the server and free; the test's own time limit ends a wait in vain. */
async function untilFree(server: ServerProcess, lab: string): Promise<void> {
  for (;;) {
    const { machines } = await ask<Snapshot>(server, '/api/state');
    if (machines.some((machine) => machine.lab === lab && machine.state === 'idle')) return;
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
}
