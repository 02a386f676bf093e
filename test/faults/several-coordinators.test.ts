import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBridge, temporaryFolder } from '../support/bridge-on-trial.ts';
import {
  type CoordinatedCommunity,
  coordinatedCommunity,
  MACHINES,
} from '../support/coordinated-community.ts';
import { findMosquitto, type Mosquitto, startMosquitto } from '../support/mosquitto.ts';
import { BRIDGE_KEY } from '../support/scripted-coordinator.ts';
import { type CoordinatorBeside, coordinatorBeside } from '../support/several-coordinators.ts';
import { until } from '../support/until.ts';

const program = findMosquitto();
if (program === undefined)
  console.warn('mosquitto is not installed (apt-get install mosquitto): its tests are left out.');

describe.skipIf(program === undefined)('several coordinators with mosquitto as their broker', () => {
  let there: CoordinatedCommunity;
  let mosquitto: Mosquitto;
  let place: ReturnType<typeof temporaryFolder>;
  let bridge: ReturnType<typeof openBridge>;
  let all: CoordinatorBeside[];

  beforeEach(async () => {
    mosquitto = await startMosquitto(program ?? '', ['coordinator', 'lab'], BRIDGE_KEY);
    there = await coordinatedCommunity();
    place = temporaryFolder('several');
    all = [];
    for (let one = 0; one < 3; one += 1)
      all.push(await coordinatorBeside({ ledger: there.ledger, url: mosquitto.url('coordinator') }));
    const url = mosquitto.url('lab').replace(/\/\/.*@/, '//');
    bridge = openBridge(url, place.folder, { lab: 'lab', machines: MACHINES });
  });

  afterEach(async () => {
    await bridge.bridge.stop();
    for (const one of all) await one.stop();
    await there.stop();
    await mosquitto.stop();
    place.remove();
  });

  const leaders = () => all.filter((one) => one.isLeading());
  const theLeader = () => until(() => (leaders().length === 1 ? leaders()[0] : undefined));

  it('survive the loss of one leader after another in the middle of jobs', async () => {
    for (let round = 1; round <= 3; round += 1) {
      const leader = await theLeader();
      const { cut } = await there.order();
      await there.becomes(cut, 'running');
      if (round < 3) {
        all = all.filter((one) => one !== leader);
        await leader.stop();
      }
      bridge.machine.end({ kind: 'succeeded', seconds: 10 });
      await there.becomes(cut, 'made');
      expect((await there.story(cut)).filter((type) => type === 'job.started')).toHaveLength(1);
      expect(bridge.machine.programs).toHaveLength(round);
    }
    await until(() => bridge.journal.facts().length === 0);
  });

  it('find one leader again after a crash of the broker that forgets who was there', async () => {
    await theLeader();
    const { cut } = await there.order();
    await there.becomes(cut, 'running');
    await mosquitto.crash();
    bridge.machine.end({ kind: 'succeeded', seconds: 10 });
    await there.becomes(cut, 'made');
    await theLeader();
    const { cut: next } = await there.order();
    await there.becomes(next, 'running');
    expect(bridge.machine.programs).toHaveLength(2);
  });
});
