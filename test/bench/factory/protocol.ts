import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { connectAsync } from 'mqtt';
import { topics } from '#contract/mqtt-topics.ts';
import { openLab } from '../../../server/commons/facilities/open-lab.ts';
import { createRouting } from '../../../server/matching/routing.ts';
import { startBroker } from '../../../server/mqtt/broker.ts';
import { COORDINATOR_USER } from '../../../server/mqtt/broker-access.ts';
import { createCoordinator } from '../../../server/mqtt/coordinator.ts';
import { type SmallCommunity, smallCommunity } from '../../server/commons/small-community.ts';
import { openBridge, temporaryFolder } from '../../support/bridge-on-trial.ts';
import { BROKER_PASSWORD, wallClock } from '../../support/coordinated-community.ts';
import { assignment, BRIDGE_KEY, LAB } from '../../support/scripted-coordinator.ts';
import { type Figure, percentile } from '../figures.ts';

const labsProgram = fileURLToPath(new URL('reporting-labs.ts', import.meta.url));
const ASSIGNMENTS = 300;
const PAUSE_MS = 10;
const LABS = 100;
const MACHINES_A_LAB = 20;
const SECONDS = 15;

export async function protocolFigures(): Promise<Figure[]> {
  return [await dispatchFigure(), ...(await reportingFigures())];
}

const openBroker = () =>
  startBroker({
    ...{ host: '127.0.0.1', port: 0, coordinatorPassword: BROKER_PASSWORD, log: () => {} },
    isBridgeKey: (_lab, key) => key === BRIDGE_KEY,
  });

const openEar = (url: string) =>
  connectAsync(url, {
    ...{ protocolVersion: 4, username: COORDINATOR_USER, password: BROKER_PASSWORD },
    clientId: `coordinator-${randomUUID()}`,
  });

/** From the order on the broker to the answer, which a bridge gives when the job is on its disk. */
async function dispatchFigure(): Promise<Figure> {
  const broker = await openBroker();
  const place = temporaryFolder('bench-dispatch');
  const { bridge } = openBridge(broker.url, place.folder);
  const client = await openEar(broker.url);
  await client.subscribeAsync([topics.response(LAB), topics.hello(LAB)], { qos: 1 });
  await heard(client, topics.hello(LAB));
  const samples: number[] = [];
  for (let fence = 1; fence <= ASSIGNMENTS; fence += 1) {
    const answered = heard(client, topics.response(LAB));
    const startMs = performance.now();
    client.publish(topics.command(LAB), JSON.stringify(assignment({ fence })), { qos: 1 });
    await answered;
    samples.push(performance.now() - startMs);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  await bridge.stop();
  await client.endAsync(true);
  await broker.stop();
  place.remove();
  return {
    name: 'dispatch to journaled, p95',
    value: percentile(samples, 0.95),
    unit: 'ms',
    bound: { at: 100, side: 'at most' },
    note: `${ASSIGNMENTS} assignments, idle, embedded broker, journal written synchronously`,
  };
}

type Client = Awaited<ReturnType<typeof openEar>>;

function heard(client: Client, wanted: string): Promise<void> {
  return new Promise((resolve) => {
    const listen = (topic: string) => {
      if (topic !== wanted) return;
      client.off('message', listen);
      resolve();
    };
    client.on('message', listen);
  });
}

/** 2,000 machines in 100 labs, which say their state each second; broker and coordinator are this process. */
async function reportingFigures(): Promise<Figure[]> {
  const broker = await openBroker();
  const there = manyLabs();
  const coordinator = createCoordinator({
    ledger: ledgerOf(there),
    broker: { url: broker.url, username: COORDINATOR_USER, password: BROKER_PASSWORD, isShared: false },
    ...{
      clock: wallClock,
      newId: randomUUID,
      plan: createRouting(there.state, () => true).plan,
      log: () => {},
    },
  });
  await coordinator.start();
  const ear = await openEar(broker.url);
  let jobMessages = 0;
  ear.on('message', () => {
    jobMessages += 1;
  });
  await ear.subscribeAsync('cw/v1/+/up/x/#', { qos: 1 });
  let changes = 0;
  coordinator.onLive(() => {
    changes += 1;
  });
  const labs = spawn(process.execPath, [
    ...['--import', 'tsx', labsProgram],
    ...[broker.url, LABS, MACHINES_A_LAB, SECONDS].map(String),
  ]);
  labs.stderr.pipe(process.stderr);
  await line(labs);
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  changes = 0;
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  labs.stdin.write('go\n');
  const said = Number(await line(labs));
  const { user, system } = process.cpuUsage(cpu);
  const share = (user + system) / 1_000 / (performance.now() - startMs);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const residentMiB = process.memoryUsage.rss() / 2 ** 20;
  await ear.endAsync(true);
  await coordinator.stop();
  await broker.stop();
  const note = `${LABS * MACHINES_A_LAB} machines, each once a second for ${SECONDS} s; broker, coordinator and ear in one process`;
  return [
    { name: 'of a core for 2,000 machines', value: share, unit: '×', note },
    {
      name: 'memory for 2,000 machines',
      value: residentMiB,
      unit: 'MiB',
      note: 'resident, all of the benchmark',
    },
    {
      name: 'states of machines taken up',
      value: changes / (LABS * MACHINES_A_LAB * SECONDS),
      unit: '×',
      note: 'of all that were said',
    },
    {
      name: 'job messages heard',
      value: jobMessages / said,
      unit: '×',
      bound: { at: 1, side: 'at least' },
      note: `${said} were said meanwhile`,
    },
  ];
}

function manyLabs(): SmallCommunity {
  const there = smallCommunity();
  for (let at = 0; at < LABS; at += 1) {
    const ways = { consent: 'automatic', bedClear: 'automatic', by: 'visitor' } as const;
    const lab = { lab: `lab-${at}`, name: `Lab ${at}`, place: 'Somewhere', ...ways };
    there.do((context) => openLab(there.state, lab, context));
  }
  return there;
}

/** The ledger has a benchmark of its own; here it is a list in memory. */
function ledgerOf(there: SmallCommunity): Parameters<typeof createCoordinator>[0]['ledger'] {
  return {
    state: () => there.state,
    submit: async (decide) => ({ entries: there.append(decide(there.state, there.context)) }),
    refresh: async () => {},
    subscribe: () => () => {},
  };
}

function line(child: ChildProcess): Promise<string> {
  return new Promise((resolve) =>
    child.stdout?.once('data', (text: Buffer) => resolve(text.toString().trim())),
  );
}
