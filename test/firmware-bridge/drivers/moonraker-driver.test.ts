import { describe } from 'vitest';
import { MoonrakerSimulator } from '../../../firmware-bridge/drivers/simulator/moonraker-simulator.ts';
import { fastClock } from './fast-clock.ts';
import { describeLife } from './moonraker-life.ts';

describe('the Moonraker driver on a simulated Moonraker', () => {
  describeLife(async () => {
    const simulator = new MoonrakerSimulator({ speedUp: 100 });
    const { port } = await simulator.listen();
    return {
      url: `moonraker+http://127.0.0.1:${port}`,
      klipper: simulator.moonraker.klipper,
      clock: fastClock(10),
      restartMoonraker: async () => simulator.restartMoonraker(),
      stop: () => simulator.close(),
    };
  });
});
