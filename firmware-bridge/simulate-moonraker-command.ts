import { ConfigRefused } from './config.ts';
import type { MoonrakerFaults } from './drivers/simulator/moonraker-faults.ts';
import {
  Count,
  type FaultTable,
  HOST_FLAGS,
  hostFaultsOf,
  numberOf,
  readFlags,
  Switch,
} from './simulate-flags.ts';

export const SIMULATE_MOONRAKER_MANUAL = [
  'Flags of simulate moonraker, besides --port, --host and --speed-up',
  '  --key TEXT          API key that is asked of everybody; nobody is asked when nothing is said',
  '  --fault NAME=VALUE  shutdown-at-line=N, restart-at-line=N, error-at-line=N, moonraker-restart-at-line=N,',
  '                      drop-at-line=N, silent-at-line=N, late-complete-at-line=N, slow-ms=N, damaged-uploads=N,',
  '                      ignores-starts=1, ignores-cancels=1; may be said again',
];

const FAULTS: FaultTable<MoonrakerFaults> = {
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
  const values = readFlags(args, HOST_FLAGS);
  const { host, key } = values;
  const speedUp = numberOf('speed-up', values['speed-up']) ?? 1;
  if (speedUp === 0) throw new ConfigRefused('--speed-up 0 would stand still: say at least 0.1.');
  const options = {
    ...{ port: numberOf('port', values.port) ?? 0, speedUp },
    ...(host !== undefined && { host }),
    ...(key !== undefined && { apiKey: key }),
  };
  const faults = hostFaultsOf<MoonrakerFaults>(values.fault ?? [], FAULTS);
  const { MoonrakerSimulator } = await import('./drivers/simulator/moonraker-simulator.ts');
  const { setFaults } = await import('./drivers/simulator/moonraker-faults.ts');
  const simulator = new MoonrakerSimulator(options);
  setFaults(simulator, faults);
  const place = await simulator.listen();
  const query = key === undefined ? '' : `?key=${encodeURIComponent(key)}`;
  return { url: `moonraker+http://${place.host}:${place.port}${query}`, close: () => simulator.close() };
}
