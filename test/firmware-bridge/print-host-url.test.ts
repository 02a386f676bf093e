import { describe, expect, it } from 'vitest';
import { createOctoprintMachine } from '../../firmware-bridge/drivers/octoprint/create-octoprint-machine.ts';
import { steadyClock } from '../../firmware-bridge/machine.ts';
import { MachineConfig } from '../../firmware-bridge/machine-config.ts';
import { printHostMachine } from '../../firmware-bridge/print-host-machine.ts';
import { readPrintHostUrl } from '../../firmware-bridge/print-host-url.ts';
import { simulateHost } from '../../firmware-bridge/simulate-host-command.ts';

const options = { fetch, clock: steadyClock, check: () => {} };
const printer = {
  machine: 'printer',
  name: 'Printer',
  process: 'print',
  envelope: { xMm: 200, yMm: 200, zMm: 200 },
  materials: ['PLA'],
};

describe('the address of a print host', () => {
  it('says what it is, where it is and who asks', () => {
    expect(readPrintHostUrl('octoprint+http://octopi.local?key=ABC')).toEqual({
      kind: 'octoprint',
      base: 'http://octopi.local',
      secret: 'ABC',
    });
    expect(readPrintHostUrl('octoprint+https://printers.example:8443/mk3/?key=ABC')).toMatchObject({
      base: 'https://printers.example:8443/mk3',
    });
    expect(readPrintHostUrl('prusalink+http://maker:se%20cret@192.0.2.7')).toEqual({
      kind: 'prusalink',
      base: 'http://192.0.2.7',
      user: 'maker',
      secret: 'se cret',
    });
  });

  it.each(['http://octopi.local', 'octoprint+ftp://octopi.local', 'octoprint+http://', 'tcp://127.0.0.1:1'])(
    'is not %s',
    (text) => {
      expect(readPrintHostUrl(text)).toBeUndefined();
      expect(printHostMachine({ url: text }, options)).toBeUndefined();
    },
  );

  it('may keep the key beside it, and has to have one', () => {
    const url = 'octoprint+http://octopi.local';
    expect(printHostMachine({ url, hostKey: 'ABC' }, options)).toBeDefined();
    expect(() => printHostMachine({ url }, options)).toThrow('wants a key');
  });

  it('is for printers only', () => {
    const url = 'octoprint+http://octopi.local?key=ABC';
    expect(MachineConfig.safeParse({ ...printer, url }).success).toBe(true);
    expect(MachineConfig.safeParse({ ...printer, process: 'cut', url }).success).toBe(false);
  });
});

describe('simulate octoprint and simulate prusalink', () => {
  it.each(['octoprint', 'prusalink'] as const)('puts %s where its address says', async (kind) => {
    const { url, close } = await simulateHost(kind, ['--speed-up', '10', '--key', 'A B']);
    const machine = printHostMachine({ url }, options);
    expect(await machine?.connect()).toMatchObject({ capabilities: { jobHost: 'controller' } });
    await machine?.close();
    await close();
  });

  it('has its faults on switches', async () => {
    const { url, close } = await simulateHost('octoprint', ['--fault', 'broken-answers=1000']);
    const { base = '', secret = '' } = readPrintHostUrl(url) ?? {};
    const machine = createOctoprintMachine({ base, key: secret }, options);
    await expect(machine.connect()).rejects.toThrow('answered 500');
    await machine.close();
    await close();
  });

  it.each([
    ['--fault', 'burns=1'],
    ['--fault', 'delay-ms=soon'],
    ['--port', 'x'],
    ['--colour', 'red'],
  ])('refuses %s %s in one sentence', async (...args) => {
    await expect(simulateHost('octoprint', args)).rejects.toThrow(new RegExp(args[0] ?? ''));
  });
});
