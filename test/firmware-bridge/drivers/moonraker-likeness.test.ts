import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { MoonrakerSimulator } from '../../../firmware-bridge/drivers/simulator/moonraker-simulator.ts';
import type { SimulatedKlipper } from '../../../firmware-bridge/drivers/simulator/simulated-klipper.ts';
import { findMoonraker, type RealMoonraker, startMoonraker } from '../../support/moonraker.ts';
import { until } from '../../support/until.ts';

type Said = { id?: number; method?: string; result?: unknown; error?: { code: number }; params?: unknown[] };

const program = findMoonraker();
if (program === undefined)
  process.stderr.write(
    'Left out: whether the simulated Moonraker answers like a real one, because moonraker is neither on the path nor in $CW_TEST_HOSTS.\n',
  );

/** Asks everything that a client of a printer asks, and keeps what was answered and told. */
async function interview(web: string, klipper: SimulatedKlipper) {
  const socket = new WebSocket(`${web.replace('http', 'ws')}/websocket`);
  const said: Said[] = [];
  socket.on('message', (data) => said.push(JSON.parse(String(data)) as Said));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  let id = 0;
  const ask = (method: string, params: object = {}) => {
    id += 1;
    const mine = id;
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: mine, method, params }));
    return until(() => said.find((one) => one.id === mine));
  };
  const upload = async (name: string, fields: Record<string, string> = {}) => {
    const form = new FormData();
    for (const [field, value] of Object.entries({ root: 'gcodes', ...fields })) form.set(field, value);
    form.set('file', new Blob(['G4 P1000\n'.repeat(900)]), name);
    const answer = await fetch(`${web}/server/files/upload`, { method: 'POST', body: form });
    return { status: answer.status, ...shapeOf(await answer.json()) };
  };
  const client = { client_name: 'likeness', version: '1', type: 'other', url: 'http://127.0.0.1' };
  const objects = { print_stats: null, webhooks: null };
  const told = (method: string) => until(() => said.find((one) => one.method === method));
  const answers = {
    identified: await ask('server.connection.identify', client),
    identifiedTwice: await ask('server.connection.identify', client),
    server: await ask('server.info'),
    printer: await ask('printer.info'),
    subscribed: await ask('printer.objects.subscribe', { objects }),
    unknownMethod: await ask('printer.fly'),
    missingFile: await ask('printer.print.start', { filename: 'none.gcode' }),
    missingName: await ask('printer.print.start'),
    deletedNothing: await ask('server.files.delete_file', { path: 'gcodes/none.gcode' }),
  };
  const uploads = {
    whole: await upload('a.gcode'),
    damaged: await upload('b.gcode', { checksum: '0'.repeat(64) }),
  };
  const started = await ask('printer.print.start', { filename: 'a.gcode' });
  await told('notify_history_changed');
  const during = {
    again: await ask('printer.print.start', { filename: 'a.gcode' }),
    overItself: await upload('a.gcode'),
    another: await upload('c.gcode', { print: 'true' }),
    deleted: await ask('server.files.delete_file', { path: 'gcodes/a.gcode' }),
    absent: (await fetch(`${web}/server/files/gcodes/none.gcode`)).status,
  };
  const cancelled = await ask('printer.print.cancel');
  await until(() => said.filter((one) => one.method === 'notify_history_changed').length === 2);
  const history = await ask('server.history.list', { limit: 1 });
  klipper.shutdown('Lost communication with MCU');
  const shutdown = await told('notify_klippy_shutdown');
  const refused = await ask('printer.print.start', { filename: 'a.gcode' });
  await ask('printer.firmware_restart');
  const gone = await told('notify_klippy_disconnected');
  const back = await told('notify_klippy_ready');
  socket.terminate();
  const rpc = {
    ...answers,
    started,
    again: during.again,
    deleted: during.deleted,
    cancelled,
    history,
    refused,
  };
  return {
    codes: Object.fromEntries(Object.entries(rpc).map(([name, { error }]) => [name, error?.code ?? 'ok'])),
    shapes: Object.fromEntries(Object.entries(rpc).map(([name, { result }]) => [name, shapeOf(result)])),
    uploads: { ...uploads, overItself: during.overItself.status, another: during.another },
    absent: during.absent,
    job: shapeOf((history.result as { jobs: unknown[] }).jobs[0]),
    told: [shutdown, gone, back].map(({ params }) => params ?? []),
    ends: said
      .filter((one) => one.method === 'notify_history_changed')
      .map((one) => {
        const [change] = one.params as [{ action: string; job: { status: string } }];
        const { action, job } = change;
        return [action, job.status];
      }),
  };
}

/** Names of the fields, and what kind of value each has; words and numbers are each program's own. */
function shapeOf(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { itself: typeof value };
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, kindOf(one)]));
}

const kindOf = (value: unknown) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);

describe.runIf(program !== undefined)('the simulated Moonraker', () => {
  let real: RealMoonraker;
  beforeAll(async () => {
    real = await startMoonraker(program ?? '', 10);
  }, 60_000);
  afterAll(() => real.stop());

  it('answers every question as a real one does: same codes, same fields, same notices', async () => {
    const simulator = new MoonrakerSimulator({ speedUp: 10 });
    const { port } = await simulator.listen();
    const simulated = await interview(`http://127.0.0.1:${port}`, simulator.moonraker.klipper);
    await simulator.close();
    const genuine = await interview(real.url.replace('moonraker+', ''), real.klippy.klipper);
    expect(simulated.codes).toEqual(genuine.codes);
    expect(simulated.absent).toEqual(genuine.absent);
    expect(simulated.uploads).toEqual(genuine.uploads);
    expect(simulated.told).toEqual(genuine.told);
    expect(simulated.ends).toEqual(genuine.ends);
    expect(simulated.job).toEqual(genuine.job);
    for (const [name, shape] of Object.entries(simulated.shapes))
      expect(genuine.shapes[name]).toMatchObject(shape);
  });
});
