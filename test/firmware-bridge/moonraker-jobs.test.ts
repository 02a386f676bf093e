import { afterEach, beforeEach, expect, it } from 'vitest';
import { createMoonrakerMachine } from '../../firmware-bridge/drivers/moonraker/create-moonraker-machine.ts';
import { MoonrakerSimulator } from '../../firmware-bridge/drivers/simulator/moonraker-simulator.ts';
import type { Machine } from '../../firmware-bridge/machine.ts';
import { steadyClock } from '../../firmware-bridge/machine.ts';
import type { Broker } from '../../server/mqtt/broker.ts';
import { openBridgeWith, temporaryFolder } from '../support/bridge-on-trial.ts';
import {
  assignment,
  openScriptedCoordinator,
  type ScriptedCoordinator,
  startOf,
  startTestBroker,
} from '../support/scripted-coordinator.ts';
import { until } from '../support/until.ts';

let broker: Broker;
let coordinator: ScriptedCoordinator;
let place: ReturnType<typeof temporaryFolder>;
let simulator: MoonrakerSimulator;
let url: string;
type Opened = ReturnType<typeof openBridgeWith<Machine>>;
const opened: Opened[] = [];

beforeEach(async () => {
  broker = await startTestBroker();
  coordinator = await openScriptedCoordinator(broker.url);
  place = temporaryFolder('moonraker-jobs');
  simulator = new MoonrakerSimulator({ speedUp: 8 });
  url = `moonraker+http://127.0.0.1:${(await simulator.listen()).port}`;
});

afterEach(async () => {
  for (const { bridge } of opened.splice(0)) await bridge.stop();
  await coordinator.client.endAsync(true);
  await broker.stop();
  await simulator.close();
  place.remove();
});

function open(): Opened {
  const one = openBridgeWith<Machine>(broker.url, place.folder, {
    // The program of this bench is a router's.
    newFake: () => createMoonrakerMachine(url, steadyClock, { machineClass: 'router', limits: {} }),
  });
  opened.push(one);
  return one;
}

/** What was told, each fact once however often it was repeated for want of a receipt. */
const types = () => [...new Map(coordinator.facts().map(({ id, type }) => [id, type])).values()];
const starts = () => simulator.moonraker.klipper.orders.filter((order) => order.startsWith('start'));

async function running() {
  const given = assignment();
  const one = open();
  await coordinator.machine('idle');
  await coordinator.ask(given);
  await coordinator.fact('job.prepared');
  await coordinator.ask(startOf(given));
  await coordinator.fact('job.started');
  return { given, one };
}

it('a job for a Klipper printer is placed, started once and finished, over the broker', async () => {
  const { given } = await running();
  await coordinator.fact('job.finished');
  expect(types()).toEqual(['job.prepared', 'job.started', 'job.finished']);
  expect(starts()).toEqual([`start cw-${given.execution}.gcode`]);
});

it('a bridge that is killed in the middle finds the print again and starts nothing', async () => {
  const { one } = await running();
  opened.length = 0;
  one.journal.close();
  await one.bridge.stop().catch(() => {});
  const { log } = open();
  await until(() => log.some((sentence) => sentence.includes('connected (Klipper')));
  await coordinator.fact('job.finished');
  expect(types()).toEqual(['job.prepared', 'job.started', 'job.finished']);
  expect(starts()).toHaveLength(1);
});

it('a Moonraker that restarts in the middle costs nothing', async () => {
  await running();
  simulator.restartMoonraker();
  await coordinator.fact('job.finished');
  expect(types()).toEqual(['job.prepared', 'job.started', 'job.finished']);
  expect(starts()).toHaveLength(1);
});

it('a shutdown of Klipper in the middle is a failed job with its words', async () => {
  await running();
  simulator.moonraker.klipper.shutdown('ADC out of range');
  const { data } = await coordinator.fact('job.failed');
  expect(data).toMatchObject({ cause: 'thermal', words: 'ADC out of range', started: true });
});
