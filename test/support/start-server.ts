import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../server/commonwright.js', import.meta.url));

/** A start that takes longer has gone wrong; the page may have to be built first. */
const START_PATIENCE_MS = 90_000;

export interface ServerProcess {
  url: string;
  dataDir: string;
  /** Everything printed so far. */
  output(): string;
  pid: number;
  /** Ends it politely and resolves with its exit code; removes the data folder unless told to keep it. */
  stop(options?: { keepData?: boolean }): Promise<number | null>;
  /** What Ctrl-C in a terminal does under npm: one signal for the whole process group, and npm's own besides. */
  pressCtrlC(): Promise<number | null>;
  /** `kill -9`; the data folder stays. */
  kill(): Promise<void>;
  removeData(): void;
}

export interface ServerProcessWish {
  args?: readonly string[];
  /** Given folders are kept; without one, a temporary folder is made. */
  dataDir?: string;
  env?: Readonly<Record<string, string>>;
  /** In a process group of its own, as a shell starts it; `pressCtrlC` needs that. */
  isOwnGroup?: boolean;
}

/** What the process of a program needs of ours; its own settings come from the test alone. */
export function bareEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return {
    ...(PATH === undefined ? {} : { PATH }),
    ...(HOME === undefined ? {} : { HOME }),
    ...(TMPDIR === undefined ? {} : { TMPDIR }),
    ...extra,
  };
}

/** Starts `commonwright start` as its own process on free ports; resolves when it has printed its address. */
export async function startServer(wish: ServerProcessWish = {}): Promise<ServerProcess> {
  const dataDir = wish.dataDir ?? mkdtempSync(join(tmpdir(), 'commonwright-test-'));
  const env = bareEnvironment({ DATA_DIR: dataDir, PORT: '0', MQTT_PORT: '0', ...wish.env });
  const child = spawn(process.execPath, [program, 'start', ...(wish.args ?? [])], {
    env,
    detached: wish.isOwnGroup === true,
  });
  const { url, output } = await addressOf(child);
  const removeData = () => rmSync(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  return {
    url,
    dataDir,
    output,
    pid: child.pid ?? 0,
    removeData,
    async stop({ keepData = wish.dataDir !== undefined } = {}) {
      const code = await endOf(child, 'SIGTERM');
      if (!keepData) removeData();
      return code;
    },
    pressCtrlC() {
      const ended = endOf(child, 'SIGINT');
      process.kill(-(child.pid ?? 0), 'SIGINT');
      return ended;
    },
    async kill() {
      await endOf(child, 'SIGKILL');
    },
  };
}

export interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/** Runs a command of the program to its end, or sends it a signal once it has printed something. */
export function runProgram(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  interruption?: { signal: NodeJS.Signals; signalAfter: RegExp },
): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...args], { env: bareEnvironment(env) });
  let out = '';
  let err = '';
  let isInterrupted = false;
  child.stdout.on('data', (piece: Buffer) => {
    out += piece.toString();
    if (interruption === undefined || isInterrupted || !interruption.signalAfter.test(out)) return;
    isInterrupted = true;
    child.kill(interruption.signal);
  });
  child.stderr.on('data', (piece: Buffer) => {
    err += piece.toString();
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}

function addressOf(child: ChildProcess): Promise<{ url: string; output: () => string }> {
  let printed = '';
  return new Promise((resolve, reject) => {
    const giveUp = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`the server printed no address:\n${printed}`));
    }, START_PATIENCE_MS);
    const listen = (piece: Buffer) => {
      printed += piece.toString();
      const address = /Commonwright is at (http:\/\/\S+)/.exec(printed)?.[1];
      if (address === undefined) return;
      clearTimeout(giveUp);
      resolve({ url: address, output: () => printed });
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    child.once('exit', (code) => {
      clearTimeout(giveUp);
      reject(new Error(`the server ended with code ${code}:\n${printed}`));
    });
  });
}

function endOf(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => {
    child.once('exit', (code) => resolve(code));
    child.kill(signal);
  });
}
