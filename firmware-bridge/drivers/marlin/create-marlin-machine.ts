import { type Machine, type MachineClock, steadyClock } from '../../machine.ts';
import type { Dial } from '../../transport/link.ts';
import { createDriver } from '../create-driver.ts';
import { marlinProtocol } from './marlin-protocol.ts';

/** A printer with Marlin behind `dial`. Nothing is opened before `connect`. */
export function createMarlinMachine(dial: Dial, clock: MachineClock = steadyClock): Machine {
  return createDriver(marlinProtocol, dial, clock);
}
