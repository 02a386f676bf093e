import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readGrblLine } from '../../../firmware-bridge/drivers/grbl/grbl-lines.ts';
import {
  dwellSeconds,
  mustGoAlone,
  prepareGrblProgram,
} from '../../../firmware-bridge/drivers/grbl/grbl-program.ts';
import { alarmMeaning, errorWords } from '../../../firmware-bridge/drivers/grbl/grbl-words.ts';
import { LineFramer } from '../../../firmware-bridge/drivers/line-framer.ts';
import { numbered, readMarlinLine } from '../../../firmware-bridge/drivers/marlin/marlin-lines.ts';
import { prepareMarlinProgram } from '../../../firmware-bridge/drivers/marlin/marlin-program.ts';
import { readNumbered } from '../../../firmware-bridge/drivers/simulator/marlin-command.ts';

describe('lines of GRBL', () => {
  it.each([
    ['ok', { kind: 'ok' }],
    ['error:20', { kind: 'error', code: 20 }],
    ['ALARM:2', { kind: 'alarm', code: 2 }],
    ["Grbl 1.1h ['$' for help]", { kind: 'banner', firmware: 'Grbl', version: '1.1h' }],
    ["GrblHAL 1.1f ['$' or '$HELP' for help]", { kind: 'banner', firmware: 'GrblHAL', version: '1.1f' }],
    [
      "Grbl 3.9 [FluidNC v3.9.1 (wifi) '$' for help]",
      { kind: 'banner', firmware: 'FluidNC', version: '3.9.1' },
    ],
    ['[VER:3.9 FluidNC v3.9.1:]', { kind: 'version', version: '3.9.1', firmware: 'FluidNC' }],
    ['[FIRMWARE:grblHAL]', { kind: 'firmware', firmware: 'grblHAL' }],
    ['[OPT:PHSW]', { kind: 'other' }],
    ['[VER:1.1h.20190825:]', { kind: 'version', version: '1.1h.20190825' }],
    ['[OPT:V,15,128]', { kind: 'options', plannerBlocks: 15, rxBytes: 128 }],
    ['[OPT:VL,35,1024,4,0]', { kind: 'options', plannerBlocks: 35, rxBytes: 1024 }],
    ['$130=1300.000', { kind: 'setting', number: 130, value: 1300 }],
    ["[MSG:'$H'|'$X' to unlock]", { kind: 'message', words: "'$H'|'$X' to unlock" }],
    ['[GC:G0 G54]', { kind: 'other' }],
    ['error:', { kind: 'other' }],
    ['<Idle|MPos:1.000,2.0', { kind: 'other' }],
  ])('reads %s', (text, expected) => {
    expect(readGrblLine(text)).toEqual(expected);
  });

  it('reads status reports with everything they may hold', () => {
    expect(
      readGrblLine('<Hold:1|MPos:-1.000,2.500,-3.000|Bf:14,120|FS:500,8000|WCO:1.000,0.000,-5.000>'),
    ).toEqual({
      kind: 'status',
      status: {
        state: 'Hold',
        sub: 1,
        machineMm: { xMm: -1, yMm: 2.5, zMm: -3 },
        plannerFree: 14,
        rxFree: 120,
        feedMmPerMin: 500,
        spindleRpm: 8000,
        offsetMm: { xMm: 1, yMm: 0, zMm: -5 },
      },
    });
    expect(readGrblLine('<Run|WPos:1.0,2.0,3.0|F:250|Ov:100,100,100|A:S>')).toEqual({
      kind: 'status',
      status: { state: 'Run', workMm: { xMm: 1, yMm: 2, zMm: 3 }, feedMmPerMin: 250 },
    });
  });

  it('keeps the machine’s own words beside their meaning', () => {
    expect(alarmMeaning(2)).toMatchObject({ positionLost: false, isSilent: true });
    expect(alarmMeaning(1).words).toMatch(/^ALARM:1 \(hard limit/);
    expect(alarmMeaning(99).positionLost).toBe(true);
    expect(errorWords(22)).toBe('error:22 (no feed rate was set)');
  });

  it('strips what the controller does not need and remembers where each line stood', () => {
    const program = ['%', '(top) g1 x1 y2 ; end', '', ' G0 Z5', 'M3 (é!?) S100'];
    expect(prepareGrblProgram(program, { machineClass: 'router', limits: {} })).toEqual({
      texts: ['G1X1Y2', 'G0Z5', 'M3S100'],
      lines: [1, 3, 4],
      total: 5,
    });
    expect([mustGoAlone('G10L20P1X0'), mustGoAlone('G28.1'), mustGoAlone('G1X10')]).toEqual([
      true,
      true,
      false,
    ]);
    expect([dwellSeconds('G4P1.5'), dwellSeconds('P2G04'), dwellSeconds('G40X4P3')]).toEqual([1.5, 2, 0]);
  });
});

describe('lines of Marlin', () => {
  it.each([
    ['ok', { kind: 'ok' }],
    ['ok N12 P15 B3', { kind: 'ok' }],
    [
      'ok T:20.5 /0.0 B:21.0 /60.0 @:0',
      { kind: 'ok', temperatures: { nozzleC: 20.5, nozzleTargetC: 0, bedC: 21, bedTargetC: 60 } },
    ],
    [' T:190.2 /210.0 W:?', { kind: 'temperatures', temperatures: { nozzleC: 190.2, nozzleTargetC: 210 } }],
    ['Resend: 12', { kind: 'resend', number: 12 }],
    ['rs N5', { kind: 'resend', number: 5 }],
    ['Error:checksum mismatch, Last Line: 4', { kind: 'garbled', isOutOfTurn: false }],
    ['Error:Line Number is not Last Line Number+1, Last Line: 4', { kind: 'garbled', isOutOfTurn: true }],
    [
      'Error:Thermal Runaway, system stopped! Heater_ID: 0',
      {
        kind: 'error',
        words: 'Thermal Runaway, system stopped! Heater_ID: 0',
        isThermal: true,
        isKill: true,
      },
    ],
    [
      'Error:Printer halted. kill() called!',
      { kind: 'error', words: 'Printer halted. kill() called!', isThermal: false, isKill: true },
    ],
    ['echo:busy: processing', { kind: 'busy', isPaused: false }],
    ['echo:busy: paused for user', { kind: 'busy', isPaused: true }],
    [
      'X:1.50 Y:-2.00 Z:0.30 E:4.00 Count X:120 Y:0 Z:0',
      { kind: 'position', position: { xMm: 1.5, yMm: -2, zMm: 0.3 } },
    ],
    ['Cap:AUTOREPORT_TEMP:1', { kind: 'capability', name: 'AUTOREPORT_TEMP', isOn: true }],
    [
      'FIRMWARE_NAME:Marlin 2.1.2 (x) PROTOCOL_VERSION:1.0',
      { kind: 'firmware', name: 'Marlin', version: '2.1.2' },
    ],
    ['start', { kind: 'start' }],
    ['//action:pause', { kind: 'action', action: 'pause' }],
    ['echo:Unknown command: "M999"', { kind: 'other' }],
  ])('reads %s', (text, expected) => {
    expect(readMarlinLine(text)).toEqual(expected);
  });

  it('numbers and sums lines as the firmware checks them', () => {
    expect(numbered(3, 'T0')).toBe('N3 T0*57');
    fc.assert(
      fc.property(
        fc.nat(99_999),
        fc.stringMatching(/^[GM][0-9]{1,3}( [XYZEF][0-9.]{1,6}){0,4}$/),
        (number, text) => {
          expect(readNumbered(numbered(number, text))).toEqual({ kind: 'numbered', number, text });
        },
      ),
    );
  });

  it('keeps the words a person reads on the display, drops comments', () => {
    const rules = { machineClass: 'printer', limits: {} } as const;
    expect(prepareMarlinProgram(['; top', 'M117 Layer (2)', 'G1 X1 ; there'], rules)).toEqual({
      texts: ['M117 Layer (2)', 'G1 X1'],
      lines: [1, 2],
      total: 3,
    });
  });
});

describe('the line framer', () => {
  it('gives the same lines however the bytes are cut', () => {
    const line = fc.array(fc.integer({ min: 32, max: 255 }), { maxLength: 40 });
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 12 }),
        fc.array(fc.nat(60), { maxLength: 20 }),
        (lines, cuts) => {
          const bytes = Uint8Array.from(lines.flatMap((one) => [...one, 13, 10]));
          const whole = new LineFramer().push(bytes);
          const framer = new LineFramer();
          const pieces: string[] = [];
          let at = 0;
          for (const cut of cuts) {
            pieces.push(...framer.push(bytes.subarray(at, at + cut)));
            at += cut;
          }
          pieces.push(...framer.push(bytes.subarray(Math.min(at, bytes.length))));
          expect(pieces).toEqual(whole);
          expect(whole).toEqual(
            lines.filter((one) => one.length > 0).map((one) => Buffer.from(one).toString('latin1')),
          );
        },
      ),
    );
  });

  it('drops a line without end and goes on with the next', () => {
    const framer = new LineFramer();
    expect(framer.push(Buffer.from('x'.repeat(5_000)))).toEqual([]);
    expect(framer.push(Buffer.from('\nok\n'))).toEqual(['ok']);
  });
});
