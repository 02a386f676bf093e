import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { z } from 'zod';
import { freePort } from '../../server/demonstration/demo-lab.ts';

export const OCTOPRINT_KEY = 'GLOBALKEY0123456789ABCDEF0123456';
const ASK_AGAIN_MS = 100;

/** No user, no wizard, nothing asked of the Internet, and a printer that is a plugin of its own. */
const CONFIG = `api: {key: ${OCTOPRINT_KEY}}
server: {firstRun: false, onlineCheck: {enabled: false}, pluginBlacklist: {enabled: false}}
plugins:
  _disabled: [discovery, softwareupdate, announcements, tracking, errortracking, achievements, health_check, pluginmanager, backup, corewizard]
  virtual_printer: {enabled: true}
`;

const Job = z.object({
  state: z.string(),
  job: z.object({ file: z.object({ name: z.string().nullable() }) }),
});
const Files = z.object({
  files: z.array(
    z.object({
      name: z.string(),
      prints: z.object({ success: z.number(), failure: z.number() }).nullish(),
    }),
  ),
});

/** Where `.ci/run` puts it, or on the path; undefined where it is not installed. */
export function findOctoprint(): string | undefined {
  const { CW_TEST_HOSTS: hosts, PATH = '' } = process.env;
  const ours = hosts === undefined ? [] : [join(hosts, 'octoprint', 'bin')];
  const folders = [...ours, ...PATH.split(delimiter)].filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, 'octoprint')).find(existsSync);
}

/** A real OctoPrint with its virtual printer, in a folder of its own on a free port of 127.0.0.1. */
export async function startOctoprint(program: string) {
  const folder = mkdtempSync(join(tmpdir(), 'commonwright-octoprint-'));
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  writeFileSync(join(folder, 'config.yaml'), CONFIG);
  let child: ChildProcess;

  const ask = async (method: string, path: string, body?: object | FormData) => {
    const isForm = body instanceof FormData;
    const answer = await fetch(`${base}${path}`, {
      method,
      headers: {
        'X-Api-Key': OCTOPRINT_KEY,
        ...(body !== undefined && !isForm && { 'Content-Type': 'application/json' }),
      },
      ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`OctoPrint answered ${answer.status} to ${method} ${path}: ${text}`);
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  };
  const wait = async (isSo: () => Promise<boolean>) => {
    while (!(await isSo().catch(() => false)))
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  };
  const job = async () => Job.parse(await ask('GET', '/api/job'));
  const begin = async () => {
    const options = [
      'serve',
      '--basedir',
      folder,
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      '--iknowwhatimdoing',
    ];
    child = spawn(program, options, { stdio: 'ignore' });
    await wait(async () => (await fetch(`${base}/online.txt`)).ok);
    await ask('POST', '/api/connection', { command: 'connect', port: 'VIRTUAL', baudrate: 115_200 });
    await wait(async () => (await job()).state === 'Operational');
  };
  const end = (signal: NodeJS.Signals) =>
    new Promise<void>((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) return resolve();
      child.once('close', () => resolve());
      child.kill(signal);
    });

  await begin();
  return {
    base,
    ask,
    job,
    files: async () => Files.parse(await ask('GET', '/api/files/local')).files,
    /** Prints nothing and holds no file, as on the first day. */
    clear: async () => {
      if ((await job()).state !== 'Operational') await ask('POST', '/api/job', { command: 'cancel' });
      await wait(async () => (await job()).state === 'Operational');
      for (const { name } of Files.parse(await ask('GET', '/api/files/local')).files)
        await wait(async () => {
          await ask('DELETE', `/api/files/local/${name}`);
          return true;
        });
    },
    crash: async () => {
      await end('SIGKILL');
      await begin();
    },
    stop: async () => {
      await end('SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
export type RunningOctoprint = Awaited<ReturnType<typeof startOctoprint>>;
