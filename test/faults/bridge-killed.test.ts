import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningSimulator, runSimulator } from '../../firmware-bridge/drivers/simulator/simulate.ts';
import { temporaryFolder } from '../support/bridge-on-trial.ts';
import { type BridgeProcess, startBridgeProcess } from '../support/bridge-process.ts';
import {
  type CoordinatedCommunity,
  coordinatedCommunity,
  MACHINES,
} from '../support/coordinated-community.ts';
import { openJobFileServer } from '../support/job-files.ts';
import { openListeningProxy } from '../support/listening-proxy.ts';
import { BRIDGE_KEY } from '../support/scripted-coordinator.ts';
import { until } from '../support/until.ts';

let there: CoordinatedCommunity;
let files: Awaited<ReturnType<typeof openJobFileServer>>;
let simulator: RunningSimulator;
let wire: Awaited<ReturnType<typeof openListeningProxy>>;
let place: ReturnType<typeof temporaryFolder>;
let bridge: BridgeProcess | undefined;

const TRAVEL = { envelopeMm: { x: 2_500, y: 1_250, z: 100 }, workOriginMm: { x: 0, y: 0, z: 50 } };

async function setUp(wish: Partial<Parameters<typeof runSimulator>[0]> = {}) {
  there = await coordinatedCommunity();
  files = await openJobFileServer(BRIDGE_KEY);
  simulator = await runSimulator({ firmware: 'grbl', port: 0, ...TRAVEL, ...wish });
  wire = await openListeningProxy(simulator);
  await there.start();
}

beforeEach(() => {
  place = temporaryFolder('killed');
});

afterEach(async () => {
  await bridge?.kill();
  bridge = undefined;
  await wire.close();
  await simulator.close();
  await files.close();
  await there.stop();
  place.remove();
});

function config(over: object = {}) {
  const [router] = MACHINES;
  return {
    ...{ server: files.url, mqtt: there.brokerUrl, lab: 'lab', key: BRIDGE_KEY, data: 'bridge' },
    machines: [{ ...router, url: wire.url }],
    ...over,
  };
}

const startBridge = (over: object = {}) => {
  bridge = startBridgeProcess(place.folder, config(over));
  return bridge;
};

describe('a bridge process', () => {
  it('makes a real program for a simulated GRBL router and brings the job to its end', async () => {
    await setUp({ speedUp: 500 });
    startBridge();
    const { cut } = await there.order();
    await there.becomes(cut, 'made');
    const phase = there.phase(cut);
    const program = 'program' in phase && phase.program !== undefined ? phase.program : undefined;
    const text = files.blobs.get(program?.program.hash ?? '')?.toString() ?? '';
    expect(text.split('\n').length - 1).toBe(program?.lines);
    expect(text).toContain('M3');
    expect(wire.moves().length).toBeGreaterThan(20);
    expect(await bridge?.stop()).toBe(0);
  });

  it('killed in mid-job: the job is unknown, then interrupted, and not one of its moves is sent again', async () => {
    await setUp({ speedUp: 1 });
    const first = startBridge();
    const { cut } = await there.order();
    await there.becomes(cut, 'running');
    await until(() => wire.moves().length > 5);
    await first.kill();
    await there.becomes(cut, 'unknown');
    const sent = wire.moves().length;
    const second = startBridge();
    await there.becomes(cut, 'failed');
    expect(there.phase(cut)).toMatchObject({ failure: { cause: 'interrupted', started: true } });
    await until(() => there.coordinator().isOnline('lab', 'router'));
    await until(() => second.output().includes('connected (G'));
    // The next job waits as well: a person has to look at what lies on the machine.
    const next = await there.order();
    await until(() =>
      there
        .coordinator()
        .machineLive()
        .some(({ state }) => state === 'needs-operator' || state === 'running'),
    );
    expect(there.phase(next.cut).state).toBe('wanted');
    expect(wire.moves()).toHaveLength(sent);
    const story = await there.story(cut);
    expect(story.filter((type) => type === 'job.started')).toHaveLength(1);
  });

  it('ended politely in mid-job: the machine is stopped and the job told as interrupted', async () => {
    await setUp({ speedUp: 1 });
    const running = startBridge();
    const { cut } = await there.order();
    await there.becomes(cut, 'running');
    await until(() => wire.moves().length > 5);
    expect(await running.stop()).toBe(0);
    await there.becomes(cut, 'failed');
    expect(there.phase(cut)).toMatchObject({ failure: { cause: 'interrupted' } });
    expect(running.output()).toContain('its machine is stopped now');
  });

  it('tells an alarm of the controller in mid-job, in its own words and with its line', async () => {
    await setUp({ speedUp: 50, faults: { alarmAtLine: 12 } });
    startBridge();
    const { cut } = await there.order();
    await there.becomes(cut, 'failed');
    expect(there.phase(cut)).toMatchObject({ failure: { cause: 'alarm', started: true } });
    await until(() =>
      there
        .coordinator()
        .machineLive()
        .some(({ machine, state }) => machine === 'router' && state === 'alarm'),
    );
  });

  it('says where the right key is found when the key is wrong, and ends with its own code', async () => {
    await setUp();
    const wrong = startBridge({ key: 'nonsense' });
    expect(await wrong.ended).toBe(3);
    expect(wrong.output()).toMatch(
      /does not accept the key of lab\. The right key was shown when the lab was opened/,
    );
  });

  it('waits for a broker that is not there yet, and says so once', async () => {
    await setUp({ speedUp: 500 });
    await there.stopCoordinator();
    await there.stopBroker();
    const early = startBridge();
    await until(() => early.output().includes('cannot be reached'));
    await there.restartBroker();
    await there.start();
    const { cut } = await there.order();
    await there.becomes(cut, 'made');
    expect(early.output().match(/cannot be reached/g)).toHaveLength(1);
  });

  it('refuses a second bridge on the same data folder', async () => {
    await setUp();
    const first = startBridge();
    await until(() => first.output().includes('Connected to the broker'));
    const second = startBridgeProcess(place.folder, config());
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain('Another bridge is using');
  });

  it('fails a job whose file does not hash to what was ordered, before the machine moves', async () => {
    await setUp();
    files.blobs.clear();
    const { cut } = await there.order();
    const file = there.ledger.state().jobs.all.get(cut)?.opened.file;
    files.blobs.set(file?.hash ?? '', Buffer.alloc(file?.bytes ?? 0, 32));
    startBridge();
    await there.becomes(cut, 'failed');
    expect(there.phase(cut)).toMatchObject({ failure: { cause: 'bad-file', started: false } });
    expect(wire.moves()).toEqual([]);
  });
});
