import { parseArgs } from 'node:util';
import { ConfigRefused } from './config.ts';
import type { SimulatorArguments } from './drivers/simulator/simulate.ts';

const FLAGS = {
  port: { type: 'string' },
  host: { type: 'string' },
  'speed-up': { type: 'string' },
  seed: { type: 'string' },
  envelope: { type: 'string' },
  origin: { type: 'string' },
  'alarm-at-line': { type: 'string' },
} as const;

export const SIMULATE_MANUAL = [
  'Flags of simulate',
  '  --port N            TCP port; 0 or nothing takes a free one',
  '  --host ADDRESS      127.0.0.1 when nothing is said',
  '  --speed-up N        how many times faster than life',
  '  --seed N            the same faults and noise in every run',
  '  --envelope X,Y,Z    travel in mm, e.g. 2500,1250,100',
  "  --origin X,Y,Z      a router's program zero, from the lower corner of its travel, mm",
  '  --alarm-at-line N   hit a limit switch, or let the heater run away, at that line',
];

/** Reads the arguments after `simulate grbl`; throws `ConfigRefused` with one sentence that names the flag. */
export function readSimulatorArguments(
  firmware: 'grbl' | 'marlin',
  args: readonly string[],
): SimulatorArguments {
  const values = parse(args);
  const { host, envelope, origin } = values;
  const speedUp = numberOf('speed-up', values['speed-up']);
  const seed = numberOf('seed', values.seed);
  const alarmAtLine = numberOf('alarm-at-line', values['alarm-at-line']);
  return {
    firmware,
    port: numberOf('port', values.port) ?? 0,
    ...(host !== undefined && { host }),
    ...(speedUp !== undefined && { speedUp }),
    ...(seed !== undefined && { seed }),
    ...(alarmAtLine !== undefined && { faults: { alarmAtLine } }),
    ...(envelope !== undefined && { envelopeMm: cornersOf('envelope', envelope) }),
    ...(origin !== undefined && { workOriginMm: cornersOf('origin', origin) }),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS }).values;
  } catch (cause) {
    const words = cause instanceof Error ? cause.message.split('. ')[0] : String(cause);
    throw new ConfigRefused(`${words}; commonwright-bridge --help lists the flags of simulate.`);
  }
}

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new ConfigRefused(`--${name} wants a number that is not negative; it is "${text}".`);
}

function cornersOf(name: string, text: string): { x: number; y: number; z: number } {
  const [x = Number.NaN, y = Number.NaN, z = Number.NaN, ...more] = text.split(',').map(Number);
  if ([x, y, z].every(Number.isFinite) && more.length === 0) return { x, y, z };
  throw new ConfigRefused(`--${name} wants three lengths in mm, as in 2500,1250,100; it is "${text}".`);
}
