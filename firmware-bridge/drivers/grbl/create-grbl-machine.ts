import { type Machine, type MachineClock, steadyClock } from '../../machine.ts';
import type { Dial } from '../../transport/link.ts';
import { createDriver } from '../create-driver.ts';
import type { ProgramRules } from '../untrusted-program/program-limits.ts';
import { grblProtocol } from './grbl-protocol.ts';

const CUTTING: ProgramRules = { machineClass: 'router', limits: {} };

/** A router, mill or laser with GRBL, grblHAL or FluidNC behind `dial`. Nothing is opened before `connect`. */
export function createGrblMachine(
  dial: Dial,
  clock: MachineClock = steadyClock,
  rules: ProgramRules = CUTTING,
): Machine {
  return createDriver(grblProtocol(rules), dial, clock);
}
