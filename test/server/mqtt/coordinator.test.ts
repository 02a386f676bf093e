import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { offerAndTake } from '../../../server/mqtt/offer-and-take.ts';
import { openBridge, temporaryFolder } from '../../support/bridge-on-trial.ts';
import {
  type CoordinatedCommunity,
  coordinatedCommunity,
  fastClock,
  MACHINES,
} from '../../support/coordinated-community.ts';
import { until } from '../../support/until.ts';

let there: CoordinatedCommunity;
let place: ReturnType<typeof temporaryFolder>;
const open: ReturnType<typeof openBridge>[] = [];

beforeEach(() => {
  place = temporaryFolder('coordinator');
});

afterEach(async () => {
  for (const { bridge } of open.splice(0)) await bridge.stop();
  await there.stop();
  place.remove();
});

function bridgeOfLab(folder = place.folder) {
  const one = openBridge(there.brokerUrl, folder, { lab: 'lab', machines: MACHINES });
  open.push(one);
  return one;
}

const running = (bridge: ReturnType<typeof openBridge>, machine: string, times = 1) =>
  until(() => bridge.machineOf(machine).programs.length === times);

const LIFE = ['job.opened', 'job.offered', 'job.taken', 'job.prepared', 'job.started', 'job.finished'];

describe('the coordinator', () => {
  it('brings every job of an order to a machine that fits, starts it once, and sees the order completed', async () => {
    there = await coordinatedCommunity();
    await there.start();
    const bridge = bridgeOfLab();
    const { cut, print, order } = await there.order();
    for (const [job, machine] of [
      [cut, 'router'],
      [print, 'printer'],
    ] as const) {
      await there.becomes(job, 'running');
      bridge.machineOf(machine).end({ kind: 'succeeded', seconds: 10 });
      await there.becomes(job, 'made');
    }
    expect((await there.story(cut)).filter((type) => type.startsWith('job.'))).toEqual(LIFE);
    expect(there.ledger.state().orders.get(order)?.phase.state).toBe('completed');
    expect(bridge.machineOf('router').programs).toHaveLength(1);
    await until(() => bridge.journal.facts().length === 0);
  });

  it('gives a machine one job at a time, the oldest first', async () => {
    there = await coordinatedCommunity();
    await there.start();
    const bridge = bridgeOfLab();
    const first = await there.order();
    const second = await there.order();
    await there.becomes(first.cut, 'running');
    expect(there.phase(second.cut).state).toBe('wanted');
    expect(there.coordinator().queueOf('lab', 'router')).toBe(1);
    bridge.machine.end({ kind: 'succeeded', seconds: 10 });
    await there.becomes(second.cut, 'running');
    expect(there.phase(first.cut).state).toBe('made');
  });

  it('leaves a job wanted where the lab takes by hand, and sends it when a person has taken it', async () => {
    there = await coordinatedCommunity({ consent: 'by-hand' });
    await there.start();
    const bridge = bridgeOfLab();
    await until(() => there.coordinator().isOnline('lab', 'router'));
    const { cut } = await there.order();
    expect(there.phase(cut).state).toBe('wanted');
    const taking = {
      job: cut,
      execution: randomUUID(),
      lab: 'lab',
      machine: 'router',
      score: 1,
      consent: 'by-hand',
      by: 'visitor',
    } as const;
    await there.ledger.submit((state, context) => offerAndTake(state, taking, context));
    await there.becomes(cut, 'running');
    await running(bridge, 'router');
  });

  it('starts only when a person says that the bed is clear, where the lab wants that', async () => {
    there = await coordinatedCommunity({ bedClear: 'by-hand' });
    await there.start();
    const bridge = bridgeOfLab();
    const { cut } = await there.order();
    await there.becomes(cut, 'preparing');
    expect(bridge.machine.programs).toEqual([]);
    await there.coordinator().commands.clearBed(cut, 'visitor');
    await there.becomes(cut, 'running');
    const started = (await there.ledger.entriesOfStream(`job/${cut}`)).find(
      ({ body }) => body.type === 'job.started',
    );
    expect(started?.body.data).toMatchObject({ bedClearedBy: 'visitor' });
    await expect(there.coordinator().commands.clearBed(cut, 'visitor')).rejects.toThrow(/it is running/);
    expect(bridge.machine.programs).toHaveLength(1);
  });

  it('pauses, resumes and cancels what runs, and the ledger says cancelled when the machine stands still', async () => {
    there = await coordinatedCommunity();
    await there.start();
    const bridge = bridgeOfLab();
    const { cut } = await there.order();
    await there.becomes(cut, 'running');
    const { commands } = there.coordinator();
    await commands.pause(cut);
    await until(() =>
      there
        .coordinator()
        .machineLive()
        .some(({ machine, state }) => machine === 'router' && state === 'paused'),
    );
    await commands.resume(cut);
    await commands.cancel(cut, 'visitor', 'Wrong parameters.');
    expect(there.phase(cut)).toMatchObject({
      state: 'cancelled',
      by: 'visitor',
      reason: 'Wrong parameters.',
    });
    expect(bridge.machine.calls).toContain('cancel');
    await expect(commands.pause(cut)).rejects.toThrow(/cancelled/);
  });

  it('cancels a prepared job by a word, and the bridge gives it back', async () => {
    there = await coordinatedCommunity({ bedClear: 'by-hand' });
    await there.start();
    const bridge = bridgeOfLab();
    const { cut } = await there.order();
    await there.becomes(cut, 'preparing');
    await there.coordinator().commands.cancel(cut, 'visitor', 'Not needed.');
    expect(there.phase(cut).state).toBe('cancelled');
    await until(() => bridge.journal.openExecutions().every(({ job }) => job !== cut));
    expect(bridge.machine.programs).toEqual([]);
  });

  it('records an alarm, gives the machine nothing until a person has cleared it, and then goes on', async () => {
    there = await coordinatedCommunity();
    await there.start();
    const bridge = bridgeOfLab();
    const first = await there.order();
    await there.becomes(first.cut, 'running');
    bridge.machine.end({ kind: 'failed', cause: 'alarm', code: 'ALARM:1', words: 'Hard limit', line: 3 });
    await there.becomes(first.cut, 'failed');
    expect(there.phase(first.cut)).toMatchObject({
      failure: { cause: 'alarm', words: 'Hard limit', line: 3 },
    });
    const second = await there.order();
    await until(() =>
      there
        .coordinator()
        .machineLive()
        .some(({ machine, state }) => machine === 'router' && state === 'alarm'),
    );
    expect(there.phase(second.cut).state).toBe('wanted');
    await there.coordinator().commands.clearFault('lab', 'router');
    await there.becomes(second.cut, 'running');
    expect(bridge.machine.programs).toHaveLength(2);
  });

  it('doubts a running job when its bridge is lost, and believes the bridge when it comes back', async () => {
    there = await coordinatedCommunity();
    await there.start();
    const bridge = bridgeOfLab();
    const { cut, print } = await there.order();
    await there.becomes(cut, 'running');
    await there.becomes(print, 'running');
    bridge.machine.cancel = async () => bridge.machine.end({ kind: 'cancelled', line: 0 });
    open.length = 0;
    bridge.journal.close();
    const stopping = bridge.bridge.stop().catch(() => {});
    await there.becomes(cut, 'unknown');
    await stopping;
    const again = bridgeOfLab();
    await there.becomes(cut, 'failed');
    expect(there.phase(cut)).toMatchObject({ failure: { cause: 'interrupted', started: true } });
    await until(() => again.machine.calls.includes('connect'));
    expect(again.machine.programs).toEqual([]);
  });

  it('carries a running job through its own restart, and the machine starts once', async () => {
    there = await coordinatedCommunity();
    await there.start();
    const bridge = bridgeOfLab();
    const { cut } = await there.order();
    await there.becomes(cut, 'running');
    await there.stopCoordinator();
    bridge.machine.end({ kind: 'succeeded', seconds: 10 });
    expect(there.phase(cut).state).toBe('running');
    await there.start();
    await there.becomes(cut, 'made');
    expect(bridge.machine.programs).toHaveLength(1);
  });

  it('carries a running job through a restart of the broker', async () => {
    there = await coordinatedCommunity();
    await there.start();
    const bridge = bridgeOfLab();
    const { cut } = await there.order();
    await there.becomes(cut, 'running');
    await there.restartBroker();
    bridge.machine.end({ kind: 'succeeded', seconds: 10 });
    await there.becomes(cut, 'made');
    expect((await there.story(cut)).filter((type) => type.startsWith('job.'))).toEqual(LIFE);
    expect(bridge.machine.programs).toHaveLength(1);
  });

  it('wants a job again when the bridge that had not started it stays away, under a higher fence', async () => {
    there = await coordinatedCommunity({ bedClear: 'by-hand' });
    await there.start(fastClock(300));
    const bridge = bridgeOfLab();
    const { cut } = await there.order();
    await there.becomes(cut, 'preparing');
    const before = there.phase(cut);
    open.length = 0;
    await bridge.bridge.stop();
    await there.becomes(cut, 'wanted');
    bridgeOfLab();
    await there.becomes(cut, 'preparing');
    const after = there.phase(cut);
    const fences = [before, after].map((phase) => ('attempt' in phase ? phase.attempt?.fence : 0));
    expect(fences[1]).toBeGreaterThan(fences[0] ?? 0);
  });

  it('does not give away a prepared job of an earlier life, because its start may have been ordered', async () => {
    there = await coordinatedCommunity({ bedClear: 'by-hand' });
    await there.start();
    const bridge = bridgeOfLab();
    const { cut } = await there.order();
    await there.becomes(cut, 'preparing');
    await there.stopCoordinator();
    open.length = 0;
    await bridge.bridge.stop();
    const clock = fastClock(1_000);
    await there.start(clock);
    const startedMs = clock.nowMs();
    await until(() => clock.nowMs() - startedMs > 200_000);
    expect(there.phase(cut).state).toBe('preparing');
  });

  it('shows machines live, and offline when nobody speaks for them', async () => {
    there = await coordinatedCommunity();
    await there.start();
    expect(
      there
        .coordinator()
        .machineLive()
        .map(({ state }) => state),
    ).toEqual(['offline', 'offline']);
    const changes: string[] = [];
    there
      .coordinator()
      .onLive((change) => changes.push(change.kind === 'machine' ? change.machine.state : 'telemetry'));
    const bridge = bridgeOfLab();
    const { cut } = await there.order();
    await there.becomes(cut, 'running');
    bridge.machine.reach(4);
    await until(() => changes.includes('telemetry'));
    expect(
      there
        .coordinator()
        .telemetry()
        .some(({ job }) => job === cut),
    ).toBe(true);
    expect(changes).toContain('running');
    bridge.machine.end({ kind: 'succeeded', seconds: 1 });
    await there.becomes(cut, 'made');
    await until(() =>
      there
        .coordinator()
        .telemetry()
        .every(({ job }) => job !== cut),
    );
  });
});
