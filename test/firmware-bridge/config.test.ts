import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bridgeManual, readBridgeCommand } from '../../firmware-bridge/config.ts';
import { FAULT_SWITCHES } from '../../firmware-bridge/drivers/simulator/fault-switches.ts';
import { describeMachine } from '../../firmware-bridge/machine-config.ts';
import { readSimulatorArguments, SIMULATE_MANUAL } from '../../firmware-bridge/simulate-command.ts';
import { router, temporaryFolder } from '../support/bridge-on-trial.ts';

let place: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  place = temporaryFolder('config');
});
afterEach(() => place.remove());

const usual = {
  ...{
    server: 'http://127.0.0.1:8080',
    mqtt: 'mqtt://127.0.0.1:1883',
    lab: 'lab-one',
    key: 'k',
    data: 'bridge',
  },
  machines: [router],
};

function read(content: object | string, args: string[] = [], env: NodeJS.ProcessEnv = {}) {
  const file = join(place.folder, 'lab.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  const command = readBridgeCommand(['--config', file, ...args], env);
  if (command.kind !== 'run') throw new Error(command.kind);
  return command.config;
}

describe("the bridge's settings", () => {
  it('come from the file, then the environment, then the flags', () => {
    expect(read(usual).lab).toBe('lab-one');
    expect(read(usual, [], { CW_BRIDGE_LAB: 'lab-two' }).lab).toBe('lab-two');
    expect(read(usual, ['--lab', 'lab-three'], { CW_BRIDGE_LAB: 'lab-two' }).lab).toBe('lab-three');
  });

  it('keep the data beside the file, and fill in what a machine usually is', () => {
    const config = read(usual);
    expect(config.data).toBe(join(place.folder, 'bridge'));
    expect(config.machines[0]).toMatchObject({
      controller: 'grbl',
      cutter: { safeZMm: 8, tab: { widthMm: 8 } },
    });
  });

  it.each([
    [{ ...usual, lab: 'Lab One' }, /lab is not usable: small letters, digits and hyphens/],
    [{ ...usual, key: '' }, /key is not usable/],
    [{ ...usual, mqtt: 'http://127.0.0.1' }, /mqtt is not usable/],
    [{ ...usual, machines: [] }, /machines is not usable/],
    [
      { ...usual, machines: [{ ...router, url: '/dev/ttyUSB0' }] },
      /machines\.0\.url is not usable: write tcp:.* or serial:/,
    ],
    [{ ...usual, machines: [router, router] }, /two machines are called router/],
    [{ ...usual, speed: 3 }, /speed/],
    ['{ "server": ', /is not a JSON object: check its commas/],
  ])('are refused with a sentence that names the setting (%#)', (content, sentence) => {
    expect(() => read(content)).toThrow(sentence);
  });

  it('say which file is missing, which command is unknown, and what there is', () => {
    expect(() => readBridgeCommand(['--config', join(place.folder, 'none.json')], {})).toThrow(
      /none\.json cannot be read/,
    );
    expect(() => readBridgeCommand([], {})).toThrow(/Name the file that describes the machines/);
    expect(() => readBridgeCommand(['dance'], {})).toThrow(/There is no command "dance"/);
    expect(() => readBridgeCommand(['--colour', 'red'], {})).toThrow(/Unknown option '--colour'/);
    expect(() => readBridgeCommand(['simulate', 'lathe'], {})).toThrow(/grbl, grblhal, fluidnc, marlin/);
    expect(readBridgeCommand(['ports'], {})).toEqual({ kind: 'ports' });
    expect(bridgeManual()).toContain('commonwright-bridge --config lab.json');
  });

  it('describe a machine to the world in whole numbers', () => {
    expect(describeMachine(router)).toMatchObject({
      machine: 'router',
      cutter: { name: '6 mm', diameterUm: 6_000 },
    });
  });
});

describe('the flags of simulate', () => {
  it('become a simulator, with the usual where nothing is said', () => {
    expect(readSimulatorArguments('marlin', [])).toEqual({ firmware: 'marlin', port: 0 });
    const args = ['--port', '7', '--speed-up', '20', '--envelope', '2500,1250,100', '--alarm-at-line', '9'];
    expect(readSimulatorArguments('grbl', args)).toEqual({
      ...{ firmware: 'grbl', port: 7, speedUp: 20, envelopeMm: { x: 2_500, y: 1_250, z: 100 } },
      faults: { alarmAtLine: 9 },
    });
  });

  it('switch on every fault by its name, and the manual names each', () => {
    const said = ['noise=0.01', 'reset-on-open', 'silent-at-line=40', 'baud=9600'];
    const args = said.flatMap((pair) => ['--fault', pair]);
    expect(readSimulatorArguments('grblhal', args)).toEqual({
      ...{ firmware: 'grblhal', port: 0 },
      faults: { noise: 0.01, resetsOnOpen: true, silentAtLine: 40, baud: 9_600 },
    });
    expect(readBridgeCommand(['simulate', '--help'], {})).toEqual({ kind: 'help', of: 'simulate' });
    for (const name of Object.keys(FAULT_SWITCHES))
      expect(SIMULATE_MANUAL.join('\n')).toContain(`    ${name}`);
  });

  it.each([
    [['--port', 'x'], /--port wants a number/],
    [['--envelope', '1,2'], /--envelope wants three lengths/],
    [['--warp', '9'], /Unknown option '--warp'/],
    [['--fault', 'gremlins=1'], /There is no fault "gremlins"/],
    [['--fault', 'noise=2'], /share between 0 and 1/],
    [['--fault', 'silent-at-line=0'], /number of a line/],
    [['--fault', 'reset-on-open=1'], /takes no value/],
  ])('are refused with a sentence (%#)', (args, sentence) => {
    expect(() => readSimulatorArguments('grbl', args)).toThrow(sentence);
  });
});
