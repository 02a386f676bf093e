import Module from 'manifold-3d';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PRINT_PLATE_MIME } from '#contract/sheet-layout.ts';
import { type RunningSimulator, runSimulator } from '../../firmware-bridge/drivers/simulator/simulate.ts';
import { hashOf } from '../../firmware-bridge/file-store.ts';
import { cube, plateOf } from '../firmware-bridge/slicing/plates.ts';
import { temporaryFolder } from '../support/bridge-on-trial.ts';
import { type BridgeProcess, startBridgeProcess } from '../support/bridge-process.ts';
import {
  type CoordinatedCommunity,
  coordinatedCommunity,
  MACHINES,
} from '../support/coordinated-community.ts';
import { openJobFileServer } from '../support/job-files.ts';
import { BRIDGE_KEY } from '../support/scripted-coordinator.ts';
import { until } from '../support/until.ts';

let there: CoordinatedCommunity;
let files: Awaited<ReturnType<typeof openJobFileServer>>;
let simulator: RunningSimulator;
let place: ReturnType<typeof temporaryFolder>;
let bridge: BridgeProcess;

async function print(wish: Partial<Parameters<typeof runSimulator>[0]>, damage = false): Promise<string> {
  there = await coordinatedCommunity();
  files = await openJobFileServer(BRIDGE_KEY);
  simulator = await runSimulator({ firmware: 'marlin', port: 0, ...wish });
  await there.start();
  const kernel = await Module();
  kernel.setup();
  const plate = damage ? Buffer.from('no plate at all') : Buffer.from(plateOf(cube(kernel, [12, 12, 2])));
  files.blobs.set(hashOf(plate), plate);
  const [, printer] = MACHINES;
  bridge = startBridgeProcess(place.folder, {
    ...{ server: files.url, mqtt: there.brokerUrl, lab: 'lab', key: BRIDGE_KEY, data: 'bridge' },
    machines: [{ ...printer, url: `tcp://${simulator.host}:${simulator.port}` }],
  });
  const order = await there.order({ hash: hashOf(plate), bytes: plate.length, mime: PRINT_PLATE_MIME });
  return order.print;
}

beforeEach(() => {
  place = temporaryFolder('printer');
});

afterEach(async () => {
  await bridge.kill();
  await simulator.close();
  await files.close();
  await there.stop();
  place.remove();
});

describe('a printer behind a bridge process', () => {
  it('slices a plate, heats, prints it on a simulated Marlin controller and says that it is made', async () => {
    const readings: number[] = [];
    // Slow enough that several readings are told while it is hot, also on a busy computer.
    const job = await print({ speedUp: 40 });
    there.coordinator().onLive((change) => {
      if (change.kind === 'telemetry') readings.push(change.telemetry.nozzleC ?? 0);
    });
    await there.becomes(job, 'made');
    expect(Math.max(...readings)).toBeGreaterThan(100);
  });

  it('tells a heater that runs away as a thermal failure, and waits for a person', async () => {
    const job = await print({ speedUp: 200, faults: { alarmAtLine: 40 } });
    await there.becomes(job, 'failed');
    expect(there.phase(job)).toMatchObject({ failure: { cause: 'thermal', started: true } });
    await until(() =>
      there
        .coordinator()
        .machineLive()
        .some(({ machine, state }) => machine === 'printer' && state === 'alarm'),
    );
  });

  it('refuses a plate that is none, before anything is heated', async () => {
    const job = await print({}, true);
    await there.becomes(job, 'failed');
    expect(there.phase(job)).toMatchObject({ failure: { cause: 'bad-file', started: false } });
  });
});
