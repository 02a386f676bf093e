import Module from 'manifold-3d';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PRINT_PLATE_MIME } from '#contract/sheet-layout.ts';
import { OctoprintSimulator } from '../../firmware-bridge/drivers/simulator/octoprint-simulator.ts';
import { PrusalinkSimulator } from '../../firmware-bridge/drivers/simulator/prusalink-simulator.ts';
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
import { findOctoprint, OCTOPRINT_KEY, type RunningOctoprint, startOctoprint } from '../support/octoprint.ts';
import { BRIDGE_KEY } from '../support/scripted-coordinator.ts';
import { until } from '../support/until.ts';

let there: CoordinatedCommunity;
let files: Awaited<ReturnType<typeof openJobFileServer>>;
let place: ReturnType<typeof temporaryFolder>;
let bridge: BridgeProcess | undefined;
let config: object;

beforeEach(async () => {
  place = temporaryFolder('hosted-printer');
  there = await coordinatedCommunity();
  files = await openJobFileServer(BRIDGE_KEY);
  await there.start();
});

afterEach(async () => {
  await bridge?.kill();
  bridge = undefined;
  await files.close();
  await there.stop();
  place.remove();
});

const startBridge = () => {
  bridge = startBridgeProcess(place.folder, config);
  return bridge;
};

/** Orders a small part from the printer at `url`, and resolves once it is being printed. */
async function printing(url: string, hostKey: string): Promise<{ job: string; running: BridgeProcess }> {
  const kernel = await Module();
  kernel.setup();
  const plate = Buffer.from(plateOf(cube(kernel, [10, 10, 1])));
  files.blobs.set(hashOf(plate), plate);
  const [, printer] = MACHINES;
  config = {
    ...{ server: files.url, mqtt: there.brokerUrl, lab: 'lab', key: BRIDGE_KEY, data: 'bridge' },
    machines: [{ ...printer, url, hostKey, printer: { bedC: 0, nozzleC: 40 } }],
  };
  const running = startBridge();
  const order = await there.order({ hash: hashOf(plate), bytes: plate.length, mime: PRINT_PLATE_MIME });
  await there.becomes(order.print, 'running');
  return { job: order.print, running };
}

const startsAndEnds = async (job: string) =>
  (await there.story(job)).filter((type) => /^job\.(?:started|finished|failed)$/.test(type));

describe.each([
  ['OctoPrint', () => new OctoprintSimulator({ key: 'A-KEY', speedUp: 8 }), 'octoprint+http://'],
  [
    'PrusaLink',
    () => new PrusalinkSimulator({ user: 'maker', password: 'A-KEY', speedUp: 8 }),
    'prusalink+http://maker@',
  ],
] as const)('a printer behind a simulated %s and a bridge process', (_, open, scheme) => {
  let simulator: ReturnType<typeof open>;
  let url: string;

  beforeEach(async () => {
    simulator = open();
    const { host, port } = await simulator.network.listen();
    url = `${scheme}${host}:${port}`;
  });
  afterEach(() => simulator.network.close());

  it('is found again in the middle of its print when the bridge was killed', async () => {
    const { job, running } = await printing(url, 'A-KEY');
    await running.kill();
    startBridge();
    await there.becomes(job, 'made');
    expect(await startsAndEnds(job)).toEqual(['job.started', 'job.finished']);
    expect(simulator.begun).toHaveLength(1);
  });

  it('goes on when the bridge is told to end, and what it made counts when the bridge is back', async () => {
    const { job, running } = await printing(url, 'A-KEY');
    expect(await running.stop()).toBe(0);
    expect(running.output()).toContain('by itself');
    await there.becomes(job, 'unknown');
    startBridge();
    await there.becomes(job, 'made');
    expect(await startsAndEnds(job)).toEqual(['job.started', 'job.finished']);
    expect(simulator.begun).toHaveLength(1);
  });

  it('is interrupted, and not begun again, when the host forgets it', async () => {
    const { job, running } = await printing(url, 'A-KEY');
    await running.kill();
    simulator.restart();
    startBridge();
    await there.becomes(job, 'failed');
    expect(there.phase(job)).toMatchObject({ failure: { cause: 'interrupted', started: true } });
    await until(() =>
      there
        .coordinator()
        .machineLive()
        .some(({ machine, state }) => machine === 'printer' && state === 'needs-operator'),
    );
    expect(simulator.begun).toHaveLength(1);
  });
});

const program = findOctoprint();
if (program === undefined)
  console.warn('OctoPrint is not installed (pip install OctoPrint==1.11.8): no bridge runs against it.');

describe.skipIf(program === undefined)('a printer behind a real OctoPrint and a bridge process', () => {
  let octoprint: RunningOctoprint;
  beforeEach(async () => {
    octoprint = await startOctoprint(program ?? '');
  });
  afterEach(() => octoprint.stop());

  it('makes a part while the bridge is killed in the middle of it', async () => {
    const { job, running } = await printing(`octoprint+${octoprint.base}`, OCTOPRINT_KEY);
    await running.kill();
    startBridge();
    await there.becomes(job, 'made');
    expect(await startsAndEnds(job)).toEqual(['job.started', 'job.finished']);
    expect((await octoprint.files()).map(({ prints }) => prints?.success)).toEqual([1]);
  });

  it('loses the part, and is not told to begin again, when OctoPrint is killed in the middle of it', async () => {
    const { job } = await printing(`octoprint+${octoprint.base}`, OCTOPRINT_KEY);
    await octoprint.crash();
    await there.becomes(job, 'failed');
    expect(there.phase(job)).toMatchObject({ failure: { started: true } });
    expect((await octoprint.files()).map(({ prints }) => prints?.success ?? 0)).toEqual([0]);
  });
});
