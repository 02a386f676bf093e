import { describe, expect, it } from 'vitest';
import { createGrblMachine } from '../../../firmware-bridge/drivers/grbl/create-grbl-machine.ts';
import { createGrblSimulator } from '../../../firmware-bridge/drivers/simulator/create-grbl-simulator.ts';
import { resumeProgram } from '../../../firmware-bridge/toolpath/resume-program.ts';
import { memoryDial } from '../../../firmware-bridge/transport/memory-link.ts';
import { VirtualClock } from '../drivers/virtual-clock.ts';
import { watch } from '../drivers/watched-machine.ts';

const HOUR_MS = 3_600_000;
/** Three square cuts, each begun and ended in the air. */
const cut = (x: number) => [
  `G0 X${x} Y10`,
  'G1 Z-5 F600',
  `G1 X${x + 20} F2400`,
  'G1 Y30',
  `G1 X${x}`,
  'G1 Y10',
  'G0 Z8',
];
const PROGRAM = [
  '(three)',
  'G21 G90 G17',
  'M3 S12000',
  'G4 P1',
  'G0 Z8',
  ...cut(10),
  ...cut(50),
  ...cut(90),
  'M5',
  'M30',
];

describe('an interrupted cutting program', () => {
  it('goes on from the last place in the air, with everything in force that was', () => {
    const middle = 5 + cut(10).length + 3;
    const { lines, fromLine, leadIn } = resumeProgram(PROGRAM, middle, 3);
    expect(lines.slice(0, leadIn)).toEqual([
      ...['G21 G90 G17 G94 G54', 'G0 Z8', 'M3 S12000', 'G4 P3', 'G0 X50 Y10', 'F2400', 'G21 G90 G0'],
    ]);
    expect(lines.slice(leadIn)).toEqual(PROGRAM.slice(fromLine));
    expect(PROGRAM[fromLine]).toBe('G1 Z-5 F600');
  });

  it('keeps inches and relative steps', () => {
    const program = [
      'G20 G90',
      'M3 S8000',
      'G0 Z1',
      'G0 X2 Y2',
      'G91',
      'G1 Z-1.2 F20',
      'G1 X1',
      'G0 Z1.2',
      'G1 Z-1.2',
      'G1 X1',
    ];
    const { lines, leadIn, fromLine } = resumeProgram(program, 9, 2);
    expect(lines.slice(0, leadIn)).toContain('G0 X76.2 Y50.8');
    expect(lines.slice(leadIn - 2, leadIn)).toEqual(['F508', 'G20 G91 G0']);
    expect(fromLine).toBe(8);
  });

  it('is not resumed where it had not lifted yet, or cannot be read', () => {
    expect(() => resumeProgram(PROGRAM, 3, 2)).toThrow(/start it from its beginning/);
    expect(() => resumeProgram(['G1 Z-1 F100', 'G1 X5'], 1, 2)).toThrow(/start it from its beginning/);
    expect(() => resumeProgram(['G1 X'], 1, 2)).toThrow(/^Line 1 of the program has X without a number/);
  });

  it('is finished after a power loss when the machine is home again and a person says so', async () => {
    const clock = new VirtualClock();
    const simulator = createGrblSimulator({ clock, faults: { powerLossAtLine: 14 } });
    const executed: string[] = [];
    simulator.controller.onExecuted = (line) => executed.push(line);
    const machine = createGrblMachine(memoryDial(simulator, clock, 2), clock);
    const seen = watch(machine);
    await clock.waitFor(machine.connect(), 20_000);
    await clock.waitFor(machine.start(PROGRAM), 1_000);
    await clock.until(() => seen.outcomes().length === 1, HOUR_MS);
    const [lost] = seen.outcomes();
    expect(lost).toMatchObject({ kind: 'failed', cause: 'link-lost' });
    await clock.waitFor(machine.connect(), 20_000);
    await expect(clock.waitFor(machine.start(PROGRAM), 100)).rejects.toThrow(/not free \(alarm\)/);
    await clock.waitFor(machine.clearFault(), 60_000);
    const before = executed.length;
    const { lines, leadIn, fromLine } = resumeProgram(PROGRAM, lost?.kind === 'failed' ? lost.line : 0, 3);
    await clock.waitFor(machine.start(lines), 1_000);
    await clock.until(() => seen.outcomes().length === 2, HOUR_MS);
    expect(seen.outcomes()[1]?.kind).toBe('succeeded');
    const again = executed.slice(before);
    expect(again[1]).toBe('G0Z8');
    expect(again.slice(leadIn, -1)).toEqual(PROGRAM.slice(fromLine).map((line) => line.replaceAll(' ', '')));
    await machine.close();
  });
});
