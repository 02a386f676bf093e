import { describe, expect, it } from 'vitest';
import { GrblController } from '../../../firmware-bridge/drivers/simulator/grbl-controller.ts';
import { flavourOptions } from '../../../firmware-bridge/drivers/simulator/grbl-flavour.ts';
import { defaultGrblOptions } from '../../../firmware-bridge/drivers/simulator/grbl-settings.ts';
import { Heater } from '../../../firmware-bridge/drivers/simulator/heater.ts';
import { MarlinController } from '../../../firmware-bridge/drivers/simulator/marlin-controller.ts';
import { defaultMarlinOptions } from '../../../firmware-bridge/drivers/simulator/marlin-motion.ts';

function grbl() {
  const said: string[] = [];
  const controller = new GrblController(defaultGrblOptions, (line) => said.push(line));
  let nowMs = 0;
  return {
    controller,
    said,
    /** Sends text and returns what came back by `waitMs` later. */
    ask: (text: string, waitMs = 100): string[] => {
      const before = said.length;
      controller.receive(Buffer.from(text, 'latin1'), nowMs);
      nowMs += waitMs;
      controller.run(nowMs);
      return said.slice(before);
    },
  };
}

function marlin() {
  const said: string[] = [];
  const controller = new MarlinController(defaultMarlinOptions, 1, (line) => said.push(line));
  return {
    controller,
    ask: (text: string, nowMs = 0): string[] => {
      const before = said.length;
      controller.receive(Buffer.from(text, 'latin1'), nowMs);
      return said.slice(before);
    },
  };
}

describe('the simulated GRBL controller', () => {
  it.each([
    ['G1 X10', 'error:22'],
    ['G1 XY', 'error:2'],
    ['5', 'error:1'],
    ['G5 X1', 'error:20'],
    ['G0 G1 X1', 'error:21'],
    ['G0 X1 X2', 'error:25'],
    ['G92', 'error:26'],
    ['G4', 'error:28'],
    ['G2 X1 F100', 'error:35'],
    ['G2 Z1 I5 F100', 'error:32'],
    ['G2 X-10 Y-10 I3 J0 F100', 'error:33'],
    ['G2 X-900 R5 F100', 'error:34'],
    ['G0 X-5 I3', 'error:36'],
    ['M6', 'error:20'],
    ['$NOPE', 'error:3'],
    [`G1${' '.repeat(5)}X${'1'.repeat(90)}`, 'error:11'],
  ])('answers %s with %s', (line, answer) => {
    expect(grbl().ask(`${line}\n`)).toEqual([answer]);
  });

  it('answers a blank line and tells its settings, modes and offsets', () => {
    const { ask } = grbl();
    expect(ask('\n')).toEqual(['ok']);
    expect(ask('$I\n')).toEqual(['[VER:1.1h.20190825:]', '[OPT:V,15,128]', 'ok']);
    expect(ask('$$\n')).toContain('$130=1300.000');
    expect(ask('G20 G91 G55 F10\n$G\n')).toContain('[GC:G0 G55 G17 G20 G91 G94 M5 M9 T0 F10 S0]');
    expect(ask('G21 G54\nG10 L2 P1 X-5\n', 200)).toEqual(['ok', 'ok']);
    expect(ask('$#\n')[0]).toBe('[G54:-5.000,-2500.000,-60.000]');
  });

  it('loses bytes when more comes than its buffer holds', () => {
    const { ask, controller } = grbl();
    const line = 'G1X-100F100\nG1X-1F100\n';
    for (let i = 0; i < 20; i++) ask(line, 0);
    expect(controller.lostBytes).toBeGreaterThan(0);
  });

  it('hears nothing while it writes EEPROM and answers when it is done', () => {
    const { ask } = grbl();
    expect(ask('G10 L20 P1 X0\n', 0)).toEqual([]);
    expect(ask('?', 0)).toEqual([]);
    expect(ask('', 100)).toEqual(['ok']);
    expect(ask('?')[0]).toMatch(/^<Idle\|MPos:-1\.000,-1\.000,-1\.000\|Bf:15,128\|FS:0,0\|WCO:-1\.000,/);
  });

  it('answers a dwell when it is over, and a move when it is planned', () => {
    const { ask } = grbl();
    expect(ask('G4 P2\n', 1_000)).toEqual([]);
    expect(ask('', 1_100)).toEqual(['ok']);
    expect(ask('G91 G1 X-200 F600\n', 0)).toEqual(['ok']);
    expect(ask('?', 0)[0]).toMatch(/^<Run/);
  });

  it('loses its position when it is reset in motion, keeps it when it stands in a hold', () => {
    const { ask } = grbl();
    ask('G91 G1 X-200 F6000\n', 500);
    expect(ask('\x18')).toEqual(['ALARM:3', "\r\nGrbl 1.1h ['$' for help]", "[MSG:'$H'|'$X' to unlock]"]);
    expect(ask('G0 X-5\n')).toEqual(['error:9']);
    expect(ask('$X\n')).toEqual(['[MSG:Caution: Unlocked]', 'ok']);
    ask('G91 G1 X-300 F6000\n', 500);
    ask('!', 2_000);
    expect(ask('?')[0]).toMatch(/^<Hold:0/);
    expect(ask('\x18')).toEqual(["\r\nGrbl 1.1h ['$' for help]"]);
  });

  it('is silent after a limit alarm until it is reset', () => {
    const { ask } = grbl();
    expect(ask('G0 X-5000\n')).toEqual(['ALARM:2', '[MSG:Reset to continue]']);
    expect(ask('?$X\n')).toEqual([]);
    expect(ask('\x18')[0]).toContain('Grbl 1.1h');
  });

  it('homes, jogs and checks a program without moving', () => {
    const { ask, controller } = grbl();
    expect(ask('$H\n', 5_000)).toEqual(['ok']);
    expect(ask('$J=G91 X-10 F600\n', 100)).toEqual(['ok']);
    expect(ask('?', 5_000)[0]).toMatch(/^<Jog/);
    expect(ask('$J=X5000 F600\n')).toEqual(['error:15']);
    expect(ask('$C\n')).toEqual(['[MSG:Enabled]', 'ok']);
    const before = controller.position(1e9);
    expect(ask('G91 G1 X-50 F600\n')).toEqual(['ok']);
    expect(controller.position(1e9)).toEqual(before);
    expect(ask('$C\n')[1]).toBe('[MSG:Disabled]');
  });
});

describe('the flavours and real-time commands of the simulated GRBL controller', () => {
  const high = (byte: number) => String.fromCharCode(byte);

  it('changes speeds in steps of ten and one, within 10 and 200 percent', () => {
    const { ask } = grbl();
    ask('?');
    expect(ask(`${high(0x91)}${high(0x91)}${high(0x94)}${high(0x96)}${high(0x9b)}?`)[0]).toContain(
      '|Ov:119,50,90',
    );
    ask(high(0x92).repeat(30));
    for (let report = 0; report < 9; report++) ask('?');
    expect(ask(`${high(0x95)}?`)[0]).toContain('|Ov:10,100,90');
  });

  it('holds when the door is opened, and goes on only by a command', () => {
    const { ask } = grbl();
    ask('G91 G1 X-200 F600\n', 500);
    expect(ask(high(0x84), 2_000)).toEqual(['[MSG:Check Door]']);
    expect(ask('?')[0]).toMatch(/^<Door:0/);
    expect(ask('~?', 0)[0]).toMatch(/^<Run/);
  });

  it('speaks for grblHAL, whose other bytes mean the same', () => {
    const said: string[] = [];
    const options = { ...defaultGrblOptions, ...flavourOptions('grblhal') };
    const controller = new GrblController(options, (line) => said.push(line));
    controller.banner();
    controller.receive(Buffer.from([0x80]), 0);
    controller.receive(Buffer.from('$I\n'), 0);
    expect(said[0]).toContain('GrblHAL 1.1f');
    expect(said[1]).toMatch(/^<Idle.*\|Bf:35,1024/);
    expect(said).toContain('[FIRMWARE:grblHAL]');
  });
});

describe('the simulated Marlin controller', () => {
  it('asks again for a line that is damaged, out of turn or unsummed', () => {
    const { ask } = marlin();
    expect(ask('N0 M110 N0*125\n')).toEqual(['ok']);
    expect(ask('N1 G21*18\n')).toEqual(['Error:checksum mismatch, Last Line: 0', 'Resend: 1', 'ok']);
    expect(ask('N1 G21\n')).toEqual(['Error:No Checksum with line number, Last Line: 0', 'Resend: 1', 'ok']);
    expect(ask('N3 T0*57\n')).toEqual([
      'Error:Line Number is not Last Line Number+1, Last Line: 0',
      'Resend: 1',
      'ok',
    ]);
  });

  it('gives comments no answer, unknown commands an echo and an ok', () => {
    const { ask } = marlin();
    expect(ask('; nothing\n\n')).toEqual([]);
    expect(ask('M9999 X1\n')).toEqual(['echo:Unknown command: "M9999 X1"', 'ok']);
    expect(ask('M118 E1 hello\n')).toEqual(['echo:hello', 'ok']);
    expect(ask('M105\n')).toEqual(['ok T:21.00 /0.00 B:21.00 /0.00 @:0 B@:0']);
  });

  it('keeps a cold nozzle from extruding and a homed head on its bed', () => {
    const { ask, controller } = marlin();
    expect(ask('G1 E5 F300\n')).toEqual(['echo: cold extrusion prevented', 'ok']);
    ask('G28\n', 0);
    controller.run(10_000);
    ask('G1 X500 F6000\n', 10_000);
    expect(controller.position(60_000)[0]).toBe(220);
  });

  it('halts for good on M112 and starts anew on a soft reset', () => {
    const { ask } = marlin();
    expect(ask('M112\n')).toEqual(['Error:Printer halted. kill() called!']);
    expect(ask('M105\n')).toEqual([]);
    expect(ask('^X\n')).toContain('start');
    expect(ask('M105\n')[0]).toMatch(/^ok T:/);
  });

  it('heats in a straight line and cools towards the room', () => {
    const heater = new Heater({ ambientC: 20, heatingCPerS: 2, coolingTimeS: 100 });
    heater.set(60, 0);
    expect(heater.temperatureC(10_000)).toBe(40);
    expect(heater.temperatureC(60_000)).toBe(60);
    heater.set(0, 60_000);
    expect(heater.temperatureC(160_000)).toBeCloseTo(20 + 40 / Math.E, 6);
  });
});
