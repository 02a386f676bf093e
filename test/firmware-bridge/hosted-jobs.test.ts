import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Broker } from '../../server/mqtt/broker.ts';
import { openBridgeWith, PROGRAM, temporaryFolder } from '../support/bridge-on-trial.ts';
import { FakeController, FakeHostedMachine } from '../support/fake-hosted-machine.ts';
import {
  type Assignment,
  assignment,
  openScriptedCoordinator,
  orderTo,
  type ScriptedCoordinator,
  startOf,
  startTestBroker,
} from '../support/scripted-coordinator.ts';
import { until } from '../support/until.ts';

let broker: Broker;
let coordinator: ScriptedCoordinator;
let place: ReturnType<typeof temporaryFolder>;
let controller: FakeController;
type Opened = ReturnType<typeof openBridgeWith<FakeHostedMachine>>;
const opened: Opened[] = [];

beforeEach(async () => {
  broker = await startTestBroker();
  coordinator = await openScriptedCoordinator(broker.url);
  place = temporaryFolder('hosted');
  controller = new FakeController();
});

afterEach(async () => {
  for (const { bridge } of opened.splice(0)) await bridge.stop();
  await coordinator.client.endAsync(true);
  await broker.stop();
  place.remove();
});

/** A life of the bridge; the controller outlives it. */
function open(isThere = true): Opened {
  const one = openBridgeWith(broker.url, place.folder, {
    newFake: () => new FakeHostedMachine(controller, { isThere }),
  });
  opened.push(one);
  return one;
}

/** Ends a bridge's hold on its journal as a killed process does: without a word and without a write. */
async function kill({ bridge, journal }: Opened) {
  opened.length = 0;
  journal.close();
  await bridge.stop().catch(() => {});
}

const nameOf = (given: Assignment) => `cw-${given.execution}.gcode`;
/** What was told, each fact once however often it was repeated for want of a receipt. */
const types = () => [...new Map(coordinator.facts().map(({ id, type }) => [id, type])).values()];

async function prepared(given: Assignment) {
  const one = open();
  await coordinator.machine('idle');
  await coordinator.ask(given);
  await coordinator.fact('job.prepared');
  return one;
}

async function running(given: Assignment) {
  const one = await prepared(given);
  await coordinator.ask(startOf(given));
  await coordinator.fact('job.started');
  return one;
}

/** Kills the bridge in mid-job and opens it again, at a controller that says `run`. */
async function foundAgainAs(given: Assignment, run: FakeController['run']) {
  await kill(await running(given));
  controller.run = run;
  return open();
}

describe('a job on a controller that holds its programs', () => {
  it('lies there before it is READY, and is started by a name of its own', async () => {
    const given = assignment();
    const { machine } = await prepared(given);
    expect([...controller.placed]).toEqual([[nameOf(given), PROGRAM]]);
    expect(machine.calls).not.toContain('start');
    await coordinator.ask(startOf(given));
    await coordinator.fact('job.started');
    expect(machine.names).toEqual([nameOf(given)]);
  });

  it('never becomes READY when it is taken away while it is being laid there', async () => {
    open();
    await coordinator.machine('idle');
    let letGo: () => void = () => {};
    controller.holdBack = new Promise((resolve) => {
      letGo = resolve;
    });
    const given = assignment();
    await coordinator.ask(given);
    await coordinator.ask(orderTo('release', given));
    letGo();
    await coordinator.fact('job.released');
    await until(() => controller.placed.has(nameOf(given)));
    expect(await coordinator.ask(startOf(given))).toMatchObject({ result: 'rejected' });
    expect(types()).toEqual(['job.released']);
  });

  it('waits to be laid there until the controller can be reached again', async () => {
    const { machine } = open();
    await coordinator.machine('idle');
    let fail: (cause: Error) => void = () => {};
    controller.holdBack = new Promise((_, reject) => {
      fail = reject;
    });
    const given = assignment();
    await coordinator.ask(given);
    machine.loseLink();
    fail(new Error('The connection broke.'));
    await coordinator.machine('offline');
    expect(types()).toEqual([]);
    controller.holdBack = undefined;
    machine.isThere = true;
    await coordinator.fact('job.prepared');
    expect(controller.placed.has(nameOf(given))).toBe(true);
  });

  it.each([
    ['running', 'RUNNING'],
    ['paused', 'PAUSED'],
  ] as const)('is found %s again after the bridge was away, and ends once', async (kind, state) => {
    const given = assignment();
    const { machine } = await foundAgainAs(given, { kind });
    await until(() => controller.asked.length > 0);
    machine.set({ kind });
    await until(() => coordinator.hellos().some(({ text }) => text.includes(`"state":"${state}"`)));
    machine.reach(4);
    await until(() =>
      coordinator.heard.find(
        ({ topic, text }) =>
          topic.endsWith('/tele') && text.includes('"epoch":2') && text.includes('"line":4'),
      ),
    );
    machine.end({ kind: 'succeeded', seconds: 30 });
    machine.tell({ kind: 'ended', outcome: { kind: 'succeeded', seconds: 30 } });
    await coordinator.fact('job.finished');
    expect(types()).toEqual(['job.prepared', 'job.started', 'job.finished']);
    expect(machine.programs).toEqual([]);
    expect(controller.asked).toEqual([nameOf(given)]);
  });

  it('is told as it ended when it ended while the bridge was away', async () => {
    const outcome = { kind: 'succeeded', seconds: 41 } as const;
    const { machine } = await foundAgainAs(assignment(), { kind: 'ended', outcome });
    expect((await coordinator.fact('job.finished')).data).toMatchObject({ seconds: 41 });
    expect(machine.programs).toEqual([]);
  });

  it('is interrupted and waits for a person when the controller has no trace of it', async () => {
    const words = 'The controller was restarted since.';
    const given = assignment();
    const { machine } = await foundAgainAs(given, { kind: 'unknown', words });
    expect((await coordinator.fact('job.failed')).data).toMatchObject({ cause: 'interrupted', words });
    await coordinator.machine('needs-operator');
    expect(await coordinator.ask(startOf(given))).toMatchObject({ result: 'done' });
    expect(machine.programs).toEqual([]);
  });

  it('stays as it was while the controller cannot be asked, and is never started again', async () => {
    const given = assignment();
    await kill(await running(given));
    controller.run = { kind: 'running' };
    const { machine } = open(false);
    await coordinator.machine('offline');
    expect(await coordinator.ask(startOf(given))).toMatchObject({ result: 'done' });
    expect(await coordinator.ask(assignment({ fence: 2 }))).toMatchObject({ code: 'busy' });
    expect(controller.asked).toEqual([]);
    machine.isThere = true;
    await until(() => controller.asked.length === 1);
    expect(types()).not.toContain('job.failed');
    expect(machine.programs).toEqual([]);
  });

  it('has failed without being started when a crash came before the order reached the controller', async () => {
    const given = assignment();
    const first = await prepared(given);
    // The controller never answers the start: the process dies in between.
    first.machine.start = () => new Promise(() => {});
    await coordinator.ask(startOf(given));
    await kill(first);
    controller.run = { kind: 'not-started' };
    const { machine } = open();
    expect((await coordinator.fact('job.failed')).data).toMatchObject({ started: false });
    expect(types()).not.toContain('job.started');
    await coordinator.machine('idle');
    expect(machine.programs).toEqual([]);
  });

  it('counts as started when the answer to the start was lost and the controller runs it', async () => {
    controller.run = { kind: 'running' };
    const given = assignment();
    const { machine } = await prepared(given);
    machine.refuseStart = 'The answer did not arrive.';
    await coordinator.ask(startOf(given));
    await coordinator.fact('job.started');
    machine.end({ kind: 'succeeded', seconds: 5 });
    await coordinator.fact('job.finished');
    expect(types()).toEqual(['job.prepared', 'job.started', 'job.finished']);
  });

  it('has failed without being started when the controller refuses it', async () => {
    const given = assignment();
    const { machine } = await prepared(given);
    machine.refuseStart = 'The printer is already printing.';
    controller.run = { kind: 'not-started' };
    await coordinator.ask(startOf(given));
    expect((await coordinator.fact('job.failed')).data).toMatchObject({
      started: false,
      words: 'The printer is already printing.',
    });
  });

  it('goes on when the bridge is told to end, and is found again afterwards', async () => {
    const first = await running(assignment());
    opened.length = 0;
    await first.bridge.stop();
    expect(first.machine.calls).not.toContain('cancel');
    controller.run = { kind: 'running' };
    const { machine } = open();
    await until(() => controller.asked.length > 0);
    machine.end({ kind: 'succeeded', seconds: 60 });
    await coordinator.fact('job.finished');
    expect(types()).not.toContain('job.failed');
  });

  it('goes on while the link to the controller is lost, and is found again when it is back', async () => {
    const { machine } = await running(assignment());
    machine.loseLink();
    machine.tell({
      kind: 'ended',
      outcome: { kind: 'failed', cause: 'link-lost', words: 'Nobody answers there.', line: 2 },
    });
    await coordinator.machine('offline');
    controller.run = { kind: 'ended', outcome: { kind: 'succeeded', seconds: 70 } };
    machine.isThere = true;
    expect((await coordinator.fact('job.finished')).data).toMatchObject({ seconds: 70 });
    expect(types()).toEqual(['job.prepared', 'job.started', 'job.finished']);
  });

  it('is cancelled once the controller is back when it could not be told before', async () => {
    const given = assignment();
    const first = await running(given);
    first.machine.loseLink();
    first.machine.cancel = () => Promise.reject(new Error('Nobody answers there.'));
    await coordinator.ask(orderTo('cancel', given));
    await kill(first);
    controller.run = { kind: 'running' };
    const { machine } = open(false);
    await coordinator.machine('offline');
    machine.isThere = true;
    await coordinator.state('CANCELED');
    expect(machine.calls).toEqual(['connect', 'cancel']);
  });

  it('takes no job while the machine works on something that somebody started at the machine', async () => {
    const { machine } = open();
    await coordinator.machine('idle');
    machine.set({ kind: 'busy', words: 'It prints "benchy.gcode".' });
    await coordinator.machine('busy');
    expect(await coordinator.ask(assignment())).toMatchObject({ result: 'rejected', code: 'busy' });
    machine.set({ kind: 'idle' });
    expect(await coordinator.ask(assignment())).toMatchObject({ result: 'accepted' });
  });
});
