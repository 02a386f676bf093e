import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from '../../server/demonstration/demo-lab.ts';

/** A program that speaks the wire protocol of MongoDB, and how to start it on a folder and a port of 127.0.0.1. */
interface MongoProgram {
  path: string;
  args: (folder: string, port: number) => string[];
}

export interface MongoServer {
  /** Address of a database of its own in it, that nobody else uses. */
  newDatabase: () => string;
  stop: () => Promise<void>;
}

/** A server of our own, which can be killed. */
export interface PrivateMongoServer extends MongoServer {
  readonly port: number;
  /** `kill -9`. What was acknowledged is in the folder. */
  kill: () => Promise<void>;
  /** After `kill`: a new process on the same folder and port. */
  restart: () => Promise<void>;
}

export interface MongoForTests {
  /** What runs the tests, for people. */
  readonly name: string;
  /** The server that MONGODB_URL names, or one of our own. */
  start: () => Promise<MongoServer>;
  /** One of our own on a folder; undefined where only MONGODB_URL is to be had. */
  startPrivate: ((folder: string) => Promise<PrivateMongoServer>) | undefined;
}

const SOURCES = fileURLToPath(new URL('./mongo-wire-server/', import.meta.url));
/**
 * FerretDB 1.24 asks for ids in another spelling than its index has, and so reads the whole table for each; a log that
 * is followed by its next number becomes slow. This sets it right in one place of its sources while it is built.
 */
const FERRETDB = 'github.com/FerretDB/FerretDB';
const SPELLING = {
  file: 'internal/backends/sqlite/metadata/metadata.go',
  is: "->'$._id'",
  should: "->'_id'",
};
const READY_ATTEMPTS = 300;
const POLL_MS = 100;

/**
 * A server for tests: the one that MONGODB_URL names, else `mongod` on the PATH, else FerretDB over SQLite, built
 * with Go once for each machine and kept in the folder for temporary files. Otherwise the reason why there is none.
 */
export async function findMongo(): Promise<MongoForTests | { unavailableReason: string }> {
  const given = process.env.MONGODB_URL;
  const program = await findProgram().catch((error: unknown) =>
    error instanceof Error ? error : new Error(String(error)),
  );
  const startPrivate =
    program instanceof Error ? undefined : (folder: string) => startProgram(program, folder);
  if (given !== undefined && given !== '') {
    const start = async () => ({ newDatabase: () => withNewDatabase(given), stop: async () => {} });
    return { name: 'the server at MONGODB_URL', start, startPrivate };
  }
  if (program instanceof Error || startPrivate === undefined)
    return {
      unavailableReason:
        'left out: neither MONGODB_URL nor mongod is there, and no server can be built ' +
        `(${program instanceof Error ? program.message.split('\n')[0] : ''}). Install MongoDB, or Go 1.24 or newer.`,
    };
  return { name: program.path, start: () => startInNewFolder(startPrivate), startPrivate };
}

async function startInNewFolder(
  startPrivate: (folder: string) => Promise<PrivateMongoServer>,
): Promise<MongoServer> {
  const folder = mkdtempSync(join(tmpdir(), 'commonwright-mongo-'));
  const server = await startPrivate(folder);
  return {
    newDatabase: server.newDatabase,
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

function withNewDatabase(url: string): string {
  const name = `commonwright-test-${randomBytes(6).toString('hex')}`;
  return url.replace(/^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/[^?]*)?/, `$1/${name}`);
}

async function findProgram(): Promise<MongoProgram> {
  const mongod = onPath('mongod');
  if (mongod !== undefined)
    return {
      path: mongod,
      args: (folder, port) => ['--dbpath', folder, '--port', String(port), '--bind_ip', '127.0.0.1'],
    };
  return {
    path: await builtWireServer(),
    args: (folder, port) => ['-dir', folder, '-addr', `127.0.0.1:${port}`],
  };
}

function onPath(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/go/bin'];
  return folders.map((folder) => join(folder, name)).find(existsSync);
}

/** The path of the built server. Test files that need it at the same time let one of them build. */
async function builtWireServer(): Promise<string> {
  const digest = createHash('sha256');
  for (const file of ['main.go', 'go.mod', 'go.sum']) digest.update(readFileSync(join(SOURCES, file)));
  digest.update(JSON.stringify(SPELLING));
  const folder = join(tmpdir(), `commonwright-mongo-wire-server-${digest.digest('hex').slice(0, 16)}`);
  const program = join(folder, 'mongo-wire-server');
  const lock = join(folder, 'building');
  mkdirSync(folder, { recursive: true });
  while (!existsSync(program)) {
    if (takeLock(lock)) await build(program).finally(() => rmSync(lock, { force: true }));
    else await pause();
  }
  return program;
}

/** The lock holds the id of the process that builds, so that one which was killed keeps nobody waiting. */
function takeLock(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    if (existsSync(lock) && !isAlive(Number(readFileSync(lock, 'utf8')))) rmSync(lock, { force: true });
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    // Signal 0 only asks. A lock that is just being written has no id yet, and 0 is our own group.
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function build(program: string): Promise<void> {
  if (existsSync(program)) return;
  const go = onPath('go');
  if (go === undefined) throw new Error('Go is not installed');
  const place = `${program}.${process.pid}.build`;
  const ferretDb = join(place, 'ferretdb');
  cpSync(SOURCES, place, { recursive: true });
  const run = async (...args: string[]) =>
    (await promisify(execFile)(go, args, { cwd: place })).stdout.trim();
  await run('mod', 'download', FERRETDB);
  // Go does not let single files of its modules be replaced.
  cpSync(await run('list', '-m', '-f', '{{.Dir}}', FERRETDB), ferretDb, { recursive: true });
  const misspelt = join(ferretDb, SPELLING.file);
  const repaired = readFileSync(misspelt, 'utf8').replace(SPELLING.is, SPELLING.should);
  chmodSync(dirname(misspelt), 0o755);
  rmSync(misspelt);
  writeFileSync(misspelt, repaired);
  await run('mod', 'edit', '-replace', `${FERRETDB}=./ferretdb`);
  await run('build', '-buildvcs=false', '-o', 'mongo-wire-server', '.');
  renameSync(join(place, 'mongo-wire-server'), program);
  // The copy of a module may be read-only; then it stays, a few megabytes.
  await rm(place, { recursive: true }).catch(() => undefined);
}

async function startProgram(program: MongoProgram, folder: string): Promise<PrivateMongoServer> {
  const port = await freePort();
  let child: ChildProcess | undefined;
  const launch = async () => {
    child = spawn(program.path, program.args(folder, port), { stdio: 'ignore' });
    for (let attempt = 0; !(await accepts(port)); attempt += 1) {
      if (child.exitCode !== null || attempt > READY_ATTEMPTS)
        throw new Error(`${program.path} does not answer on port ${port}`);
      await pause();
    }
  };
  const end = async (signal: NodeJS.Signals) => {
    const ending = child;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = new Promise((resolve) => ending.once('exit', resolve));
    ending.kill(signal);
    await ended;
  };
  await launch();
  return {
    port,
    newDatabase: () => withNewDatabase(`mongodb://127.0.0.1:${port}`),
    kill: () => end('SIGKILL'),
    restart: launch,
    stop: () => end('SIGTERM'),
  };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    const answer = (does: boolean) => () => {
      socket.destroy();
      resolve(does);
    };
    socket.once('connect', answer(true));
    socket.once('error', answer(false));
  });
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, POLL_MS));
}
