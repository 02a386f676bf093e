import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Broker } from '../../server/mqtt/broker.ts';
import { openBridge, temporaryFolder } from '../support/bridge-on-trial.ts';
import {
  assignment,
  openScriptedCoordinator,
  type ScriptedCoordinator,
  startOf,
  startTestBroker,
} from '../support/scripted-coordinator.ts';
import { until } from '../support/until.ts';

let broker: Broker;
let coordinator: ScriptedCoordinator;
let place: ReturnType<typeof temporaryFolder>;
const opened: ReturnType<typeof openBridge>[] = [];

beforeEach(async () => {
  broker = await startTestBroker();
  coordinator = await openScriptedCoordinator(broker.url);
  place = temporaryFolder('restart');
});

afterEach(async () => {
  for (const { bridge } of opened.splice(0)) await bridge.stop();
  await coordinator.client.endAsync(true);
  await broker.stop();
  place.remove();
});

function open(options: Parameters<typeof openBridge>[2] = {}) {
  const one = openBridge(broker.url, place.folder, options);
  opened.push(one);
  return one;
}

/** Ends a bridge's hold on its journal as a killed process does: without a word and without a write. */
async function kill({ bridge, journal, machine }: ReturnType<typeof openBridge>) {
  opened.length = 0;
  journal.close();
  machine.cancel = async () => machine.end({ kind: 'cancelled', line: 0 });
  await bridge.stop().catch(() => {});
}

describe('a bridge that comes back', () => {
  it('tells a job with an intention and no end as interrupted, and never starts it again', async () => {
    const first = open();
    await coordinator.machine('idle');
    const given = assignment();
    await coordinator.ask(given);
    await coordinator.fact('job.prepared');
    const start = startOf(given);
    await coordinator.ask(start);
    await coordinator.fact('job.started');
    await kill(first);

    const second = open();
    const failed = await coordinator.fact('job.failed');
    expect(failed.data).toMatchObject({ cause: 'interrupted', started: true, job: given.job });
    await coordinator.machine('needs-operator');
    const answers = [
      await coordinator.ask(start),
      await coordinator.ask(startOf(given)),
      await coordinator.ask({ ...given, command: crypto.randomUUID() }),
    ];
    expect(answers.map(({ result, code }) => code ?? result)).toEqual(['accepted', 'done', 'ended']);
    expect(second.machine.programs).toEqual([]);
    expect(second.journal.epoch).toBe(2);
  });

  it('counts a crash between the intention and the first byte as started', async () => {
    const first = open();
    await coordinator.machine('idle');
    const given = assignment();
    await coordinator.ask(given);
    await coordinator.fact('job.prepared');
    // The machine never answers the start: the process dies in between.
    first.machine.start = () => new Promise(() => {});
    await coordinator.ask(startOf(given));
    await kill(first);

    const second = open();
    await coordinator.fact('job.failed');
    const types = coordinator.facts().map(({ type }) => type);
    expect(types.slice(-2)).toEqual(['job.started', 'job.failed']);
    expect(second.machine.programs).toEqual([]);
  });

  it('keeps a prepared job that was not started, and starts it when it is told to', async () => {
    const first = open();
    await coordinator.machine('idle');
    const given = assignment();
    await coordinator.ask(given);
    await coordinator.fact('job.prepared');
    await kill(first);

    const before = coordinator.executions().length;
    const second = open();
    await until(() =>
      coordinator
        .executions()
        .slice(before)
        .find(({ state }) => state === 'READY'),
    );
    await until(() => second.machine.state().kind === 'idle');
    expect(await coordinator.ask(startOf(given))).toMatchObject({ result: 'accepted' });
    await until(() => second.machine.programs.length === 1);
  });

  it('gives back what it had not started when its lease ended while it was away', async () => {
    const first = open();
    await coordinator.machine('idle');
    await coordinator.ask(assignment({ leaseMs: 200 }));
    await coordinator.fact('job.prepared');
    await kill(first);
    await new Promise((resolve) => setTimeout(resolve, 250));
    const second = open();
    expect((await coordinator.fact('job.released')).data).toMatchObject({ by: 'lab-one' });
    expect(second.machine.programs).toEqual([]);
  });

  it('stops the machine when it is told to end, and tells the job as interrupted', async () => {
    const { bridge, machine } = open();
    await coordinator.machine('idle');
    const given = assignment();
    await coordinator.ask(given);
    await coordinator.fact('job.prepared');
    await coordinator.ask(startOf(given));
    await coordinator.fact('job.started');
    machine.reach(3);
    opened.length = 0;
    await bridge.stop();
    expect(machine.calls).toContain('cancel');
    expect((await coordinator.fact('job.failed')).data).toMatchObject({ cause: 'interrupted', line: 3 });
  });

  it('lets the machine run on while the broker is away, and reports afterwards', async () => {
    const { machine } = open();
    await coordinator.machine('idle');
    const given = assignment();
    await coordinator.ask(given);
    await coordinator.fact('job.prepared');
    await coordinator.ask(startOf(given));
    await coordinator.fact('job.started');
    const { port } = broker;
    await broker.stop();
    machine.reach(4);
    machine.end({ kind: 'succeeded', seconds: 9 });
    broker = await startTestBroker(port);
    coordinator = await openScriptedCoordinator(broker.url);
    await coordinator.fact('job.finished');
    // Without receipts everything is told again as it happened, once the connection stands.
    const types = await until(() => {
      const told = coordinator.facts().map(({ type }) => type);
      const from = told.indexOf('job.prepared');
      return from >= 0 && told.length >= from + 3 ? told.slice(from, from + 3) : undefined;
    });
    expect(types).toEqual(['job.prepared', 'job.started', 'job.finished']);
    expect(machine.programs).toHaveLength(1);
  });

  it('says so when the key is wrong, and does not try again', async () => {
    const { ends, machine } = open({ key: 'a-wrong-key' });
    await until(() => ends.length > 0);
    expect(ends).toEqual(['wrong-key']);
    expect(machine.programs).toEqual([]);
  });

  it('gives up when another bridge of the same lab keeps taking its place', async () => {
    const first = open();
    await coordinator.machine('idle');
    const elsewhere = temporaryFolder('twin');
    const twin = openBridge(broker.url, elsewhere.folder);
    await until(() => first.ends.length + twin.ends.length > 0);
    expect([...first.ends, ...twin.ends]).toContain('taken-over');
    await twin.bridge.stop();
    elsewhere.remove();
  });
});
