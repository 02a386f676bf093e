import { type Machine, type MachineClock, steadyClock } from '../../machine.ts';
import type { Dial } from '../../transport/link.ts';
import { createDriver } from '../create-driver.ts';
import type { ProgramRules } from '../untrusted-program/program-limits.ts';
import { marlinProtocol } from './marlin-protocol.ts';

const PRINTING: ProgramRules = { machineClass: 'printer', limits: {} };

/** A printer with Marlin behind `dial`. Nothing is opened before `connect`. */
export function createMarlinMachine(
  dial: Dial,
  clock: MachineClock = steadyClock,
  rules: ProgramRules = PRINTING,
): Machine {
  return createDriver(marlinProtocol(rules), dial, clock);
}
