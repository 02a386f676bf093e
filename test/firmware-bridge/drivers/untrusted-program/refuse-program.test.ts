import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type {
  MachineClass,
  ProgramLimits,
} from '../../../../firmware-bridge/drivers/untrusted-program/program-limits.ts';
import { refuseProgram } from '../../../../firmware-bridge/drivers/untrusted-program/refuse-program.ts';

const reachMm = { min: { xMm: 0, yMm: 0, zMm: -30 }, max: { xMm: 300, yMm: 200, zMm: 30 } };
const router: ProgramLimits = { reachMm, feedMaxMmPerMin: 6_000, spindleMax: 24_000 };
const printer: ProgramLimits = { reachMm, feedMaxMmPerMin: 12_000, nozzleMaxC: 260, bedMaxC: 100 };
const limits = { router, laser: router, printer };

/** What is said of one line behind a harmless first. */
function said(line: string, machineClass: MachineClass, own: ProgramLimits = limits[machineClass]) {
  return refuseProgram(['G21', line], machineClass, own);
}

const CUT = ['%', '(a frame)', 'G21 G90 G17 G94 G54', 'M3 S12000', 'G4 P2', 'G0 Z5', 'G0 X10 Y10'];
const PRINT = ['; a part', 'M140 S60', 'M104 S210 T0', 'M190 S60', 'M109 S210', 'G28', 'G92 E0', 'M82'];

const step = fc.record({
  isRelative: fc.boolean(),
  axis: fc.constantFrom('X' as const, 'Y' as const),
  tenths: fc.integer({ min: -900, max: 900 }),
});

/** A program that goes these steps, and its first line (from 1) that leaves the 300 by 200 mm. */
function walk(steps: readonly { isRelative: boolean; axis: 'X' | 'Y'; tenths: number }[]) {
  const most = { X: 300, Y: 200 };
  const lines = ['G21 G90', 'G0 X100 Y100'];
  const at = { X: 100, Y: 100 };
  let firstBad: number | undefined;
  for (const { isRelative, axis, tenths } of steps) {
    const word = isRelative ? tenths / 10 : tenths / 2;
    at[axis] = (isRelative ? at[axis] : 0) + word;
    lines.push(`${isRelative ? 'G91' : 'G90'} G1 ${axis}${word} F500`);
    if (at[axis] < -0.01 || at[axis] > most[axis] + 0.01) firstBad ??= lines.length;
  }
  return { lines, firstBad };
}

describe('a program from outside', () => {
  it('passes when it is an ordinary cut or print', () => {
    const cut = [...CUT, 'g1 z-3 f600', 'G1 X100 F3000', 'G2 X120 Y30 I0 J20', 'N40 G0 Z5', 'M5', 'M30', '%'];
    expect(refuseProgram(cut, 'router', router)).toBeUndefined();
    const print = [
      ...PRINT,
      ...[
        'M117 Layer (2) of 80 %!',
        'G1 X10 Y10 Z0.2 E1.5 F2400 ; skirt',
        'G10',
        'G11',
        'M204 T1500',
        'M220 S100',
      ],
      ...[
        'M106 S255',
        'M73 P10 R5',
        'M486 AFrame of G. Tell',
        'G1 E-2 F2400',
        'M107',
        'M84 X Y E',
        'M104 S0',
      ],
    ];
    expect(refuseProgram(print, 'printer', printer)).toBeUndefined();
    expect(refuseProgram(['G21 G90', 'M4 S0', 'G1 X10 S500 F3000', 'M5'], 'laser', router)).toBeUndefined();
  });

  it('is refused by one sentence that names the line', () => {
    expect(refuseProgram([...CUT, 'G1 X900 F3000'], 'router', router)).toBe(
      'Line 8 of the program, "G1 X900 F3000", goes 600 mm beyond the reach of the machine in X: it is not sent.',
    );
    expect(said('M104 S300', 'printer')).toBe(
      'Line 2 of the program, "M104 S300", heats the nozzle to 300 °C, and 260 °C is the most allowed here: it is not sent.',
    );
  });

  it.each<[string, MachineClass, RegExp]>([
    ['$H', 'router', /setting or system command/],
    ['$RST=*', 'router', /setting or system command/],
    ['[ESP800]', 'router', /configuration line/],
    ['G1 X1 ! F100', 'router', /real-time command/],
    ['G1 X1 ~', 'laser', /real-time command/],
    ['G1 X\u0085', 'router', /not plain text/],
    ['G1 X\u00181', 'router', /not plain text/],
    ['G1 X1\rM112', 'printer', /not plain text/],
    ['; comment\nM112', 'printer', /not plain text/],
    ['M112', 'printer', /only the operator/],
    ['m 0112', 'printer', /only the operator/],
    ['M410', 'printer', /only the operator/],
    ['M502', 'printer', /stored settings/],
    ['M500', 'printer', /stored settings/],
    ['M997', 'printer', /other firmware/],
    ['M28 other.gco', 'printer', /files of the machine/],
    ['M30 /other.gco', 'printer', /files of the machine/],
    ['M302 P1', 'printer', /safeguard/],
    ['M211 S0', 'printer', /safeguard/],
    ['M92 E900', 'printer', /calibrated/],
    ['M118 ok', 'printer', /talk between bridge and machine/],
    ['M110 N0', 'printer', /talk between bridge and machine/],
    ['M155 S0', 'printer', /talk between bridge and machine/],
    ['N5 G1 X1', 'printer', /not a G, M or T command/],
    ['G1 X1*5', 'printer', /checksum/],
    ['SET_HEATER_TEMPERATURE TARGET=300', 'printer', /not a G, M or T command/],
    ['@pause', 'printer', /not a G, M or T command/],
    ['G1 X1 (Y500)', 'printer', /no word of G-code/],
    ['G1 Y0X5', 'printer', /different ways/],
    ['G1 X1 M104 S300', 'printer', /two commands/],
    ['G1 X1 X500', 'printer', /X twice/],
    ['G1 X1 X500', 'router', /X twice/],
    ['G38.2 Z-10 F50', 'router', /probes/],
    ['G28', 'router', /stored place/],
    ['G30.1', 'router', /stored place/],
    ['G53 G0 Z0', 'router', /moves the program's zero \(G53\)/],
    ['G55', 'router', /the lab has not allowed/],
    ['G92 X0', 'router', /the lab has not allowed/],
    ['G10 L2 P1 X0', 'router', /the lab has not allowed/],
    ['G92 Z0', 'printer', /the lab has not allowed/],
    ['G92', 'printer', /the lab has not allowed/],
    ['T1 M6', 'laser', /changes the tool/],
    ['G1 X1 A90', 'router', /uses A/],
    ['M104 S200', 'router', /no cutting program/],
    ['/G1 X500', 'router', /no word of G-code/],
    ['G1 X1e9', 'router', /uses E|without a number/],
    ['G1 X--5', 'router', /X without a number/],
    ['G1 X5 F9000', 'router', /feed of 9000 mm\/min, and 6000/],
    ['G20 G1 X5 F400', 'router', /feed of 10160/],
    ['M3 S30000', 'router', /S30000, and 24000/],
    ['M203 X500', 'printer', /greatest speed to 30000/],
    ['M220 S400', 'printer', /400 %/],
    ['M190 R150', 'printer', /bed to 150 °C/],
    ['M141 S40', 'printer', /chamber to 40 °C, and 0/],
  ])('may not hold %j on a %s', (line, machineClass, why) => {
    expect(said(line, machineClass)).toMatch(/^Line 2 of the program, ".*", .*: it is not sent\.$/);
    expect(said(line, machineClass)).toMatch(why);
  });

  it('may move its zero where the lab says so, and its places are then no longer followed', () => {
    const own = { ...router, mayMoveZero: true };
    for (const line of ['G10 L20 P1 X0 Y0', 'G92 X0', 'G55', 'G53 G0 Z0']) {
      expect(said(line, 'router', own)).toBeUndefined();
      expect(refuseProgram(['G1 X900 F100', line], 'router', own)).toMatch(/^Line 1 /);
      expect(refuseProgram([line, 'G1 X900 F100'], 'router', own)).toBeUndefined();
    }
  });

  it('is followed in inches, in relative steps and around arcs', () => {
    const bad = (...lines: string[]) => refuseProgram(lines, 'router', router) ?? '';
    expect(bad('G20 G90', 'G1 X12 F100')).toMatch(/^Line 2 .* goes 4\.8 mm beyond .* in X/);
    expect(bad('G0 X290 Y10', 'G91', 'G1 X5 F100', 'G1 X5', 'G1 X5')).toMatch(/^Line 5 .* goes 5 mm/);
    // Both ends lie inside, the arc's outermost point does not.
    expect(bad('G0 X290 Y50', 'G3 X290 Y90 I0 J20 F100')).toMatch(/^Line 2 .* goes 10 mm beyond .* in X/);
    expect(bad('G0 X290 Y50', 'G3 X290 Y90 R20 F100')).toMatch(/^Line 2 .* goes 10 mm beyond .* in X/);
    expect(bad('G0 X290 Y50', 'G2 X290 Y90 I0 J20 F100')).toBe('');
    expect(bad('G0 X10 Y10 Z0', 'G18', 'G2 X50 Z0 R20 F100', 'G2 X130 Z0 R40')).toMatch(/^Line 4 .* in Z/);
    // Where the tool is at first nobody knows: it may be led through its travel once, not further.
    expect(bad('G91', 'G1 X-250 F100', 'G1 X-100')).toMatch(/^Line 3 .* goes 50 mm/);
    expect(bad('G1 Z-31 F100')).toMatch(/in Z/);
  });

  it('never leaves its reach unnoticed, however it gets there', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const { lines, firstBad } = walk(steps);
        const sentence = refuseProgram(lines, 'router', router);
        expect(sentence === undefined ? undefined : Number(/\d+/.exec(sentence)?.[0])).toBe(firstBad);
      }),
    );
  });

  it('is judged without end or surprise whatever it holds', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 60 })), (lines) => {
        for (const machineClass of ['router', 'laser', 'printer'] as const) {
          const sentence = refuseProgram(lines, machineClass, limits[machineClass]);
          if (sentence !== undefined) expect(sentence).toMatch(/^Line \d+ of the program, "[ -~]*", .*\.$/);
        }
      }),
    );
  });
});
