import { afterEach, describe, expect, it } from 'vitest';
import { createGrblMachine } from '../../../firmware-bridge/drivers/grbl/create-grbl-machine.ts';
import {
  createGrblSimulator,
  type GrblSimulatorOptions,
} from '../../../firmware-bridge/drivers/simulator/create-grbl-simulator.ts';
import type { ProgramLimits } from '../../../firmware-bridge/drivers/untrusted-program/program-limits.ts';
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

/** Zigzag of `count` strokes of 40 mm at 3,000 mm/min, 5 mm under the top. */
function zigzag(count: number): string[] {
  const strokes = Array.from(
    { length: count },
    (_, i) => `G1 X${i % 2 === 0 ? 50 : 10} Y${(10 + i * 0.5).toFixed(2)} F3000`,
  );
  return [
    '(zigzag)',
    'G21 G90',
    'M3 S12000',
    'G0 Z5',
    'G0 X10 Y10',
    'G1 Z-5 F600',
    ...strokes,
    'G0 Z5',
    'M5',
    'M30',
  ];
}

async function router(options: GrblSimulatorOptions = {}, limits: ProgramLimits = {}) {
  const clock = new VirtualClock();
  const simulator = createGrblSimulator({ clock, ...options });
  const machine = createGrblMachine(memoryDial(simulator, clock, LINK_MS), clock, {
    machineClass: 'router',
    limits,
  });
  open.push(machine);
  const seen = watch(machine);
  const identity = await clock.waitFor(machine.connect(), 20_000);
  return { clock, simulator, machine, seen, identity, controller: simulator.controller };
}

describe('the GRBL driver on a simulated router', () => {
  it('asks who is there without resetting or moving anything', async () => {
    const { identity, seen, machine } = await router();
    expect(identity).toMatchObject({
      firmware: 'Grbl',
      version: '1.1h.20190825',
      envelopeMm: { xMm: 1_300 },
    });
    expect(identity.capabilities).toMatchObject({ jobHost: 'bridge', window: { unit: 'bytes', size: 120 } });
    expect(seen.sent()).toEqual(['$I', '$$']);
    expect(machine.state()).toEqual({ kind: 'idle' });
  });

  it('carries out a whole program, acknowledges each line once and ends where the program ends', async () => {
    const { clock, machine, seen, controller } = await router();
    const program = zigzag(60);
    await clock.waitFor(machine.start(program), 1_000);
    await clock.until(() => seen.outcomes().length > 0, HOUR_MS);
    expect(seen.outcomes()).toEqual([{ kind: 'succeeded', seconds: expect.closeTo(83, -1) }]);
    expect(seen.acknowledged()).toEqual(program.map((_, line) => line).slice(1));
    expect(controller.lostBytes).toBe(0);
    expect(machine.telemetry()).toMatchObject({
      linesAcknowledged: program.length,
      linesTotal: program.length,
    });
    expect(machine.telemetry().positionMm).toEqual({
      xMm: expect.closeTo(10, 2),
      yMm: expect.closeTo(39.5, 2),
      zMm: expect.closeTo(5, 2),
    });
    expect(machine.state()).toEqual({ kind: 'idle' });
  });

  it('tells the line under the tool, forward only and close to the truth', async () => {
    const { clock, machine, seen } = await router();
    const program = zigzag(40);
    await clock.waitFor(machine.start(program), 1_000);
    await clock.until(() => seen.outcomes().length > 0, HOUR_MS);
    const lines = seen.telemetry().map(({ line }) => line);
    expect(lines).toEqual([...lines].sort((a, b) => a - b));
    for (const { line, positionMm } of seen.telemetry()) {
      // Stroke i lies between 10 + (i − 1)/2 and 10 + i/2 in Y.
      const stroke = ((positionMm?.yMm ?? 0) - 10) * 2;
      if (line > 7 && line < 45) expect(Math.abs(line - 6 - stroke)).toBeLessThan(1.1);
    }
  });

  it('never has more bytes under way than the controller can hold', async () => {
    const { clock, machine, seen, controller } = await router({ machine: { rxBytes: 128 } });
    const program = Array.from(
      { length: 400 },
      (_, i) => `G1 X${(10 + i * 0.1).toFixed(3)} Y${(20 + (i % 3)).toFixed(2)} F4000`,
    );
    await clock.waitFor(machine.start(program), 1_000);
    await clock.until(() => seen.outcomes().length > 0, HOUR_MS);
    let underWay: number[] = [];
    let most = 0;
    for (const event of seen.events) {
      if (event.kind !== 'log') continue;
      if (event.direction === 'in') underWay = event.text === 'ok' ? underWay.slice(1) : underWay;
      else underWay.push(event.text.length + 1);
      most = Math.max(
        most,
        underWay.reduce((sum, bytes) => sum + bytes, 0),
      );
    }
    expect(most).toBeLessThanOrEqual(120);
    expect(most).toBeGreaterThan(90);
    expect(controller.lostBytes).toBe(0);
    expect(seen.outcomes()[0]?.kind).toBe('succeeded');
  });

  it('refuses a program that reaches past the job, by line, and sends none of it', async () => {
    const { clock, machine, seen } = await router();
    const before = seen.sent().length;
    for (const bad of ['$H', 'G1 X1 ! F100', 'G1 X\u00e91', `G1 X${'1'.repeat(90)}`]) {
      await expect(clock.waitFor(machine.start(['G21', bad]), 100)).rejects.toThrow(/^Line 2 of the program/);
    }
    await expect(clock.waitFor(machine.start(['(nothing)']), 100)).rejects.toThrow(/no line for the machine/);
    expect(seen.sent()).toHaveLength(before);
    expect(machine.state()).toEqual({ kind: 'idle' });
  });

  it('holds on the path, keeps still, and goes on to the same end', async () => {
    const { clock, machine, seen, controller } = await router();
    await clock.waitFor(machine.start(zigzag(20)), 1_000);
    await clock.until(() => (machine.telemetry().line ?? 0) > 10, HOUR_MS);
    await clock.waitFor(machine.pause(), 5_000);
    expect(machine.state()).toEqual({ kind: 'paused' });
    const held = controller.position(clock.nowMs());
    await clock.advance(60_000);
    expect(controller.position(clock.nowMs())).toEqual(held);
    await clock.waitFor(machine.resume(), 5_000);
    expect(machine.state()).toEqual({ kind: 'running' });
    await clock.until(() => seen.outcomes().length > 0, HOUR_MS);
    expect(seen.outcomes()[0]?.kind).toBe('succeeded');
    expect(machine.telemetry().positionMm?.yMm).toBeCloseTo(19.5, 2);
  });

  it('stops on cancel, with the spindle off and the place kept, and nothing moves afterwards', async () => {
    const { clock, machine, seen, controller } = await router();
    await clock.waitFor(machine.start(zigzag(40)), 1_000);
    await clock.until(() => machine.telemetry().line > 15, HOUR_MS);
    await clock.waitFor(machine.cancel(), 10_000);
    expect(seen.outcomes()).toEqual([{ kind: 'cancelled', line: expect.any(Number) }]);
    expect(machine.state()).toEqual({ kind: 'idle' });
    expect(controller.modal.spindle).toBe(5);
    const stopped = controller.position(clock.nowMs());
    await clock.advance(60_000);
    expect(controller.position(clock.nowMs())).toEqual(stopped);
    await clock.waitFor(machine.start(zigzag(4)), 1_000);
    await clock.until(() => seen.outcomes().length > 1, HOUR_MS);
    expect(seen.outcomes()[1]?.kind).toBe('succeeded');
  });

  it('ends with the words of a limit switch and is usable again only after a person has cleared it', async () => {
    const { clock, machine, seen } = await router({ faults: { alarmAtLine: 20 } });
    await clock.waitFor(machine.start(zigzag(40)), 1_000);
    await clock.until(() => seen.outcomes().length > 0, HOUR_MS);
    const [outcome] = seen.outcomes();
    expect(outcome).toMatchObject({ kind: 'failed', cause: 'alarm', code: 'ALARM:1' });
    if (outcome?.kind === 'failed') expect(Math.abs(outcome.line - 20)).toBeLessThanOrEqual(2);
    expect(machine.state()).toMatchObject({ kind: 'alarm', code: 'ALARM:1', positionLost: true });
    await clock.advance(30_000);
    expect(machine.state().kind).toBe('alarm');
    await expect(clock.waitFor(machine.start(zigzag(2)), 100)).rejects.toThrow(/not free \(alarm\)/);
    await clock.waitFor(machine.clearFault(), 60_000);
    expect(seen.sent()).toContain('$H');
    expect(machine.state()).toEqual({ kind: 'idle' });
  });

  it('names the line that would leave the travel', async () => {
    const { clock, machine, seen } = await router();
    const program = [...zigzag(10).slice(0, -3), 'G1 X2000 F3000', 'G1 X10'];
    await clock.waitFor(machine.start(program), 1_000);
    await clock.until(() => seen.outcomes().length > 0, HOUR_MS);
    expect(seen.outcomes()).toEqual([
      {
        kind: 'failed',
        cause: 'alarm',
        code: 'ALARM:2',
        words: 'ALARM:2 (soft limit: the move would leave the travel of the machine)',
        line: program.length - 2,
      },
    ]);
    expect(machine.state()).toMatchObject({ kind: 'alarm', positionLost: false });
    await clock.waitFor(machine.clearFault(), 60_000);
    expect(machine.state()).toEqual({ kind: 'idle' });
  });

  it('stops at a line the firmware refuses, before the lines behind it run on', async () => {
    const { clock, machine, seen, controller } = await router();
    const program = ['G21 G90', 'G1 X10 Y10 F3000', 'G1 X20', 'T1 M6', 'G1 X900', 'G1 Y900'];
    await clock.waitFor(machine.start(program), 1_000);
    await clock.until(() => seen.outcomes().length > 0, HOUR_MS);
    expect(seen.outcomes()[0]).toMatchObject({ kind: 'failed', cause: 'error', code: 'error:20', line: 3 });
    const stopped = controller.position(clock.nowMs());
    await clock.advance(60_000);
    expect(controller.position(clock.nowMs())).toEqual(stopped);
    expect(machine.state()).toEqual({ kind: 'idle' });
  });

  it('knows a restart of the firmware in mid-job', async () => {
    const { clock, machine, seen } = await router({ faults: { resetAtLine: 12 } });
    await clock.waitFor(machine.start(zigzag(20)), 1_000);
    await clock.until(() => seen.outcomes().length > 0, HOUR_MS);
    expect(seen.outcomes()[0]).toMatchObject({ kind: 'failed', cause: 'firmware-reset' });
    expect(machine.state()).toMatchObject({ kind: 'alarm', positionLost: true });
  });

  it('says that the link was lost, and finds the machine as it is when it comes back', async () => {
    const { clock, machine, seen, controller } = await router({ faults: { hangUpAtLine: 15 } });
    await clock.waitFor(machine.start(zigzag(20)), 1_000);
    await clock.until(() => seen.outcomes().length > 0, HOUR_MS);
    expect(seen.outcomes()[0]).toMatchObject({ kind: 'failed', cause: 'link-lost' });
    expect(machine.state().kind).toBe('offline');
    await clock.waitFor(machine.connect(), 20_000);
    expect(machine.state()).toEqual({ kind: 'running' });
    expect(controller.isMoving).toBe(true);
    await clock.until(() => machine.state().kind === 'idle', HOUR_MS);
    expect(controller.isMoving).toBe(false);
    expect(seen.sent()).not.toContain('Ctrl-X');
    expect(seen.outcomes()).toHaveLength(1);
  });

  it('takes a controller that says nothing more for lost', async () => {
    const { clock, machine, seen } = await router({ faults: { silentAtLine: 12 } });
    await clock.waitFor(machine.start(zigzag(20)), 1_000);
    await clock.until(() => seen.outcomes().length > 0, HOUR_MS);
    expect(seen.outcomes()[0]).toMatchObject({ kind: 'failed', cause: 'silent' });
    expect(machine.state().kind).toBe('offline');
  });

  it('does not wait for ever for an answer that was lost', async () => {
    const { clock, machine, seen } = await router({ faults: { droppedOk: 0.02 }, seed: 3 });
    await clock.waitFor(machine.start(zigzag(200)), 1_000);
    await clock.until(() => seen.outcomes().length > 0, HOUR_MS);
    expect(seen.outcomes()[0]).toMatchObject({ kind: 'failed', cause: 'noise' });
  });

  it('tells a silent controller apart from a missing one and lets a person reset it', async () => {
    const first = await router({ faults: { alarmAtLine: 12 } });
    const { clock, machine, seen, simulator } = first;
    await clock.waitFor(machine.start(zigzag(20)), 1_000);
    await clock.until(() => seen.outcomes().length > 0, HOUR_MS);
    await machine.close();
    const second = createGrblMachine(memoryDial(simulator, clock, LINK_MS), clock);
    open.push(second);
    await clock.waitFor(second.connect(), 20_000);
    expect(second.state()).toMatchObject({ kind: 'alarm', code: 'silent' });
    await clock.waitFor(second.clearFault(), 60_000);
    expect(second.state()).toEqual({ kind: 'idle' });
  });

  it('sends a line that writes EEPROM alone, so that nothing behind it is lost', async () => {
    const { clock, machine, seen, controller } = await router({}, { mayMoveZero: true });
    const program = [
      'G21 G90',
      'G1 X10 Y10 F3000',
      'G10 L20 P1 X0 Y0',
      ...Array.from({ length: 20 }, (_, i) => `G1 X${i}`),
    ];
    await clock.waitFor(machine.start(program), 1_000);
    await clock.until(() => seen.outcomes().length > 0, HOUR_MS);
    expect(seen.outcomes()[0]?.kind).toBe('succeeded');
    expect(seen.acknowledged()).toHaveLength(program.length);
    expect(controller.lines).toBe(program.length + 1);
  });

  it('waits while the safety door is open, and goes on only when it is shut and a person says so', async () => {
    const { clock, machine, seen, controller } = await router({ faults: { doorAtLine: 14, doorMs: 20_000 } });
    await clock.waitFor(machine.start(zigzag(30)), 1_000);
    await clock.until(() => machine.state().kind === 'paused', HOUR_MS);
    await clock.advance(5_000);
    const held = controller.position(clock.nowMs());
    await expect(clock.waitFor(machine.resume(), 5_000)).rejects.toThrow(/door of the machine is open/);
    await clock.advance(20_000);
    expect(controller.position(clock.nowMs())).toEqual(held);
    expect(machine.state()).toEqual({ kind: 'paused' });
    await clock.waitFor(machine.resume(), 5_000);
    await clock.until(() => seen.outcomes().length > 0, HOUR_MS);
    expect(seen.outcomes()[0]?.kind).toBe('succeeded');
  });

  it('cancels behind an open door without moving', async () => {
    const { clock, machine, seen, controller } = await router({
      faults: { doorAtLine: 14, doorMs: HOUR_MS },
    });
    await clock.waitFor(machine.start(zigzag(30)), 1_000);
    await clock.until(() => machine.state().kind === 'paused', HOUR_MS);
    await clock.advance(5_000);
    const held = controller.position(clock.nowMs());
    await clock.waitFor(machine.cancel(), 5_000);
    expect(seen.outcomes()[0]?.kind).toBe('cancelled');
    expect(controller.position(clock.nowMs())).toEqual(held);
  });

  it.each(['grblhal', 'fluidnc'] as const)(
    'knows %s by its own words and runs a job on it',
    async (flavour) => {
      const { clock, machine, seen, identity, controller } = await router({ flavour });
      const window = flavour === 'grblhal' ? 1_016 : 120;
      expect(identity).toMatchObject({
        firmware: flavour === 'grblhal' ? 'grblHAL' : 'FluidNC',
        version: flavour === 'grblhal' ? '1.1f.20260817' : '3.9.1',
        capabilities: { window: { unit: 'bytes', size: window } },
      });
      await clock.waitFor(machine.start(zigzag(80)), 1_000);
      await clock.until(() => seen.outcomes().length > 0, HOUR_MS);
      expect(seen.outcomes()[0]?.kind).toBe('succeeded');
      expect(controller.lostBytes).toBe(0);
    },
  );

  it('waits for a person at a tool change of grblHAL', async () => {
    const { clock, machine, seen } = await router({ flavour: 'grblhal' });
    const program = ['G21 G90', 'G0 X10 Y10', 'T2 M6', 'G0 X20'];
    await clock.waitFor(machine.start(program), 1_000);
    await clock.until(() => machine.state().kind === 'paused', HOUR_MS);
    await clock.advance(60_000);
    expect(seen.acknowledged()).toEqual([0, 1]);
    await clock.waitFor(machine.resume(), 5_000);
    await clock.until(() => seen.outcomes().length > 0, HOUR_MS);
    expect(seen.outcomes()[0]?.kind).toBe('succeeded');
  });

  it('is not fooled by a board that resets when its port is opened', async () => {
    const { machine, identity } = await router({ faults: { resetsOnOpen: true } });
    expect(identity.version).toBe('1.1h.20190825');
    expect(machine.state()).toMatchObject({ kind: 'alarm', positionLost: true });
  });

  it('never goes on by itself after a power loss: the machine is locked until a person homes it', async () => {
    const { clock, machine, seen, controller } = await router({ faults: { powerLossAtLine: 20 } });
    await clock.waitFor(machine.start(zigzag(40)), 1_000);
    await clock.until(() => seen.outcomes().length > 0, HOUR_MS);
    expect(seen.outcomes()[0]).toMatchObject({ kind: 'failed', cause: 'link-lost' });
    await clock.waitFor(machine.connect(), 20_000);
    const before = controller.lines;
    await clock.advance(60_000);
    expect(machine.state()).toMatchObject({ kind: 'alarm', positionLost: true });
    expect([controller.lines, controller.isMoving]).toEqual([before, false]);
    await clock.waitFor(machine.clearFault(), 60_000);
    expect(seen.sent()).toContain('$H');
    expect(machine.state()).toEqual({ kind: 'idle' });
  });

  it.each([
    [1, true, ['Ctrl-X', '$H']],
    [2, false, ['Ctrl-X', '$X']],
    [3, true, ['$H']],
    [4, false, ['$X']],
    [5, false, ['$X']],
    [9, true, ['$H']],
    [10, true, ['$H']],
  ])('clears ALARM:%i as it has to be cleared', async (alarmCode, positionLost, words) => {
    const { clock, machine, seen } = await router({ faults: { alarmAtLine: 12, alarmCode } });
    await clock.waitFor(machine.start(zigzag(20)), 1_000);
    await clock.until(() => seen.outcomes().length > 0, HOUR_MS);
    expect(seen.outcomes()[0]).toMatchObject({ kind: 'failed', code: `ALARM:${alarmCode}` });
    expect(machine.state()).toMatchObject({ kind: 'alarm', positionLost });
    const before = seen.sent().length;
    await clock.waitFor(machine.clearFault(), 60_000);
    expect(seen.sent().slice(before)).toEqual(words);
    expect(machine.state()).toEqual({ kind: 'idle' });
  });
});
