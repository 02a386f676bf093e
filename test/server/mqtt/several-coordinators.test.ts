import { randomUUID } from 'node:crypto';
import { connectAsync } from 'mqtt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommandMessage } from '#contract/mqtt-topics.ts';
import { COORDINATOR_USER } from '../../../server/mqtt/broker-access.ts';
import { openBridge, temporaryFolder } from '../../support/bridge-on-trial.ts';
import {
  BROKER_PASSWORD,
  type CoordinatedCommunity,
  coordinatedCommunity,
  fastClock,
  MACHINES,
} from '../../support/coordinated-community.ts';
import {
  type BesideWish,
  type CoordinatorBeside,
  coordinatorBeside,
  laggingLedger,
  openWire,
} from '../../support/several-coordinators.ts';
import { until } from '../../support/until.ts';

let there: CoordinatedCommunity;
let place: ReturnType<typeof temporaryFolder>;
const bridges: ReturnType<typeof openBridge>[] = [];
const all: CoordinatorBeside[] = [];

beforeEach(() => {
  place = temporaryFolder('several');
});

afterEach(async () => {
  for (const { bridge } of bridges.splice(0)) await bridge.stop();
  for (const one of all.splice(0)) await one.stop();
  await there.stop();
  place.remove();
});

async function join(wish: Partial<BesideWish> = {}) {
  const one = await coordinatorBeside({ ledger: there.ledger, url: there.brokerUrl, ...wish });
  all.push(one);
  return one;
}

/** A leader, and another one that came later. */
async function two(
  ways: Parameters<typeof coordinatedCommunity>[0] = {},
  follower: Partial<BesideWish> = {},
) {
  there = await coordinatedCommunity(ways);
  const leader = await join();
  await until(() => leader.isLeading());
  return { leader, follower: await join(follower) };
}

function bridgeOfLab(url = there.brokerUrl) {
  const one = openBridge(url, place.folder, { lab: 'lab', machines: MACHINES });
  bridges.push(one);
  return one;
}

/** Every command on the broker. */
async function commandsHeard() {
  const client = await connectAsync(there.brokerUrl, {
    ...{ protocolVersion: 4, username: COORDINATOR_USER, password: BROKER_PASSWORD, clientId: randomUUID() },
  });
  const commands: CommandMessage[] = [];
  client.on('message', (_topic, payload) => commands.push(CommandMessage.parse(JSON.parse(`${payload}`))));
  await client.subscribeAsync('cw/v1/+/down/cmd', { qos: 1 });
  return {
    of: (type: CommandMessage['type']) => commands.filter((command) => command.type === type),
    end: () => client.endAsync(true),
  };
}

const life = async (job: string) => (await there.story(job)).filter((type) => type.startsWith('job.'));
const LIFE = ['job.opened', 'job.offered', 'job.taken', 'job.prepared', 'job.started', 'job.finished'];

describe('several coordinators on one broker', () => {
  it('give each job once, write each fact once, and show the same machines', async () => {
    const { leader, follower } = await two();
    const heard = await commandsHeard();
    const bridge = bridgeOfLab();
    const { cut } = await there.order();
    await there.becomes(cut, 'running');
    bridge.machine.end({ kind: 'succeeded', seconds: 10 });
    await there.becomes(cut, 'made');
    expect(await life(cut)).toEqual(LIFE);
    const ofCut = (type: 'assign' | 'start') => heard.of(type).filter(({ machine }) => machine === 'router');
    expect([ofCut('assign').length, ofCut('start').length]).toEqual([1, 1]);
    await until(() => follower.machineLive().every(({ state }) => state === 'idle' || state === 'running'));
    const shown = (one: CoordinatorBeside) => one.machineLive().map(({ machine, state }) => [machine, state]);
    expect(shown(follower)).toEqual(shown(leader));
    expect([leader.isLeading(), follower.isLeading()]).toEqual([true, false]);
    await heard.end();
  });

  it('go on when the leader dies, and the machine starts once', async () => {
    const { leader, follower } = await two();
    const bridge = bridgeOfLab();
    const first = await there.order();
    await there.becomes(first.cut, 'running');
    await leader.stop();
    bridge.machine.end({ kind: 'succeeded', seconds: 10 });
    await there.becomes(first.cut, 'made');
    await until(() => follower.isLeading());
    const second = await there.order();
    await there.becomes(second.cut, 'running');
    expect(bridge.machine.programs).toHaveLength(2);
    expect(await life(first.cut)).toEqual(LIFE);
    await until(() => bridge.journal.facts().length === 0);
  });

  it('write a fact down without their leader when it does not', async () => {
    there = await coordinatedCommunity();
    const broken = laggingLedger(there.ledger);
    const leader = await join({
      ledger: { ...broken, submit: () => new Promise(() => {}) },
    });
    await until(() => leader.isLeading());
    await join();
    bridgeOfLab();
    await until(() => there.ledger.state().labs.get('lab')?.bridgeKey !== undefined);
    await until(() => (there.ledger.state().labs.get('lab')?.countedAtMs ?? -1) >= 0);
    // It hangs for ever in what it wanted to write, so it is not waited for.
    all.splice(all.indexOf(leader), 1);
    leader.stop().catch(() => {});
    broken.stop();
  });

  it('start, pause and cancel at the word of a person, whichever of them is asked', async () => {
    const { follower } = await two({ bedClear: 'by-hand' });
    const bridge = bridgeOfLab();
    const { cut } = await there.order();
    await there.becomes(cut, 'preparing');
    await until(() => follower.isOnline('lab', 'router'));
    await follower.commands.clearBed(cut, 'visitor');
    await there.becomes(cut, 'running');
    await follower.commands.pause(cut);
    await until(() => bridge.machine.calls.includes('pause'));
    await follower.commands.resume(cut);
    await follower.commands.cancel(cut, 'visitor', 'Wrong parameters.');
    expect(there.phase(cut)).toMatchObject({ by: 'visitor', reason: 'Wrong parameters.' });
    expect((await life(cut)).filter((type) => type === 'job.cancelled')).toHaveLength(1);
    expect(bridge.machine.programs).toHaveLength(1);
  });

  it('keep the words of whoever cancelled, also when the coordinator that was asked is gone', async () => {
    const { follower } = await two();
    const bridge = bridgeOfLab();
    const { cut } = await there.order();
    await there.becomes(cut, 'running');
    const stop = bridge.machine.cancel.bind(bridge.machine);
    let isTold = false;
    bridge.machine.cancel = async () => {
      isTold = true;
    };
    const asked = follower.commands.cancel(cut, 'visitor', 'Not needed.').catch(() => {});
    await until(() => isTold);
    await follower.stop();
    await stop();
    await there.becomes(cut, 'cancelled');
    expect(there.phase(cut)).toMatchObject({ by: 'visitor', reason: 'Not needed.' });
    void asked;
  });

  it('never take back a job whose start a follower ordered, however long its bridge stays away', async () => {
    there = await coordinatedCommunity({ bedClear: 'by-hand' });
    const clock = fastClock(300);
    const leader = await join({ clock });
    await until(() => leader.isLeading());
    const follower = await join();
    const wire = await openWire(there.brokerUrl);
    const bridge = bridgeOfLab(wire.url);
    const { cut } = await there.order();
    await there.becomes(cut, 'preparing');
    await until(() => follower.isOnline('lab', 'router'));
    const { cut: other } = await there.order();
    // The order reaches the bridge, and what the bridge has to say about it is lost.
    wire.mute();
    follower.commands.clearBed(cut, 'visitor').catch(() => {});
    await until(() => bridge.machine.programs.length === 1);
    await wire.close();
    const fromMs = clock.nowMs();
    await until(() => clock.nowMs() - fromMs > 200_000);
    expect(there.phase(cut).state).toBe('preparing');
    expect(there.phase(other).state).toBe('wanted');
  });

  it('take over with an old state by first reading what was stored', async () => {
    there = await coordinatedCommunity();
    const leader = await join();
    await until(() => leader.isLeading());
    const lagging = laggingLedger(there.ledger);
    const follower = await join({ ledger: lagging });
    const heard = await commandsHeard();
    const bridge = bridgeOfLab();
    await until(() => leader.isOnline('lab', 'router') && follower.isOnline('lab', 'router'));
    lagging.hold();
    const { cut } = await there.order();
    await there.becomes(cut, 'running');
    bridge.machine.end({ kind: 'succeeded', seconds: 10 });
    await there.becomes(cut, 'made');
    await until(() => bridge.journal.facts().length === 0);
    await leader.stop();
    await until(() => follower.isLeading());
    const { cut: next } = await there.order();
    await lagging.refresh();
    await there.becomes(next, 'running');
    expect(lagging.state().jobs.all.get(cut)?.phase.state).toBe('made');
    const assigned = heard.of('assign').flatMap((one) => ('job' in one ? [one.job] : []));
    expect(assigned.filter((job) => job === cut)).toHaveLength(1);
    expect(await life(cut)).toEqual(LIFE);
    lagging.stop();
    await heard.end();
  });

  it('lose nothing while a leader lives that has lost the broker, and it doubts nothing meanwhile', async () => {
    there = await coordinatedCommunity();
    const wire = await openWire(there.brokerUrl);
    // Fast enough for a doubt to come due, slow enough that a busy machine does not count as a silent bridge.
    const clock = fastClock(6);
    const cutOff = await join({ url: wire.url, clock });
    await until(() => cutOff.isLeading());
    const other = await join();
    const bridge = bridgeOfLab();
    const first = await there.order();
    await there.becomes(first.cut, 'running');
    wire.cut();
    await until(() => other.isLeading());
    expect(cutOff.isLeading()).toBe(false);
    const fromMs = clock.nowMs();
    await until(() => clock.nowMs() - fromMs > 18_000);
    expect(there.phase(first.cut).state).toBe('running');
    bridge.machine.end({ kind: 'succeeded', seconds: 10 });
    const second = await there.order();
    await there.becomes(second.cut, 'running');
    wire.mend();
    await until(() => cutOff.isLeading() && !other.isLeading());
    bridge.machine.end({ kind: 'succeeded', seconds: 10 });
    await there.becomes(second.cut, 'made');
    expect(bridge.machine.programs).toHaveLength(2);
    await cutOff.stop();
    await wire.close();
  });

  it('leave the lead to another one when the ledger of the leader has stopped', async () => {
    const { leader, follower } = await two();
    leader.stepAside();
    await until(() => follower.isLeading());
    bridgeOfLab();
    const { cut } = await there.order();
    await there.becomes(cut, 'running');
  });
});
