import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { Snapshot } from '#contract/live-events.ts';
import { type RunningSimulator, runSimulator } from '../../firmware-bridge/drivers/simulator/simulate.ts';
import { temporaryFolder } from '../support/bridge-on-trial.ts';
import { type BridgeProcess, startBridgeProcess } from '../support/bridge-process.ts';
import { findMosquitto, type Mosquitto, startMosquitto } from '../support/mosquitto.ts';
import { post } from '../support/requests.ts';
import { type ServerProcess, startServer } from '../support/start-server.ts';

const program = findMosquitto();
if (program === undefined)
  console.warn('Left out: the server with mosquitto, which is not installed (apt-get install mosquitto).');

const LONG = { timeout: 90_000, interval: 200 };
const PASSWORD = 'what-the-broker-knows';
let place: ReturnType<typeof temporaryFolder>;
let mosquitto: Mosquitto;
let server: ServerProcess | undefined;
let simulator: RunningSimulator | undefined;
let bridge: BridgeProcess | undefined;

afterEach(async () => {
  await bridge?.stop();
  await simulator?.close();
  await server?.stop();
  await mosquitto.stop();
  place.remove();
});

describe.skipIf(program === undefined)('a server with mosquitto as its broker', () => {
  it('has an order made by a bridge that it has never met but there', async () => {
    place = temporaryFolder('external-broker');
    mosquitto = await startMosquitto(program ?? '', ['coordinator'], PASSWORD);
    server = await startServer({ args: ['--empty'], env: { MQTT_URL: mosquitto.url('coordinator') } });
    const { url } = server;
    const lab = { lab: 'north', name: 'North', place: 'here', consent: 'automatic', bedClear: 'automatic' };
    const { bridgeKey, mqttUrl } = await (await post(`${url}/api/labs`, lab)).json();
    // The address for bridges, without the server's own name and password.
    expect(mqttUrl).toBe(mosquitto.url('coordinator').replace(/\/\/.*@/, '//'));
    await mosquitto.letIn('north', bridgeKey);
    simulator = await runSimulator({ firmware: 'marlin', port: 0, speedUp: 500 });
    bridge = startBridgeProcess(place.folder, {
      ...{ server: url, mqtt: mqttUrl, lab: 'north', key: bridgeKey, data: 'bridge' },
      machines: [
        {
          ...{ machine: 'printer', name: 'Printer', process: 'print', materials: ['PLA'], simulated: true },
          url: `tcp://127.0.0.1:${simulator.port}`,
          envelope: { xMm: 220, yMm: 220, zMm: 250 },
        },
      ],
    });
    const stock = { lots: [{ form: 'spool', material: 'PLA', massMg: 1_000_000 }] };
    expect((await post(`${url}/api/labs/north/stock`, stock)).status).toBe(200);
    const state = async () => Snapshot.parse(await (await fetch(`${url}/api/state`)).json()).views;
    // What no machine could make is refused: the bridge has to say first what it has.
    await expect
      .poll(async () => (await state()).labs.flatMap(({ machines }) => machines), LONG)
      .toHaveLength(1);
    const order = { id: randomUUID(), design: 'cable-hook', parameters: {}, quantity: 1 };
    expect((await post(`${url}/api/orders`, order)).status).toBe(201);
    await expect.poll(async () => (await state()).jobs.map((job) => job.state), LONG).toEqual(['made']);
    expect((await state()).orders).toMatchObject([{ state: 'completed', isShared: true }]);
  });
});
