import type { MachinePosition } from '../../machine.ts';

/** What kind of machine a program is for; it decides which commands a program may give at all. */
export type MachineClass = 'router' | 'laser' | 'printer';

/** What the machine can do and the lab allows. What is left out is not checked, except heat, which always has a limit. */
export type ProgramLimits = {
  /** Where the tool may go, millimetres, in the coordinates that the program is written in. */
  reachMm?: { min: MachinePosition; max: MachinePosition };
  feedMaxMmPerMin?: number;
  /** Highest S: revolutions per minute of a spindle, or a laser's full power. */
  spindleMax?: number;
  nozzleMaxC?: number;
  bedMaxC?: number;
  chamberMaxC?: number;
  /** The lab lets programs of this machine move their zero (G10, G54 to G59, G92); from there on `reachMm` is not followed. */
  mayMoveZero?: boolean;
};

/** A machine's class and its limits: what a program is held against before anything of it is sent. */
export type ProgramRules = { machineClass: MachineClass; limits: ProgramLimits };

/** Hotter than any filament that a desktop printer takes; the insulation of its wires ends not far above. */
const NOZZLE_MAX_C = 300;
const BED_MAX_C = 130;

export type HeatLimits = { nozzleMaxC: number; bedMaxC: number; chamberMaxC: number };

/** A printer that says nothing about a chamber has none that could be heated. */
export function heatLimits(limits: ProgramLimits): HeatLimits {
  const { nozzleMaxC = NOZZLE_MAX_C, bedMaxC = BED_MAX_C, chamberMaxC = 0 } = limits;
  return { nozzleMaxC, bedMaxC, chamberMaxC };
}
