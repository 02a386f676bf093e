import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connectAsync } from 'mqtt';
import { freePort } from '../../server/demonstration/demo-lab.ts';

const FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/sbin'];
/** The rules that we tell everybody to use. */
const ACCESS = fileURLToPath(new URL('../../server/deploy/mosquitto.acl', import.meta.url));
const READY_ATTEMPTS = 100;

export type Mosquitto = {
  url: (user: string) => string;
  /** One more name and password, as whoever runs the broker enters them. */
  letIn: (user: string, password: string) => Promise<void>;
  /** `kill -9`, and a new process on the same port that remembers nothing. */
  crash: () => Promise<void>;
  stop: () => Promise<void>;
};

/** On the path, or where Debian, Homebrew and others put it; undefined where it is not installed. */
export function findMosquitto(): string | undefined {
  const onPath = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...onPath, ...FOLDERS].map((folder) => join(folder, 'mosquitto')).find(existsSync);
}

/** A mosquitto of our own on a free port of 127.0.0.1, with one password for all and the access rules of the house. */
export async function startMosquitto(
  program: string,
  users: readonly string[],
  password: string,
): Promise<Mosquitto> {
  const folder = mkdtempSync(join(tmpdir(), 'commonwright-mosquitto-'));
  const file = (name: string) => join(folder, name);
  const passwordTool = join(dirname(program), '..', 'bin', 'mosquitto_passwd');
  const port = await freePort();
  writeFileSync(file('passwords'), '');
  writeFileSync(
    file('mosquitto.conf'),
    [
      'per_listener_settings false',
      'allow_anonymous false',
      `password_file ${file('passwords')}`,
      `acl_file ${ACCESS}`,
      'persistence false',
      'log_dest stderr',
      'set_tcp_nodelay true',
      `listener ${port} 127.0.0.1`,
      'socket_domain ipv4',
      // Started as root it would give up its rights, and then not read its own password file.
      ...(userInfo().uid === 0 ? ['user root'] : []),
      '',
    ].join('\n'),
  );
  const enter = (user: string, secret: string) =>
    execFileSync(passwordTool, ['-b', file('passwords'), user, secret]);
  const url = (user: string) => `mqtt://${user}:${password}@127.0.0.1:${port}`;
  for (const user of users) enter(user, password);
  const launch = () => spawn(program, ['-c', file('mosquitto.conf')], { stdio: 'ignore' });
  let child = launch();
  const end = async (signal: NodeJS.Signals) => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  };
  await answers(url('coordinator'));
  return {
    url,
    letIn: async (user, secret) => {
      enter(user, secret);
      // It reads its files again.
      child.kill('SIGHUP');
      await answers(`mqtt://${user}:${secret}@127.0.0.1:${port}`);
    },
    crash: async () => {
      await end('SIGKILL');
      child = launch();
      await answers(url('coordinator'));
    },
    stop: async () => {
      await end('SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function answers(url: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const client = await connectAsync(url, { reconnectPeriod: 0, protocolVersion: 4 });
      return await client.endAsync();
    } catch (cause) {
      if (attempt === READY_ATTEMPTS) throw cause;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
