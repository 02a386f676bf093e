import { prepareMarlinProgram } from '../../../firmware-bridge/drivers/marlin/marlin-program.ts';
import type { Machine } from '../../../firmware-bridge/machine.ts';

/** A print host and all that can happen to it, so that the same tests judge every kind, simulated or real. */
export interface PrintHostOnTrial {
  /** A driver as a new life of the bridge has it, not connected yet. */
  newMachine(key?: string): Machine;
  /** Names of the prints that were ever begun. */
  begun(): Promise<readonly string[]>;
  /** Somebody at the host's page or panel prints or stops. */
  startByHand(name: string, program: readonly string[]): Promise<void>;
  stopByHand(): Promise<void>;
  /** The network to the host, not the host. */
  unplug(): Promise<void>;
  plugIn(): Promise<void>;
  /** The host itself ends at once, and is back, with its printer, when this resolves. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** Warms nothing and takes about so many of the printer's seconds. */
export function programOf(seconds: number): string[] {
  const lines = Array.from({ length: seconds * 2 }, (_, i) => `G4 P500 ; half second ${i + 1}`);
  return ['G21', 'M104 S0', ...lines, 'M104 S0'];
}

/** Kept in one place, since no two executions ever have the same name. */
export function newName(): string {
  return `cw-${crypto.randomUUID()}.gcode`;
}

export function checkNothingForbidden(program: readonly string[]): void {
  prepareMarlinProgram(program, { machineClass: 'printer', limits: {} });
}
