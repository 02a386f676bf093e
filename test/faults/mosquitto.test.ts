import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBridge, temporaryFolder } from '../support/bridge-on-trial.ts';
import {
  type CoordinatedCommunity,
  coordinatedCommunity,
  MACHINES,
} from '../support/coordinated-community.ts';
import { findMosquitto, type Mosquitto, startMosquitto } from '../support/mosquitto.ts';
import { BRIDGE_KEY } from '../support/scripted-coordinator.ts';
import { until } from '../support/until.ts';

const program = findMosquitto();
if (program === undefined)
  console.warn('mosquitto is not installed (apt-get install mosquitto): its tests are left out.');

describe.skipIf(program === undefined)('with mosquitto as the broker', () => {
  let there: CoordinatedCommunity;
  let mosquitto: Mosquitto;
  let place: ReturnType<typeof temporaryFolder>;
  const open: ReturnType<typeof openBridge>[] = [];

  beforeEach(async () => {
    mosquitto = await startMosquitto(program ?? '', ['coordinator', 'lab', 'other-lab'], BRIDGE_KEY);
    there = await coordinatedCommunity();
    place = temporaryFolder('mosquitto');
    await there.start(undefined, mosquitto.url('coordinator'));
  });

  afterEach(async () => {
    for (const { bridge } of open.splice(0)) await bridge.stop();
    await there.stop();
    await mosquitto.stop();
    place.remove();
  });

  function bridgeOfLab(over: Parameters<typeof openBridge>[2] = {}) {
    const url = mosquitto.url('lab').replace(/\/\/.*@/, '//');
    const one = openBridge(url, place.folder, { lab: 'lab', machines: MACHINES, ...over });
    open.push(one);
    return one;
  }

  it('brings a job from the order to the made part', async () => {
    const bridge = bridgeOfLab();
    const { cut } = await there.order();
    await there.becomes(cut, 'running');
    bridge.machine.end({ kind: 'succeeded', seconds: 10 });
    await there.becomes(cut, 'made');
    await until(() => bridge.journal.facts().length === 0);
    expect(bridge.machine.programs).toHaveLength(1);
  });

  it('carries a running job through a crash of the broker that forgets everything', async () => {
    const bridge = bridgeOfLab();
    const { cut } = await there.order();
    await there.becomes(cut, 'running');
    await mosquitto.crash();
    bridge.machine.end({ kind: 'succeeded', seconds: 10 });
    await there.becomes(cut, 'made');
    expect((await there.story(cut)).filter((type) => type === 'job.started')).toHaveLength(1);
    expect(bridge.machine.programs).toHaveLength(1);
  });

  it('doubts a running job when its bridge is gone', async () => {
    const bridge = bridgeOfLab();
    const { cut } = await there.order();
    await there.becomes(cut, 'running');
    open.length = 0;
    bridge.journal.close();
    await bridge.bridge.stop().catch(() => {});
    await there.becomes(cut, 'unknown');
  });

  it('knows a wrong key from a broker that is away', async () => {
    const bridge = bridgeOfLab({ key: 'nonsense' });
    await until(() => bridge.ends.length > 0);
    expect(bridge.ends).toEqual(['wrong-key']);
  });

  it('hears nothing that another lab says in this lab name', async () => {
    const bridge = bridgeOfLab();
    await until(() => there.coordinator().isOnline('lab', 'router'));
    const { connectAsync } = await import('mqtt');
    const intruder = await connectAsync(mosquitto.url('other-lab'), { protocolVersion: 4 });
    await intruder.publishAsync('cw/v1/lab/up/bridge', JSON.stringify({ v: 1, online: false, epoch: 99 }), {
      qos: 1,
    });
    const { cut } = await there.order();
    await there.becomes(cut, 'running');
    expect(there.coordinator().isOnline('lab', 'router')).toBe(true);
    expect(bridge.machine.programs).toHaveLength(1);
    await intruder.endAsync();
  });
});
