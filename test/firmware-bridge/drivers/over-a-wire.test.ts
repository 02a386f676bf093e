import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createGrblMachine } from '../../../firmware-bridge/drivers/grbl/create-grbl-machine.ts';
import { createMarlinMachine } from '../../../firmware-bridge/drivers/marlin/create-marlin-machine.ts';
import { runSimulator } from '../../../firmware-bridge/drivers/simulator/simulate.ts';
import type { Machine, RunOutcome } from '../../../firmware-bridge/machine.ts';
import { dialFor } from '../../../firmware-bridge/transport/dial.ts';

/** Joins a pseudo terminal with a socket. */
const SOCAT = 'socat';
const cleanUp: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});

const spiral = (count: number) =>
  Array.from({ length: count }, (_, i) => {
    const [angle, radius] = [i / 25, 20 + i / 60];
    return `G1 X${(100 + radius * Math.cos(angle)).toFixed(3)} Y${(100 + radius * Math.sin(angle)).toFixed(3)} F3000`;
  });

async function simulated(firmware: 'grbl' | 'marlin', speedUp: number) {
  const simulator = await runSimulator({ firmware, port: 0, speedUp });
  cleanUp.push(simulator.close);
  return simulator;
}

function run(machine: Machine, program: readonly string[]): Promise<RunOutcome> {
  cleanUp.push(() => machine.close());
  return new Promise((resolve, reject) => {
    machine.onEvent((event) => {
      if (event.kind === 'ended') resolve(event.outcome);
    });
    machine
      .connect()
      .then(() => machine.start(program))
      .catch(reject);
  });
}

function hasSocat(): boolean {
  try {
    execFileSync(SOCAT, ['-V'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A pair of pseudo terminals' one end for each side: the serial port of a simulated controller. */
async function serialPort(port: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'serial-'));
  const path = join(folder, 'port');
  const socat: ChildProcess = spawn(
    SOCAT,
    [`pty,raw,echo=0,link=${path},wait-slave`, `tcp:127.0.0.1:${port}`],
    {
      stdio: 'ignore',
    },
  );
  cleanUp.push(() => {
    socat.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  await expect.poll(() => existsSync(path), { timeout: 5_000 }).toBe(true);
  return path;
}

describe('drivers over a wire', () => {
  it('streams 2,000 lines to a GRBL controller over TCP', async () => {
    const { port } = await simulated('grbl', 400);
    const machine = createGrblMachine(dialFor(`tcp://127.0.0.1:${port}`));
    const outcome = await run(machine, ['G21 G90', 'G0 X120 Y100 Z5', ...spiral(2_000), 'M30']);
    expect(outcome.kind).toBe('succeeded');
    expect(machine.telemetry().linesAcknowledged).toBe(2_003);
  });

  it('prints 1,000 lines on a Marlin controller over TCP', async () => {
    const { port } = await simulated('marlin', 400);
    const machine = createMarlinMachine(dialFor(`tcp://127.0.0.1:${port}`));
    const outcome = await run(machine, ['G28', 'M109 S200', ...spiral(1_000), 'M104 S0']);
    expect(outcome.kind).toBe('succeeded');
  });

  it('refuses a second host while the first has the line', async () => {
    const { port } = await simulated('grbl', 1);
    const [first, second] = [0, 1].map(() => createGrblMachine(dialFor(`tcp://127.0.0.1:${port}`)));
    if (first === undefined || second === undefined) throw new Error('no machines');
    cleanUp.push(() => first.close());
    await first.connect();
    await expect(second.connect()).rejects.toThrow(/closed the connection/);
    expect(first.state()).toEqual({ kind: 'idle' });
  });

  it('says what to check when nobody is there, and what an address looks like', async () => {
    const { port, close } = await runSimulator({ firmware: 'grbl', port: 0 });
    await close();
    await expect(createGrblMachine(dialFor(`tcp://127.0.0.1:${port}`)).connect()).rejects.toThrow(
      /switched on/,
    );
    await expect(createGrblMachine(dialFor('serial:///dev/no-such-port')).connect()).rejects.toThrow(
      /cannot be opened/,
    );
    expect(() => dialFor('usb://1')).toThrow(/write tcp:\/\//);
  });

  it('says when the port of a simulated machine is taken', async () => {
    const { port } = await simulated('grbl', 1);
    await expect(runSimulator({ firmware: 'marlin', port })).rejects.toThrow(/choose another port/);
  });

  const isPresent = hasSocat();
  if (!isPresent) process.stderr.write('Left out: the serial port test, because socat is not installed.\n');
  it.runIf(isPresent)('runs a job over a serial port', async () => {
    const { port } = await simulated('grbl', 400);
    const path = await serialPort(port);
    const machine = createGrblMachine(dialFor(`serial://${path}?baud=115200`));
    const outcome = await run(machine, ['G21 G90', 'G0 X120 Y100 Z5', ...spiral(300), 'M30']);
    expect(outcome.kind).toBe('succeeded');
  });
});
