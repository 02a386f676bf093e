import { afterAll, beforeAll, describe } from 'vitest';
import { steadyClock } from '../../../firmware-bridge/machine.ts';
import { findMoonraker, type RealMoonraker, startMoonraker } from '../../support/moonraker.ts';
import { describeLife } from './moonraker-life.ts';

const program = findMoonraker();
if (program === undefined)
  process.stderr.write(
    'Left out: the Moonraker driver against a real Moonraker, because moonraker is neither on the path nor in $CW_TEST_HOSTS.\n',
  );

describe.runIf(program !== undefined)('the Moonraker driver on a real Moonraker', () => {
  let moonraker: RealMoonraker;
  beforeAll(async () => {
    moonraker = await startMoonraker(program ?? '', 40);
  }, 60_000);
  afterAll(() => moonraker.stop());

  describeLife(async () => {
    const { url, klippy, restart } = moonraker;
    const { klipper } = klippy;
    return {
      ...{ url, klipper, clock: steadyClock, restartMoonraker: restart },
      stop: async () => {
        if (klipper.state.state === 'ready') klipper.cancel();
        klipper.orders.splice(0);
      },
    };
  });
});
