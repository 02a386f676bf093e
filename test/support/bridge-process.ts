import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bareEnvironment } from './start-server.ts';

const program = fileURLToPath(new URL('../../firmware-bridge/commonwright-bridge.js', import.meta.url));

export type BridgeProcess = {
  pid: number;
  output: () => string;
  /** `kill -9`. */
  kill: () => Promise<number | null>;
  /** Ends it politely. */
  stop: () => Promise<number | null>;
  ended: Promise<number | null>;
};

/** `commonwright-bridge` as its own process, with a configuration file in `folder`. */
export function startBridgeProcess(folder: string, config: object): BridgeProcess {
  const file = join(folder, 'lab.json');
  writeFileSync(file, JSON.stringify(config));
  return launch(['--config', file]);
}

export function launch(args: readonly string[]): BridgeProcess {
  const child = spawn(process.execPath, [program, ...args], { env: bareEnvironment() });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (piece: Buffer) => {
      output += piece.toString();
    });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    pid: child.pid ?? 0,
    output: () => output,
    kill: () => signal(child, 'SIGKILL', ended),
    stop: () => signal(child, 'SIGTERM', ended),
    ended,
  };
}

function signal(child: ChildProcess, name: NodeJS.Signals, ended: Promise<number | null>) {
  if (child.exitCode === null && child.signalCode === null) child.kill(name);
  return ended;
}
