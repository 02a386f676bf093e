import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort } from '../../server/demonstration/demo-lab.ts';
import { FakeKlippy } from './fake-klippy.ts';

const READY_ATTEMPTS = 400;
const READY_EVERY_MS = 50;

export type RealMoonraker = {
  url: string;
  klippy: FakeKlippy;
  /** Ends Moonraker's process and starts it again, while Klipper goes on. */
  restart: () => Promise<void>;
  stop: () => Promise<void>;
};

/** In `$CW_TEST_HOSTS`, or on the path; undefined where it is not installed. */
export function findMoonraker(): string | undefined {
  const hosts = process.env.CW_TEST_HOSTS;
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  if (hosts !== undefined) folders.unshift(join(hosts, 'moonraker', 'bin'));
  return folders.map((folder) => join(folder, 'moonraker')).find(existsSync);
}

/** A Moonraker process of our own in a folder of its own, with a Klipper that needs no firmware behind it. */
export async function startMoonraker(program: string, speedUp: number): Promise<RealMoonraker> {
  const folder = mkdtempSync(join(tmpdir(), 'commonwright-moonraker-'));
  const inside = (...names: string[]) => join(folder, ...names);
  for (const name of [
    'config',
    'comms',
    'gcodes',
    'misc',
    'logs',
    'database',
    'klipper/config',
    'klipper/docs',
  ])
    mkdirSync(inside(...name.split('/')), { recursive: true });
  // Without it Moonraker would fetch a list of USB makers from the Internet.
  writeFileSync(inside('misc', 'usb.ids'), '');
  const port = await freePort();
  writeFileSync(
    inside('config', 'moonraker.conf'),
    [
      '[server]',
      'host: 127.0.0.1',
      `port: ${port}`,
      `klippy_uds_address: ${inside('comms', 'klippy.sock')}`,
      '[machine]',
      'provider: none',
      'validate_service: False',
      'validate_config: False',
      '[authorization]',
      'enable_api_key: True',
      'trusted_clients:',
      '  127.0.0.1',
      '[history]',
      '',
    ].join('\n'),
  );
  const klippy = new FakeKlippy({
    socket: inside('comms', 'klippy.sock'),
    gcodes: inside('gcodes'),
    klipperFolder: inside('klipper'),
    speedUp,
  });
  await klippy.listen();
  const web = `http://127.0.0.1:${port}`;
  const launch = () => spawn(program, ['-d', folder, '-n'], { stdio: 'ignore' });
  let child = launch();
  await ready(web);
  return {
    url: `moonraker+${web}`,
    klippy,
    restart: async () => {
      await end(child);
      child = launch();
      await ready(web);
    },
    stop: async () => {
      await end(child);
      await klippy.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

async function ready(web: string): Promise<void> {
  let last = 'nothing answered';
  for (let attempt = 0; attempt < READY_ATTEMPTS; attempt += 1) {
    try {
      const answer = await fetch(`${web}/server/info`);
      const body = (await answer.json()) as { result?: { klippy_state?: string } };
      last = body.result?.klippy_state ?? `HTTP ${answer.status}`;
      if (last === 'ready') return;
    } catch (cause) {
      last = String(cause);
    }
    await new Promise((resolve) => setTimeout(resolve, READY_EVERY_MS));
  }
  throw new Error(`Moonraker did not become ready: ${last}.`);
}
