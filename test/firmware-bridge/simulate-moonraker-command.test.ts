import { describe, expect, it } from 'vitest';
import { createMoonrakerMachine } from '../../firmware-bridge/drivers/moonraker/create-moonraker-machine.ts';
import { steadyClock } from '../../firmware-bridge/machine.ts';
import { simulateMoonraker } from '../../firmware-bridge/simulate-moonraker-command.ts';

describe('commonwright-bridge simulate moonraker', () => {
  it('gives an address to write into a file, with the faults that were asked for', async () => {
    const args = [
      '--speed-up',
      '100',
      '--key',
      'a&b',
      '--fault',
      'shutdown-at-line=2',
      '--fault',
      'slow-ms=1',
    ];
    const { url, close } = await simulateMoonraker(args);
    const machine = createMoonrakerMachine(url, steadyClock, { machineClass: 'printer', limits: {} });
    try {
      await machine.connect();
      const ended = new Promise((resolve) => {
        machine.onEvent((event) => event.kind === 'ended' && resolve(event.outcome));
      });
      await machine.start(['G4 P1000', 'G4 P1000', 'G4 P90000'], 'cw-1.gcode');
      expect(await ended).toMatchObject({ kind: 'failed', cause: 'thermal' });
    } finally {
      await machine.close();
      await close();
    }
  });

  it.each([
    [['--port', 'x'], /--port wants a number/],
    [['--speed-up', '0'], /would stand still/],
    [['--fault', 'gremlins=1'], /--fault gremlins=1 is not known/],
    [['--fault', 'slow-ms=soon'], /--fault slow-ms=soon is not known/],
    [['--warp', '9'], /Unknown option '--warp'/],
  ])('refuses a flag with a sentence (%#)', async (args, sentence) => {
    await expect(simulateMoonraker(args)).rejects.toThrow(sentence);
  });
});
