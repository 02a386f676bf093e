import { describe, expect, it } from 'vitest';
import { refuseProgram } from '../../firmware-bridge/drivers/untrusted-program/refuse-program.ts';
import { MachineConfig } from '../../firmware-bridge/machine-config.ts';
import { makeProgram } from '../../firmware-bridge/program-making.ts';
import { programRules } from '../../firmware-bridge/program-rules.ts';
import { probePrusaSlicer } from '../../firmware-bridge/slicing/prusa-slicer.ts';
import { solidKernel } from '../../firmware-bridge/slicing/solid-kernel.ts';
import { cube, plateOf } from './slicing/plates.ts';
import { workshopSheet } from './toolpath/sheets.ts';

const router = MachineConfig.parse({
  ...{ machine: 'router', name: 'Router', process: 'cut', url: 'tcp://127.0.0.1:1' },
  envelope: { xMm: 1_300, yMm: 700, zMm: 120 },
  materials: ['birch plywood'],
  cutter: {
    ...{ name: 'Compression 6 mm', diameterMm: 6, feedMmPerMin: 4_000, plungeMmPerMin: 1_200 },
    ...{ spindleRpm: 18_000, passDepthMm: 6 },
  },
});
const printer = (slicer: 'own' | 'prusa-slicer') =>
  MachineConfig.parse({
    ...{ machine: 'printer', name: 'Printer', process: 'print', url: 'tcp://127.0.0.1:1' },
    envelope: { xMm: 220, yMm: 220, zMm: 250 },
    materials: ['PLA'],
    printer: { slicer },
  });

async function said(file: Uint8Array, machine: MachineConfig): Promise<string | undefined> {
  const { lines } = await makeProgram(Buffer.from(file), machine);
  const { machineClass, limits } = programRules(machine);
  return refuseProgram(lines, machineClass, limits);
}

describe("a machine's rules for programs", () => {
  it('let pass what the bridge itself makes for the machine', async () => {
    expect(await said(Buffer.from(JSON.stringify(workshopSheet())), router)).toBeUndefined();
    expect(await said(plateOf(cube(await solidKernel(), [30, 30, 4])), printer('own'))).toBeUndefined();
  });

  it("refuse what leaves the lab's own travel, feed and heat", () => {
    const refused = (machine: MachineConfig, line: string) => {
      const { machineClass, limits } = programRules(machine);
      return refuseProgram([line], machineClass, limits);
    };
    expect(refused(router, 'G0 X1400')).toMatch(/100 mm beyond the reach of the machine in X/);
    expect(refused(router, 'G0 Z-61')).toMatch(/1 mm beyond the reach of the machine in Z/);
    expect(refused(router, 'G1 X5 F7000')).toMatch(/6000 mm\/min is the most/);
    expect(refused(printer('own'), 'M109 S290')).toMatch(/280 °C is the most/);
    expect(refused(printer('own'), 'G1 X5 Y-3')).toBeUndefined();
    expect(refused(printer('own'), 'G1 Z260')).toMatch(/10 mm beyond/);
  });
});

const hasPrusaSlicer = (await probePrusaSlicer()) !== undefined;
if (!hasPrusaSlicer)
  process.stderr.write('Left out: the rules for a sliced program, because PrusaSlicer is not installed.\n');
describe.runIf(hasPrusaSlicer)('a program of PrusaSlicer', () => {
  it('passes the rules of the printer it was made for', async () => {
    const plate = plateOf(cube(await solidKernel(), [30, 30, 4]));
    expect(await said(plate, printer('prusa-slicer'))).toBeUndefined();
  });
});
