import { createGrblSimulator } from './create-grbl-simulator.ts';
import { createMarlinSimulator } from './create-marlin-simulator.ts';
import type { Faults } from './line-faults.ts';
import type { SimulatedFirmware } from './simulated-firmwares.ts';

export type SimulatorArguments = {
  firmware: SimulatedFirmware;
  /** 0 takes a free port. */
  port: number;
  host?: string;
  speedUp?: number;
  seed?: number;
  faults?: Faults;
  /** Travel of a router or bed and height of a printer, mm. */
  envelopeMm?: { x: number; y: number; z: number };
  /** Zero of a router's program, from the lower corner of its travel, mm. */
  workOriginMm?: { x: number; y: number; z: number };
};

export type RunningSimulator = { host: string; port: number; close: () => Promise<void> };

/** Starts a simulated controller on TCP and returns its address. Rejects with a sentence when the port is taken. */
export async function runSimulator(wanted: SimulatorArguments): Promise<RunningSimulator> {
  const { firmware, envelopeMm, workOriginMm, faults, ...place } = wanted;
  const common = { ...place, ...(faults === undefined ? {} : { faults }) };
  const device =
    firmware !== 'marlin'
      ? createGrblSimulator({
          ...common,
          flavour: firmware,
          machine: {
            ...(envelopeMm === undefined ? {} : { envelopeMm }),
            ...(workOriginMm === undefined ? {} : { workOriginMm }),
          },
        })
      : createMarlinSimulator({ ...common, machine: envelopeMm === undefined ? {} : { bedMm: envelopeMm } });
  const { host, port } = await device.listen();
  return { host, port, close: () => device.close() };
}
