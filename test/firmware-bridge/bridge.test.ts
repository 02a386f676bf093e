import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileRefused } from '../../firmware-bridge/server-files.ts';
import { isSignedByItsKey } from '../../server/mqtt/bridge-signature.ts';
import type { Broker } from '../../server/mqtt/broker.ts';
import { openBridge, PROGRAM, temporaryFolder } from '../support/bridge-on-trial.ts';
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
const bridges: { stop: () => Promise<void> }[] = [];

beforeEach(async () => {
  broker = await startTestBroker();
  coordinator = await openScriptedCoordinator(broker.url);
  place = temporaryFolder('bridge');
});

afterEach(async () => {
  for (const bridge of bridges.splice(0)) await bridge.stop();
  await coordinator.client.endAsync(true);
  await broker.stop();
  place.remove();
});

async function ready(options: Parameters<typeof openBridge>[2] = {}) {
  const opened = openBridge(broker.url, place.folder, options);
  bridges.push(opened.bridge);
  await coordinator.machine('idle');
  return opened;
}

async function started(given: Assignment, opened: Awaited<ReturnType<typeof ready>>, by = 'automatic') {
  await coordinator.ask(given);
  await coordinator.fact('job.prepared');
  await coordinator.ask(startOf(given, by));
  await coordinator.fact('job.started');
  return opened.machine;
}

describe('a bridge', () => {
  it('prepares, starts and finishes a job, and signs what its machine did', async () => {
    const given = assignment();
    const machine = await started(given, await ready());
    machine.end({ kind: 'succeeded', seconds: 11.6 });
    await coordinator.fact('job.finished');
    expect(machine.programs).toEqual([PROGRAM]);
    expect(coordinator.facts().map(({ type }) => type)).toEqual([
      'job.prepared',
      'job.started',
      'job.finished',
    ]);
    expect(coordinator.facts().at(-1)?.data).toMatchObject({
      job: given.job,
      fence: 1,
      seconds: 12,
      lines: PROGRAM.length,
    });
    for (const { fact } of coordinator.executions())
      if (fact !== undefined) expect(isSignedByItsKey(fact)).toBe(true);
  });

  it('answers a repeated command as before and starts the machine once', async () => {
    const opened = await ready();
    const given = assignment();
    const answers = [await coordinator.ask(given), await coordinator.ask(given)];
    await coordinator.fact('job.prepared');
    const start = startOf(given);
    answers.push(
      await coordinator.ask(start),
      await coordinator.ask(start),
      await coordinator.ask(startOf(given)),
    );
    expect(answers.map(({ result }) => result)).toEqual([
      'accepted',
      'accepted',
      'accepted',
      'accepted',
      'done',
    ]);
    expect(opened.machine.programs).toHaveLength(1);
  });

  it('refuses what an older coordinator says, and a machine that already works', async () => {
    const opened = await ready();
    const given = assignment({ fence: 7 });
    await started(given, opened);
    const answers = [
      await coordinator.ask(assignment({ fence: 6 })),
      await coordinator.ask(assignment({ fence: 7 })),
      await coordinator.ask(assignment({ fence: 8 })),
      await coordinator.ask({ ...startOf(given), fence: 6 }),
      await coordinator.ask(startOf(assignment())),
      await coordinator.ask({ ...startOf(given), machine: 'lathe' }),
    ];
    expect(answers.map(({ code }) => code)).toEqual([
      'stale-fence',
      'conflict',
      'busy',
      'stale-fence',
      'unknown-execution',
      'unknown-machine',
    ]);
    expect(opened.machine.programs).toHaveLength(1);
  });

  it('gives a job back when the lease ends before the start, and does not start it afterwards', async () => {
    const opened = await ready();
    const given = assignment({ leaseMs: 30 });
    await coordinator.ask(given);
    expect((await coordinator.fact('job.released')).data).toMatchObject({ job: given.job, by: 'lab-one' });
    expect(await coordinator.ask(startOf(given))).toMatchObject({ result: 'rejected' });
    expect(opened.machine.programs).toEqual([]);
    expect(await coordinator.ask(assignment({ fence: 2 }))).toMatchObject({ result: 'accepted' });
  });

  it('sends a fact again until it has the receipt', async () => {
    const opened = await ready();
    await coordinator.ask(assignment());
    await coordinator.fact('job.prepared');
    expect(opened.journal.facts()).toHaveLength(1);
    await coordinator.acknowledge();
    await until(() => opened.journal.facts().length === 0);
  });

  it('tells an alarm in the words of the machine, and takes no work until a person has cleared it', async () => {
    const opened = await ready();
    const machine = await started(assignment(), opened);
    machine.end({ kind: 'failed', cause: 'alarm', code: 'ALARM:1', words: 'Hard limit', line: 4 });
    expect((await coordinator.fact('job.failed')).data).toMatchObject({
      cause: 'alarm',
      code: 'ALARM:1',
      words: 'Hard limit',
      line: 4,
      started: true,
    });
    await coordinator.machine('alarm');
    expect(await coordinator.ask(assignment({ fence: 2 }))).toMatchObject({
      result: 'rejected',
      code: 'alarm',
    });
    expect(machine.calls).not.toContain('clearFault');
    await coordinator.ask({ v: 1, command: crypto.randomUUID(), type: 'clear-fault', machine: 'router' });
    await coordinator.machine('idle');
    expect(await coordinator.ask(assignment({ fence: 3 }))).toMatchObject({ result: 'accepted' });
  });

  it('wants the bed cleared by a person after a job whose bed a person had cleared', async () => {
    const opened = await ready();
    const machine = await started(assignment(), opened, 'ada');
    machine.end({ kind: 'succeeded', seconds: 10 });
    await coordinator.machine('needs-operator');
    const next = assignment({ fence: 2 });
    await coordinator.ask(next);
    await until(() =>
      coordinator.executions().find((x) => x.execution === next.execution && x.state === 'READY'),
    );
    expect(await coordinator.ask(startOf(next))).toMatchObject({ code: 'needs-operator' });
    expect(await coordinator.ask(startOf(next, 'ada'))).toMatchObject({ result: 'accepted' });
    await until(() => machine.programs.length === 2);
  });

  it('fails a job whose file is bad before the machine was touched', async () => {
    const refuse = async () => Promise.reject(new FileRefused("The job's file arrived damaged 3 times."));
    const opened = await ready({ prepare: refuse });
    await coordinator.ask(assignment());
    expect((await coordinator.fact('job.failed')).data).toMatchObject({
      cause: 'bad-file',
      started: false,
      words: "The job's file arrived damaged 3 times.",
    });
    await coordinator.machine('idle');
    expect(opened.machine.calls).toEqual(['connect']);
  });

  it('says that nothing was sent when the driver refuses the program', async () => {
    const opened = await ready();
    opened.machine.refuseStart = 'Line 3 of the program, "$H", is no G-code: it is not sent.';
    const given = assignment();
    await coordinator.ask(given);
    await coordinator.fact('job.prepared');
    await coordinator.ask(startOf(given));
    expect((await coordinator.fact('job.failed')).data).toMatchObject({
      cause: 'cannot-prepare',
      started: false,
    });
  });

  it('pauses, resumes and cancels, and a machine that was cancelled waits for a person', async () => {
    const opened = await ready();
    const given = assignment();
    const machine = await started(given, opened);
    machine.reach(3);
    await coordinator.ask(orderTo('pause', given));
    await coordinator.state('PAUSED');
    await coordinator.ask(orderTo('resume', given));
    await coordinator.state('RUNNING');
    expect(await coordinator.ask(orderTo('release', given))).toMatchObject({ code: 'already-started' });
    await coordinator.ask(orderTo('cancel', given));
    expect(await coordinator.state('CANCELED')).toMatchObject({ line: 3 });
    await coordinator.machine('needs-operator');
    expect(machine.calls).toEqual(['connect', 'start', 'pause', 'resume', 'cancel']);
    expect(coordinator.facts().map(({ type }) => type)).toEqual(['job.prepared', 'job.started']);
  });

  it('shows line, progress and time left while the machine runs', async () => {
    const machine = await started(assignment(), await ready());
    machine.reach(4);
    const reading = await until(() =>
      coordinator.heard.find(({ topic, text }) => topic.endsWith('/tele') && text.includes('"line":4')),
    );
    expect(JSON.parse(reading.text).telemetry).toMatchObject({
      lab: 'lab-one',
      machine: 'router',
      line: 4,
      linesTotal: PROGRAM.length,
      progress: 0.5,
      positionMm: [4, 0, 0],
    });
  });
});
