import { describe, expect, it } from 'vitest';
import { createGrblMachine } from '../../../firmware-bridge/drivers/grbl/create-grbl-machine.ts';
import { createMarlinMachine } from '../../../firmware-bridge/drivers/marlin/create-marlin-machine.ts';
import { createGrblSimulator } from '../../../firmware-bridge/drivers/simulator/create-grbl-simulator.ts';
import { createMarlinSimulator } from '../../../firmware-bridge/drivers/simulator/create-marlin-simulator.ts';
import type { Faults } from '../../../firmware-bridge/drivers/simulator/line-faults.ts';
import type { Machine } from '../../../firmware-bridge/machine.ts';
import { memoryDial } from '../../../firmware-bridge/transport/memory-link.ts';
import { VirtualClock } from './virtual-clock.ts';

const LINES = 100_000;
const DAY_MS = 86_400_000;
const LINK_MS = 1;
/** Moves cost no time worth waiting for: what is judged is the talk, not the motion. */
const SPEED_UP = 2_000;

/** Short strokes, each line unlike any other, so that a loss, a repeat or a swap shows. */
const strokes = (count: number) =>
  Array.from(
    { length: count },
    (_, i) => `G1 X${(10 + (i % 50) / 10).toFixed(1)} Y${(i / 1_000).toFixed(3)}`,
  );
const bare = (lines: readonly string[]) => lines.map((line) => line.replaceAll(' ', ''));

type Judged = { executed: string[]; acknowledged: number[]; outcome: string; words: string };

async function run(machine: Machine, clock: VirtualClock, program: readonly string[]): Promise<Judged> {
  const judged: Judged = { executed: [], acknowledged: [], outcome: 'none', words: '' };
  machine.onEvent((event) => {
    if (event.kind === 'acknowledged') judged.acknowledged.push(event.line);
    if (event.kind !== 'ended') return;
    judged.outcome = event.outcome.kind;
    judged.words = event.outcome.kind === 'failed' ? event.outcome.words : '';
  });
  await clock.waitFor(machine.connect(), 60_000);
  await clock.waitFor(machine.start(program), 10_000);
  await clock.until(() => judged.outcome !== 'none', DAY_MS);
  await machine.close();
  return judged;
}

async function cut(faults: Faults, program: readonly string[], seed = 1): Promise<Judged> {
  const clock = new VirtualClock();
  const simulator = createGrblSimulator({ clock, speedUp: SPEED_UP, seed, faults });
  const executed: string[] = [];
  simulator.controller.onExecuted = (line) => executed.push(line);
  const machine = createGrblMachine(memoryDial(simulator, clock, LINK_MS), clock);
  return { ...(await run(machine, clock, program)), executed };
}

async function print(
  faults: Faults,
  program: readonly string[],
  options: { seed?: number; saysOkAfterResend?: boolean; hasAdvancedOk?: boolean } = {},
): Promise<Judged> {
  const { seed = 1, ...machineOptions } = options;
  const clock = new VirtualClock();
  const simulator = createMarlinSimulator({
    clock,
    speedUp: SPEED_UP,
    seed,
    faults,
    machine: machineOptions,
  });
  const executed: string[] = [];
  simulator.controller.onExecuted = (text) => {
    if (text.startsWith('G1')) executed.push(text);
  };
  const machine = createMarlinMachine(memoryDial(simulator, clock, LINK_MS), clock);
  return { ...(await run(machine, clock, program)), executed };
}

/** True when the machine carried out exactly the program's first lines, each once and in order. */
function isBeginning(executed: readonly string[], of: readonly string[]): boolean {
  return executed.length <= of.length && executed.every((line, index) => line === of[index]);
}

describe(`streams of ${LINES} lines`, () => {
  it('go through GRBL with rubbish, broken pieces and a window that is always full: each once, in order', async () => {
    const program = ['G21 G90', 'F6000', ...strokes(LINES)];
    const { executed, acknowledged, outcome } = await cut({ garbage: 0.05, isChunked: true }, program);
    expect(outcome).toBe('succeeded');
    // The dwell at the end is the driver's own, to know that all is done.
    expect(executed).toEqual([...bare(program), 'G4P0.01']);
    expect(acknowledged).toEqual(program.map((_, index) => index));
  }, 120_000);

  it('go through Marlin with damage, wanton requests and rubbish: each once, in order', async () => {
    const program = ['G21', 'G90', ...strokes(LINES)];
    // An eight-bit sum lets two equal flips in one line through: the noise is rare enough for single ones.
    for (const saysOkAfterResend of [true, false]) {
      const faults = { resends: 0.02, needlessResends: 0.01, noise: 0.00005, garbage: 0.02, isChunked: true };
      const { executed, acknowledged, outcome, words } = await print(faults, program, { saysOkAfterResend });
      expect([outcome, words]).toEqual(['succeeded', '']);
      expect(executed).toEqual(program.slice(2));
      expect(acknowledged).toEqual(program.map((_, index) => index));
    }
  }, 240_000);
});

describe('a stream that cannot come through', () => {
  it('ends as failed, never as made, when the receive buffer is smaller than the controller says', async () => {
    const program = ['G21 G90', 'F6000', ...strokes(3_000)];
    const { executed, outcome } = await cut({ rxBytes: 48 }, program);
    expect(outcome).toBe('failed');
    expect(executed.length).toBeLessThan(program.length);
  });

  it('loses no line and repeats none while answers are lost or doubled', async () => {
    const program = ['G21', 'G90', ...strokes(5_000)];
    for (const seed of [1, 2, 3]) {
      const { executed, outcome } = await print({ droppedOk: 0.003, repeatedOk: 0.003 }, program, { seed });
      expect(outcome).toBe('succeeded');
      expect(executed).toEqual(program.slice(2));
    }
  });

  it('carries out only a beginning of the program when bytes are lost on the way to a printer', async () => {
    const program = ['G21', 'G90', ...strokes(4_000)];
    for (const seed of [1, 2, 3, 4]) {
      const faults = { droppedBytes: 0.002, repeatedBytes: 0.002, noise: 0.002 };
      const { executed, outcome } = await print(faults, program, { seed });
      expect(isBeginning(executed, program.slice(2))).toBe(true);
      expect(executed.length === program.length - 2).toBe(outcome === 'succeeded');
    }
  });
});
