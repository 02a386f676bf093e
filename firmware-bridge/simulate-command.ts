import { ConfigRefused } from './config.ts';
import { faultManual, readFaults } from './drivers/simulator/fault-switches.ts';
import type { Faults } from './drivers/simulator/line-faults.ts';
import type { SimulatorArguments } from './drivers/simulator/simulate.ts';
import { SimulatedFirmware } from './drivers/simulator/simulated-firmwares.ts';
import { numberOf, readFlags } from './simulate-flags.ts';

const FLAGS = {
  port: { type: 'string' },
  host: { type: 'string' },
  'speed-up': { type: 'string' },
  seed: { type: 'string' },
  envelope: { type: 'string' },
  origin: { type: 'string' },
  'alarm-at-line': { type: 'string' },
  fault: { type: 'string', multiple: true },
} as const;

export const SIMULATE_MANUAL = [
  `Flags of simulate, behind ${SimulatedFirmware.options.join(', ')}`,
  '  --port N            TCP port; 0 or nothing takes a free one',
  '  --host ADDRESS      127.0.0.1 when nothing is said',
  '  --speed-up N        how many times faster than life',
  '  --seed N            the same faults and noise in every run',
  '  --envelope X,Y,Z    travel in mm, e.g. 2500,1250,100',
  "  --origin X,Y,Z      a router's program zero, from the lower corner of its travel, mm",
  '  --fault NAME=VALUE  what goes wrong on purpose; may be said again. Lines count from 1.',
  ...faultManual(),
];

/** Reads the arguments after `simulate grbl`; throws `ConfigRefused` with one sentence that names the flag. */
export function readSimulatorArguments(
  firmware: SimulatedFirmware,
  args: readonly string[],
): SimulatorArguments {
  const values = readFlags(args, FLAGS);
  const { host, envelope, origin } = values;
  const speedUp = numberOf('speed-up', values['speed-up']);
  const seed = numberOf('seed', values.seed);
  const faults = faultsOf(values.fault ?? [], numberOf('alarm-at-line', values['alarm-at-line']));
  return {
    firmware,
    port: numberOf('port', values.port) ?? 0,
    ...(host !== undefined && { host }),
    ...(speedUp !== undefined && { speedUp }),
    ...(seed !== undefined && { seed }),
    ...(Object.keys(faults).length > 0 && { faults }),
    ...(envelope !== undefined && { envelopeMm: cornersOf('envelope', envelope) }),
    ...(origin !== undefined && { workOriginMm: cornersOf('origin', origin) }),
  };
}

function faultsOf(pairs: readonly string[], alarmAtLine: number | undefined): Faults {
  try {
    return { ...(alarmAtLine !== undefined && { alarmAtLine }), ...readFaults(pairs) };
  } catch (cause) {
    throw new ConfigRefused(cause instanceof Error ? cause.message : String(cause));
  }
}

function cornersOf(name: string, text: string): { x: number; y: number; z: number } {
  const [x = Number.NaN, y = Number.NaN, z = Number.NaN, ...more] = text.split(',').map(Number);
  if ([x, y, z].every(Number.isFinite) && more.length === 0) return { x, y, z };
  throw new ConfigRefused(`--${name} wants three lengths in mm, as in 2500,1250,100; it is "${text}".`);
}
