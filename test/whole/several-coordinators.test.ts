import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Snapshot } from '#contract/live-events.ts';
import { ask, openLabOn, startLabBeside } from '../support/lab-beside.ts';
import { findMongo, type MongoServer } from '../support/mongo-server.ts';
import { findMosquitto, type Mosquitto, startMosquitto } from '../support/mosquitto.ts';
import { publishedEntries } from '../support/published-entries.ts';
import { post } from '../support/requests.ts';
import { runProgram, type ServerProcess, startServer } from '../support/start-server.ts';

const program = findMosquitto();
if (program === undefined)
  console.warn(
    'Left out: several servers with mosquitto, which is not installed (apt-get install mosquitto).',
  );

const LONG = { timeout: 90_000, interval: 200 };
/** A job takes some seconds: time to kill a server in the middle of it. */
const SPEED_UP = 150;
const PASSWORD = 'what-the-broker-knows';

const mongo = await findMongo();
if ('unavailableReason' in mongo) console.warn(`Left out: several hosts. ${mongo.unavailableReason}`);

/** What servers share: one folder on one host, or a database, with a copy of the secrets on each host. */
type Sharing = (number: number) => { dataDir: string; env: Record<string, string> };

let folder: string;
let database: MongoServer | undefined;
let mosquitto: Mosquitto;
let lab: Awaited<ReturnType<typeof startLabBeside>> | undefined;
const running = new Set<ServerProcess>();
let started = 0;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'commonwright-several-'));
  mosquitto = await startMosquitto(program ?? '', ['coordinator'], PASSWORD);
});

afterEach(async () => {
  await lab?.stop();
  lab = undefined;
  for (const server of running) await server.stop();
  running.clear();
  await mosquitto.stop();
  await database?.stop();
  database = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const oneFolder: Sharing = () => ({ dataDir: join(folder, 'data'), env: {} });

async function oneDatabase(): Promise<Sharing> {
  if ('unavailableReason' in mongo) throw new Error(mongo.unavailableReason);
  database = await mongo.start();
  const env = { MONGODB_URL: database.newDatabase(), PRIVATE_DIR: join(folder, 'secrets') };
  return (number) => ({ dataDir: join(folder, `host-${number}`), env });
}

async function startOne(share: Sharing) {
  started += 1;
  const { dataDir, env } = share(started);
  const server = await startServer({
    ...{ dataDir, args: ['--empty'] },
    env: { ...env, MQTT_URL: mosquitto.url('coordinator') },
  });
  running.add(server);
  return server;
}

async function kill(server: ServerProcess) {
  running.delete(server);
  await server.kill();
}

async function place(server: ServerProcess): Promise<string> {
  const order = { id: randomUUID(), design: 'flat-pack-stool', parameters: {}, quantity: 1 };
  expect((await post(`${server.url}/api/orders`, order)).status).toBe(201);
  return order.id;
}

const stateOf = async (server: ServerProcess) => Snapshot.parse(await ask(server, '/api/state'));
const jobsOf = async (server: ServerProcess) => (await stateOf(server)).views.jobs.map(({ state }) => state);
const made = async (server: ServerProcess) =>
  (await jobsOf(server)).filter((state) => state === 'made').length;
const open = async (server: ServerProcess) => (await jobsOf(server)).filter((state) => state !== 'made');
const leads = (server: ServerProcess) => server.output().includes('This server leads');

/** What every page shows, whichever server it talks to. */
async function shown(server: ServerProcess) {
  const { size, log, views, machines } = await stateOf(server);
  return { size, log, views, machines: machines.map(({ machine, state }) => `${machine} ${state}`) };
}

async function workTogether(share: Sharing): Promise<void> {
  const first = await startOne(share);
  const second = await startOne(share);
  const third = await startOne(share);
  await expect.poll(() => leads(first), LONG).toBe(true);
  // Opened at one server, connected beside another one: the key is good at all of them.
  const opened = await openLabOn(second, 'north', { consent: 'automatic', bedClear: 'automatic' });
  await mosquitto.letIn('north', opened.bridgeKey);
  lab = await startLabBeside(third, opened, { speedUp: SPEED_UP });

  const orders = await Promise.all([first, second, third].map((server) => place(server)));
  await expect.poll(() => jobsOf(third), LONG).toContain('running');
  await kill(first);
  await expect.poll(() => made(third), LONG).toBeGreaterThan(0);
  await expect.poll(() => leads(second), LONG).toBe(true);
  await expect.poll(() => jobsOf(third), LONG).toContain('running');
  await kill(second);
  orders.push(await place(third));
  await expect.poll(() => open(third), LONG).toEqual([]);
  await expect.poll(() => leads(third), LONG).toBe(true);

  const [back, another] = await Promise.all([startOne(share), startOne(share)]);
  orders.push(await place(back), await place(another));
  await expect.poll(() => open(back), LONG).toEqual([]);
  await expect
    .poll(async () => {
      const [one, ...others] = await Promise.all([third, back, another].map(shown));
      return others.filter((other) => JSON.stringify(other) !== JSON.stringify(one)).length;
    }, LONG)
    .toBe(0);

  const entries = await publishedEntries(third.url);
  const jobsIn = (type: string) =>
    entries.flatMap(({ body }) => (body.type === type ? [body.data.job] : [])).sort();
  expect(new Set(jobsIn('job.opened')).size).toBeGreaterThanOrEqual(orders.length);
  expect(jobsIn('job.started')).toEqual(jobsIn('job.opened'));
  expect(jobsIn('job.finished')).toEqual(jobsIn('job.opened'));
  expect(jobsIn('job.doubted')).toEqual([]);
  const verified = await runProgram(['verify', back.url, '--json']);
  expect([verified.code, verified.err]).toEqual([0, '']);
  expect(JSON.parse(verified.out)).toMatchObject({ verified: true });
}

describe.skipIf(program === undefined)('several servers with one broker', () => {
  const sentence =
    'all take orders, survive the loss of one after another, make each job once, and show the same';

  it(`on one data folder ${sentence}`, () => workTogether(oneFolder));

  it.skipIf('unavailableReason' in mongo)(`on one database ${sentence}`, async () =>
    workTogether(await oneDatabase()),
  );

  it('begin one ledger together when they are started at the same moment', async () => {
    const all = await Promise.all([startOne(oneFolder), startOne(oneFolder), startOne(oneFolder)]);
    const rules = { consent: 'by-hand', bedClear: 'by-hand' } as const;
    await Promise.all(all.map((server, at) => openLabOn(server, `lab-${at}`, rules)));
    const states = async () => new Set((await Promise.all(all.map(shown))).map((one) => JSON.stringify(one)));
    await expect.poll(async () => (await states()).size, LONG).toBe(1);
    const [one] = all;
    expect((await stateOf(one)).views.labs).toHaveLength(all.length);
    expect(
      (await publishedEntries(one.url)).filter(({ body }) => body.type === 'rulepack.adopted'),
    ).toHaveLength(1);
    expect((await runProgram(['verify', one.url])).code).toBe(0);
  });

  it('say who is in the way where one of them has a broker of its own', async () => {
    const { dataDir } = await startOne(oneFolder);
    const alone = await runProgram(['start', '--empty'], { DATA_DIR: dataDir, PORT: '0', MQTT_PORT: '0' });
    expect(alone.code).not.toBe(0);
    expect(alone.err + alone.out).toMatch(/already share the data folder .* the same MQTT_URL/);
  });
});
