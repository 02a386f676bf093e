import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createGrblSimulator } from '../../firmware-bridge/drivers/simulator/create-grbl-simulator.ts';
import { createMarlinSimulator } from '../../firmware-bridge/drivers/simulator/create-marlin-simulator.ts';

/** Joins a pseudo terminal with a socket. */
const SOCAT = 'socat';

/**
 * Hosts that other people wrote run whole jobs on our simulated controllers, which judge them by the lines that they carried
 * out. `.ci/run` installs the hosts into a folder of its own and names it here.
 */
const hosts = process.env.CW_TEST_HOSTS ?? '';
const cncjs = join(hosts, 'cncjs/node_modules/cncjs/bin/cncjs');
const printcore = join(hosts, 'printrun/bin/printcore.py');
const hasSocat = (() => {
  try {
    return execFileSync(SOCAT, ['-V'], { stdio: 'pipe' }).length > 0;
  } catch {
    return false;
  }
})();
const leaveOut = (name: string, path: string): boolean => {
  const why = !hasSocat
    ? 'socat is not installed'
    : hosts === ''
      ? 'CW_TEST_HOSTS names no folder'
      : undefined;
  const isMissing = why !== undefined || !existsSync(path);
  if (isMissing)
    process.stderr.write(`Left out: ${name} on a simulated controller (${why ?? `${path} is missing`}).\n`);
  return isMissing;
};

const cleanUp: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});

function ending(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });
}

function keepUntilTheEnd(child: ChildProcess): ChildProcess {
  cleanUp.push(async () => {
    child.kill();
    await ending(child);
  });
  return child;
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'other-hosts-'));
  cleanUp.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A serial port whose other end is the simulated controller. */
async function serialPort(port: number, place: string): Promise<string> {
  const path = join(place, 'port');
  keepUntilTheEnd(
    spawn(SOCAT, [`pty,raw,echo=0,link=${path},wait-slave`, `tcp:127.0.0.1:${port}`], { stdio: 'ignore' }),
  );
  await expect.poll(() => existsSync(path), { timeout: 5_000 }).toBe(true);
  return path;
}

const stroke = (i: number) =>
  `G1 X${(60 + 30 * Math.cos(i / 9)).toFixed(3)} Y${(60 + 30 * Math.sin(i / 9)).toFixed(3)} F3000`;
const strokes = (count: number) => Array.from({ length: count }, (_, i) => stroke(i));

describe.runIf(!leaveOut('printcore', printcore))('printcore', () => {
  it('prints a whole program on the simulated Marlin, each line once, though lines are asked for again', async () => {
    const place = folder();
    const simulator = createMarlinSimulator({ speedUp: 200, seed: 4, faults: { resends: 0.03 } });
    cleanUp.push(() => simulator.close());
    const moves: string[] = [];
    simulator.controller.onExecuted = (text) => {
      if (text.startsWith('G1')) moves.push(text);
    };
    const { port } = await simulator.listen();
    const path = await serialPort(port, place);
    const program = strokes(300);
    writeFileSync(
      join(place, 'part.gcode'),
      ['G28', 'M104 S200', 'M109 S200', ...program, 'M104 S0'].join('\n'),
    );
    const host = keepUntilTheEnd(
      spawn(
        join(hosts, 'printrun/bin/python'),
        [printcore, '-b', '115200', path, join(place, 'part.gcode')],
        {
          stdio: 'ignore',
          env: { ...process.env, HOME: place },
        },
      ),
    );
    await ending(host);
    expect(moves).toEqual(program);
    expect(simulator.controller.nozzle.target).toBe(0);
  });
});

/** The parts of the old socket.io client that cncjs brings along. */
type Socket = {
  on: (event: string, hear: (...args: unknown[]) => void) => void;
  emit: (event: string, ...args: unknown[]) => void;
  close: () => void;
};

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Starts cncjs for one serial port and signs in; the socket speaks its own event language. */
async function startCncjs(path: string, place: string): Promise<Socket> {
  const settings = {
    ports: [{ path, manufacturer: 'simulated' }],
    state: { checkForUpdates: false, controller: { exception: { ignoreErrors: false } } },
  };
  writeFileSync(join(place, 'cncrc.json'), JSON.stringify(settings));
  const port = await freePort();
  const args = ['--host', '127.0.0.1', '--port', String(port), '--config', join(place, 'cncrc.json')];
  keepUntilTheEnd(
    spawn(process.execPath, [cncjs, ...args, '--controller', 'Grbl'], {
      stdio: 'ignore',
      env: { ...process.env, HOME: place },
    }),
  );
  const base = `http://127.0.0.1:${port}`;
  let token = '';
  await expect
    .poll(
      async () => {
        const answer = await fetch(`${base}/api/signin`, { method: 'POST' }).catch(() => undefined);
        if (answer?.ok !== true) return false;
        token = ((await answer.json()) as { token: string }).token;
        return true;
      },
      { timeout: 30_000, interval: 200 },
    )
    .toBe(true);
  const connect = createRequire(cncjs)('socket.io-client') as (url: string, options: object) => Socket;
  const socket = connect(base, { query: `token=${token}`, transports: ['websocket'] });
  cleanUp.push(() => socket.close());
  return socket;
}

describe.runIf(!leaveOut('cncjs', cncjs))('cncjs', () => {
  it('cuts a whole program on the simulated GRBL, each line once, with a pause in between', async () => {
    const place = folder();
    const simulator = createGrblSimulator({ speedUp: 5 });
    cleanUp.push(() => simulator.close());
    const executed: string[] = [];
    simulator.controller.onExecuted = (line) => executed.push(line);
    const { port } = await simulator.listen();
    const path = await serialPort(port, place);
    const socket = await startCncjs(path, place);
    const states: unknown[] = [];
    let activeState: unknown;
    socket.on('workflow:state', (state) => states.push(state));
    socket.on('controller:state', (_kind, state) => {
      activeState = (state as { status?: { activeState?: string } }).status?.activeState;
    });
    socket.emit('open', path, { baudrate: 115_200, controllerType: 'Grbl' }, () => undefined);
    await expect.poll(() => activeState, { timeout: 20_000 }).toBe('Idle');
    const program = ['G21 G90', 'G0 Z5', ...strokes(300), 'M30'];
    await new Promise((done) =>
      socket.emit('command', path, 'gcode:load', 'part.nc', program.join('\n'), done),
    );
    socket.emit('command', path, 'gcode:start');
    await expect.poll(() => executed.length, { timeout: 30_000 }).toBeGreaterThan(40);
    socket.emit('command', path, 'gcode:pause');
    await expect.poll(() => activeState, { timeout: 10_000 }).toBe('Hold');
    socket.emit('command', path, 'gcode:resume');
    await expect.poll(() => states.at(-1), { timeout: 90_000 }).toBe('idle');
    const bare = program.map((line) => line.replaceAll(' ', ''));
    expect(executed.filter((line) => !line.startsWith('G4'))).toEqual(bare);
    expect(simulator.controller.lostBytes).toBe(0);
  });
});
