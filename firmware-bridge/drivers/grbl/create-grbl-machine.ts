import { type Machine, type MachineClock, steadyClock } from '../../machine.ts';
import type { Dial } from '../../transport/link.ts';
import { createDriver } from '../create-driver.ts';
import { grblProtocol } from './grbl-protocol.ts';

/** A machine with a GRBL 1.1 controller behind `dial`. Nothing is opened before `connect`. */
export function createGrblMachine(dial: Dial, clock: MachineClock = steadyClock): Machine {
  return createDriver(grblProtocol, dial, clock);
}
