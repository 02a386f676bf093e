import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Long enough to see on the page what a lost bridge looks like. */
export const RESTART_PAUSE_MS = 10_000;
/** A child that dies more often than this has a fault that another start does not mend. */
export const RESTARTS_MAX = 5;
export const RESTARTS_WINDOW_MS = 10 * 60_000;
/** After a polite signal; then it is killed. */
const STOP_PATIENCE_MS = 5_000;
/** Of a child's words in its file; more is not written. */
const LOG_BYTES_MAX = 2 * 1024 * 1024;

const leaveWithParent = new URL('./leave-with-parent.js', import.meta.url).href;

/** The one variable that a child needs besides its arguments; nothing else of the server's environment reaches it. */
const CHILD_ENVIRONMENT = {};

export interface SupervisedProcess {
  pid(): number | undefined;
  stop(): Promise<void>;
}

/**
 * Starts one of our own programs as a child and keeps it: a child that ends by itself is started again after a pause,
 * a limited number of times. It dies with this process, even when that is killed.
 */
export function superviseProcess(parts: {
  name: string;
  script: URL;
  args: readonly string[];
  /** File that takes what the child prints; begun anew. */
  logFile: string;
  say: (sentence: string) => void;
  nowMs: () => number;
  /** Told of each start, with the process. */
  onStart?: (child: ChildProcess) => void;
}): SupervisedProcess {
  const { name, script, args, logFile, say, nowMs, onStart } = parts;
  const write = boundedLog(logFile);
  let child: ChildProcess | undefined;
  let isStopping = false;
  let pause: NodeJS.Timeout | undefined;
  let restartsMs: number[] = [];

  const start = () => {
    const started = spawn(process.execPath, ['--import', leaveWithParent, fileURLToPath(script), ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: CHILD_ENVIRONMENT,
      // A group of its own: Ctrl-C in a terminal reaches the server alone, which ends its children in order.
      detached: true,
    });
    child = started;
    // The pipe may break while the child dies; its exit says all there is to say.
    started.stdin.on('error', () => {});
    started.stdout.on('data', write);
    started.stderr.on('data', write);
    started.on('error', (cause) => say(`${name} cannot be started: ${cause.message}.`));
    started.on('exit', (code, signal) => {
      if (child === started) child = undefined;
      if (!isStopping) restartLater(signal ?? `code ${code}`);
    });
    onStart?.(started);
  };

  const restartLater = (how: string) => {
    restartsMs = restartsMs.filter((at) => nowMs() - at < RESTARTS_WINDOW_MS);
    if (restartsMs.length >= RESTARTS_MAX) {
      say(`${name} ended ${RESTARTS_MAX} times in ten minutes and is left alone now; ${logFile} says why.`);
      return;
    }
    restartsMs.push(nowMs());
    say(`${name} ended (${how}); it is started again in ${RESTART_PAUSE_MS / 1000} s.`);
    pause = setTimeout(start, RESTART_PAUSE_MS);
  };

  start();
  return {
    pid: () => child?.pid,
    stop: async () => {
      isStopping = true;
      clearTimeout(pause);
      if (child !== undefined) await end(child);
    },
  };
}

/** Asks politely, then insists. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const insist = setTimeout(() => child.kill('SIGKILL'), STOP_PATIENCE_MS);
  await gone;
  clearTimeout(insist);
}

function boundedLog(file: string): (text: Buffer) => void {
  writeFileSync(file, '');
  let written = 0;
  return (text) => {
    if (written > LOG_BYTES_MAX) return;
    written += text.length;
    appendFileSync(file, text);
  };
}
