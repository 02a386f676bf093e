import { parseArgs } from 'node:util';
import { z } from 'zod';
import { ConfigRefused } from './config.ts';
import type { MoonrakerFaults } from './drivers/simulator/moonraker-faults.ts';

const FLAGS = {
  port: { type: 'string' },
  host: { type: 'string' },
  'speed-up': { type: 'string' },
  key: { type: 'string' },
  fault: { type: 'string', multiple: true },
} as const;

export const SIMULATE_MOONRAKER_MANUAL = [
  'Flags of simulate moonraker, besides --port, --host and --speed-up',
  '  --key TEXT          API key that is asked of everybody; nobody is asked when nothing is said',
  '  --fault NAME=VALUE  shutdown-at-line=N, restart-at-line=N, error-at-line=N, moonraker-restart-at-line=N,',
  '                      drop-at-line=N, silent-at-line=N, late-complete-at-line=N, slow-ms=N, damaged-uploads=N,',
  '                      ignores-starts=1, ignores-cancels=1; may be said again',
];

const Count = z.coerce.number().int().nonnegative();
const Switch = z.literal('1').transform(() => true);
const FAULTS: Readonly<Record<string, readonly [keyof MoonrakerFaults, typeof Count | typeof Switch]>> = {
  'shutdown-at-line': ['shutdownAtLine', Count],
  'restart-at-line': ['restartAtLine', Count],
  'error-at-line': ['errorAtLine', Count],
  'moonraker-restart-at-line': ['moonrakerRestartAtLine', Count],
  'drop-at-line': ['dropAtLine', Count],
  'silent-at-line': ['silentAtLine', Count],
  'late-complete-at-line': ['lateCompleteAtLine', Count],
  'slow-ms': ['slowMs', Count],
  'damaged-uploads': ['damagedUploads', Count],
  'ignores-starts': ['ignoresStarts', Switch],
  'ignores-cancels': ['ignoresCancels', Switch],
};

/** Starts a simulated Moonraker; the address is the one to write into a lab's file. Throws `ConfigRefused` for a bad flag. */
export async function simulateMoonraker(
  args: readonly string[],
): Promise<{ url: string; close: () => Promise<void> }> {
  const values = parse(args);
  const { host, key } = values;
  const speedUp = numberOf('speed-up', values['speed-up']) ?? 1;
  if (speedUp === 0) throw new ConfigRefused('--speed-up 0 would stand still: say at least 0.1.');
  const options = {
    ...{ port: numberOf('port', values.port) ?? 0, speedUp },
    ...(host !== undefined && { host }),
    ...(key !== undefined && { apiKey: key }),
  };
  const faults = faultsOf(values.fault ?? []);
  const { MoonrakerSimulator } = await import('./drivers/simulator/moonraker-simulator.ts');
  const { setFaults } = await import('./drivers/simulator/moonraker-faults.ts');
  const simulator = new MoonrakerSimulator(options);
  setFaults(simulator, faults);
  const place = await simulator.listen();
  const query = key === undefined ? '' : `?key=${encodeURIComponent(key)}`;
  return { url: `moonraker+http://${place.host}:${place.port}${query}`, close: () => simulator.close() };
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

function faultsOf(pairs: readonly string[]): MoonrakerFaults {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name = '', value = '1'] = pair.split('=');
      const known = Object.hasOwn(FAULTS, name) ? FAULTS[name] : undefined;
      const read = known?.[1].safeParse(value);
      if (known === undefined || read?.success !== true)
        throw new ConfigRefused(
          `--fault ${pair} is not known: it is one of ${Object.keys(FAULTS).join(', ')}.`,
        );
      return [known[0], read.data];
    }),
  );
}
