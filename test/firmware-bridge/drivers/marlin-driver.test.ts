import { afterEach, describe, expect, it } from 'vitest';
import { createMarlinMachine } from '../../../firmware-bridge/drivers/marlin/create-marlin-machine.ts';
import {
  createMarlinSimulator,
  type MarlinSimulatorOptions,
} from '../../../firmware-bridge/drivers/simulator/create-marlin-simulator.ts';
import type { Machine } from '../../../firmware-bridge/machine.ts';
import { memoryDial } from '../../../firmware-bridge/transport/memory-link.ts';
import { VirtualClock } from './virtual-clock.ts';
import { watch } from './watched-machine.ts';

const LINK_MS = 2;
const HOUR_MS = 3_600_000;
const open: Machine[] = [];
afterEach(async () => {
  for (const machine of open.splice(0)) await machine.close();
});

const HEAD = ['; a part', 'G21', 'G90', 'M83', 'M140 S50', 'M109 S205', 'M190 S50', 'G28', 'G1 Z0.2 F3000'];
const TAIL = ['M104 S0', 'M140 S0', 'M107', 'M84'];

/** `count` strokes of 30 mm, each a line of filament. */
function strokes(count: number): string[] {
  return Array.from(
    { length: count },
    (_, i) =>
      `G1 X${i % 2 === 0 ? 60 : 30} Y${(30 + i * 0.4).toFixed(2)} E1.${String(i).padStart(4, '0')} F2400`,
  );
}
const part = (count: number) => [...HEAD, ...strokes(count), ...TAIL];

async function printer(options: MarlinSimulatorOptions = {}) {
  const clock = new VirtualClock();
  const simulator = createMarlinSimulator({ clock, ...options });
  const machine = createMarlinMachine(memoryDial(simulator, clock, LINK_MS), clock);
  open.push(machine);
  const seen = watch(machine);
  const ran: string[] = [];
  simulator.controller.onExecuted = (text) => ran.push(text);
  const identity = await clock.waitFor(machine.connect(), 20_000);
  const moves = () => ran.filter((text) => text.includes('E1.'));
  return { clock, machine, seen, ran, moves, identity, controller: simulator.controller, simulator };
}

describe('the Marlin driver on a simulated printer', () => {
  it('asks who is there without moving or heating anything', async () => {
    const { identity, seen, machine } = await printer();
    expect(identity).toMatchObject({
      firmware: 'Marlin',
      version: '2.1.2.5',
      capabilities: { hasHeaters: true },
    });
    expect(seen.sent()).toEqual(['M115', 'M155 S1', 'M154 S1', 'M105', 'M400']);
    expect(machine.state()).toEqual({ kind: 'idle' });
    expect(machine.telemetry().temperatures).toMatchObject({ nozzleC: 21, bedTargetC: 0 });
  });

  it('prints a whole part: heats, waits, moves, and carries out each line once and in order', async () => {
    const { clock, machine, seen, moves } = await printer();
    const program = part(80);
    await clock.waitFor(machine.start(program), 1_000);
    await clock.until(() => (machine.telemetry().temperatures?.nozzleC ?? 0) > 150, HOUR_MS);
    expect(machine.telemetry().temperatures?.nozzleTargetC).toBe(205);
    expect(moves()).toEqual([]);
    await clock.until(() => seen.outcomes().length > 0, HOUR_MS);
    expect(seen.outcomes()[0]?.kind).toBe('succeeded');
    expect(moves()).toEqual(strokes(80));
    expect(seen.acknowledged()).toEqual(program.map((_, line) => line).slice(1));
    const lines = seen.telemetry().map(({ line }) => line);
    expect(lines).toEqual([...lines].sort((a, b) => a - b));
    expect(machine.telemetry().positionMm?.yMm).toBeCloseTo(61.6, 1);
    expect(machine.state()).toEqual({ kind: 'idle' });
  });

  for (const saysOkAfterResend of [true, false]) {
    it(`gets every line through a noisy cable exactly once (${saysOkAfterResend ? 'ok' : 'no ok'} after Resend)`, async () => {
      for (const seed of [1, 2, 3, 4]) {
        const options = { seed, faults: { noise: 0.001 }, machine: { saysOkAfterResend } };
        const { clock, machine, seen, moves } = await printer(options);
        await clock.waitFor(machine.start(part(150)), 1_000);
        await clock.until(() => seen.outcomes().length > 0, HOUR_MS);
        expect(seen.outcomes()[0]?.kind).toBe('succeeded');
        expect(moves()).toEqual(strokes(150));
        expect(seen.acknowledged()).toEqual([...new Set(seen.acknowledged())].sort((a, b) => a - b));
      }
    });
  }

  it('brings out a lost answer with a question and loses no line over it', async () => {
    const { clock, machine, seen, moves } = await printer({ faults: { droppedOk: 0.02 }, seed: 5 });
    await clock.waitFor(machine.start(part(150)), 1_000);
    await clock.until(() => seen.outcomes().length > 0, HOUR_MS);
    expect(seen.outcomes()[0]?.kind).toBe('succeeded');
    expect(moves()).toEqual(strokes(150));
  });

  it('gives up a cable that damages every tenth line, with the heaters off', async () => {
    const { clock, machine, seen } = await printer({ faults: { noise: 0.02 }, seed: 2 });
    await clock.waitFor(machine.start(part(400)), 1_000);
    await clock.until(() => seen.outcomes().length > 0, HOUR_MS);
    expect(seen.outcomes()[0]).toMatchObject({
      kind: 'failed',
      cause: expect.stringMatching(/noise|silent/),
    });
  });

  it('pauses after the planned moves, stays warm and goes on', async () => {
    const { clock, machine, seen, moves, controller } = await printer();
    await clock.waitFor(machine.start(part(60)), 1_000);
    await clock.until(() => moves().length > 30, HOUR_MS);
    await clock.waitFor(machine.pause(), 60_000);
    expect(machine.state()).toEqual({ kind: 'paused' });
    const [held, count] = [controller.position(clock.nowMs()), moves().length];
    await clock.advance(120_000);
    expect(controller.position(clock.nowMs())).toEqual(held);
    expect(moves()).toHaveLength(count);
    expect(controller.nozzle.target).toBe(205);
    await clock.waitFor(machine.resume(), 5_000);
    await clock.until(() => seen.outcomes().length > 0, HOUR_MS);
    expect(moves()).toEqual(strokes(60));
  });

  for (const hasEmergencyParser of [true, false]) {
    it(`cancels ${hasEmergencyParser ? 'with' : 'without'} an emergency parser: heaters off and no motion afterwards`, async () => {
      const { clock, machine, seen, moves, controller } = await printer({ machine: { hasEmergencyParser } });
      await clock.waitFor(machine.start(part(100)), 1_000);
      await clock.until(() => moves().length > 40, HOUR_MS);
      await clock.waitFor(machine.cancel(), 120_000);
      expect(seen.outcomes()).toEqual([{ kind: 'cancelled', line: expect.any(Number) }]);
      expect([controller.nozzle.target, controller.bed.target]).toEqual([0, 0]);
      const [stopped, count] = [controller.position(clock.nowMs()), moves().length];
      await clock.advance(120_000);
      expect(controller.position(clock.nowMs())).toEqual(stopped);
      expect(moves()).toHaveLength(count);
      expect(machine.state()).toEqual({ kind: 'idle' });
    });
  }

  it('cancels while it waits for heat', async () => {
    const { clock, machine, seen, moves, controller } = await printer();
    await clock.waitFor(machine.start(part(10)), 1_000);
    await clock.advance(5_000);
    await clock.waitFor(machine.cancel(), 30_000);
    expect(seen.outcomes()[0]?.kind).toBe('cancelled');
    expect(controller.nozzle.target).toBe(0);
    expect(moves()).toEqual([]);
  });

  it('passes on the words of a thermal fault and needs a person', async () => {
    const { clock, machine, seen } = await printer({ faults: { alarmAtLine: 30 } });
    await clock.waitFor(machine.start(part(60)), 1_000);
    await clock.until(() => seen.outcomes().length > 0, HOUR_MS);
    expect(seen.outcomes()[0]).toMatchObject({
      kind: 'failed',
      cause: 'thermal',
      words: 'Error: Thermal Runaway, system stopped! Heater_ID: 0',
    });
    await clock.advance(60_000);
    expect(machine.state()).toMatchObject({ kind: 'alarm', code: 'thermal' });
    await clock.waitFor(machine.clearFault(), 30_000);
    expect(machine.state()).toEqual({ kind: 'idle' });
  });

  it('knows a restart of the firmware in mid-job', async () => {
    const { clock, machine, seen } = await printer({ faults: { resetAtLine: 30 } });
    await clock.waitFor(machine.start(part(60)), 1_000);
    await clock.until(() => seen.outcomes().length > 0, HOUR_MS);
    expect(seen.outcomes()[0]).toMatchObject({ kind: 'failed', cause: 'firmware-reset' });
  });

  it('says that the link was lost, and finds the printer still moving and warm when it comes back', async () => {
    const { clock, machine, seen } = await printer({ faults: { hangUpAtLine: 40 } });
    await clock.waitFor(machine.start(part(60)), 1_000);
    await clock.until(() => seen.outcomes().length > 0, HOUR_MS);
    expect(seen.outcomes()[0]).toMatchObject({ kind: 'failed', cause: 'link-lost' });
    await clock.waitFor(machine.connect(), 20_000);
    expect(machine.state()).toEqual({ kind: 'running' });
    expect(machine.telemetry().temperatures?.nozzleTargetC).toBe(205);
    await clock.until(() => machine.state().kind === 'idle', HOUR_MS);
    await clock.waitFor(machine.clearFault(), 30_000);
    expect(machine.telemetry().temperatures).toBeDefined();
  });

  it('takes a printer that says nothing more for lost', async () => {
    const { clock, machine, seen } = await printer({ faults: { silentAtLine: 30 } });
    await clock.waitFor(machine.start(part(60)), 1_000);
    await clock.until(() => seen.outcomes().length > 0, HOUR_MS);
    expect(seen.outcomes()[0]).toMatchObject({ kind: 'failed', cause: 'silent' });
    expect(machine.state().kind).toBe('offline');
  });

  it('refuses a program that reaches past the job and sends none of it', async () => {
    const { clock, machine, seen } = await printer();
    const before = seen.sent().length;
    for (const bad of ['M112', 'M502', 'M28 a.gco', 'N5 G1 X1', 'M997', 'G1 X1*5', '$H']) {
      await expect(clock.waitFor(machine.start(['G21', bad]), 100)).rejects.toThrow(/^Line 2 of the program/);
    }
    expect(seen.sent()).toHaveLength(before);
  });

  it('waits for a person when the filament ends, answers the printer and prints every line once', async () => {
    const { clock, machine, seen, moves } = await printer({ faults: { filamentEndsAtLine: 40 } });
    await clock.waitFor(machine.start(part(60)), 1_000);
    await clock.until(() => machine.state().kind === 'paused', HOUR_MS);
    await clock.advance(120_000);
    expect(machine.state()).toEqual({ kind: 'paused' });
    await clock.waitFor(machine.resume(), 5_000);
    expect(seen.sent()).toContain('M876 S0');
    await clock.until(() => seen.outcomes().length > 0, HOUR_MS);
    expect(seen.outcomes()[0]?.kind).toBe('succeeded');
    expect(moves()).toEqual(strokes(60));
  });

  it('says where to press the button of a printer that hears no answer while it waits', async () => {
    const faults = { filamentEndsAtLine: 40, hasNoEmergencyParser: true };
    const { clock, machine } = await printer({ faults });
    await clock.waitFor(machine.start(part(60)), 1_000);
    await clock.until(() => machine.state().kind === 'paused', HOUR_MS);
    await expect(clock.waitFor(machine.resume(), 5_000)).rejects.toThrow(/at its own display/);
    expect(machine.state()).toEqual({ kind: 'paused' });
  });

  it('leaves no heater on, whatever the program forgot', async () => {
    const { clock, machine, seen, controller } = await printer();
    await clock.waitFor(machine.start([...HEAD, ...strokes(5)]), 1_000);
    await clock.until(() => seen.outcomes().length > 0, HOUR_MS);
    expect(seen.outcomes()[0]?.kind).toBe('succeeded');
    expect([controller.nozzle.target, controller.bed.target]).toEqual([0, 0]);
  });

  it('never goes on by itself after a power loss, and finds the printer cold', async () => {
    const { clock, machine, seen, moves } = await printer({ faults: { powerLossAtLine: 40 } });
    await clock.waitFor(machine.start(part(60)), 1_000);
    await clock.until(() => seen.outcomes().length > 0, HOUR_MS);
    expect(seen.outcomes()[0]).toMatchObject({ kind: 'failed', cause: 'link-lost' });
    await clock.waitFor(machine.connect(), 30_000);
    const count = moves().length;
    await clock.advance(60_000);
    expect(moves()).toHaveLength(count);
    expect(machine.telemetry().temperatures).toMatchObject({ nozzleTargetC: 0, bedTargetC: 0 });
  });
});
