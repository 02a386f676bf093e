import { OctoprintSimulator } from './drivers/simulator/octoprint-simulator.ts';
import { PrusalinkSimulator } from './drivers/simulator/prusalink-simulator.ts';
import type { HostFaults } from './drivers/simulator/simulated-host.ts';
import {
  Count,
  type FaultTable,
  HOST_FLAGS,
  hostFaultsOf,
  numberOf,
  readFlags,
  Switch,
} from './simulate-flags.ts';

const DEFAULT_KEY = 'SIMULATED-KEY';
const USER = 'maker';

export const SIMULATE_HOST_MANUAL = [
  'Flags of simulate octoprint and simulate prusalink, besides --port, --host and --speed-up',
  `  --key TEXT          API key of OctoPrint, password of "${USER}" at PrusaLink; ${DEFAULT_KEY} when nothing is said`,
  '  --fault NAME=VALUE  hang-up-every=N questions, broken-answers=N, delay-ms=N, late-ms=N, loses-orders=1,',
  '                      loses-answers=1; may be said again',
];

const FAULTS: FaultTable<HostFaults> = {
  'hang-up-every': ['hangUpEvery', Count],
  'broken-answers': ['brokenAnswers', Count],
  'delay-ms': ['delayMs', Count],
  'late-ms': ['lateMs', Count],
  'loses-orders': ['losesOrders', Switch],
  'loses-answers': ['losesAnswersToOrders', Switch],
};

type Kind = 'octoprint' | 'prusalink';

/** Undefined for arguments that ask for something else than a simulated print host. */
export function hostToSimulate(argv: readonly string[]): Kind | undefined {
  const [verb, kind] = argv;
  return verb === 'simulate' && (kind === 'octoprint' || kind === 'prusalink') ? kind : undefined;
}

/** Starts a simulated print host; the address is the one to write into a lab's file. Throws `ConfigRefused` for a bad flag. */
export async function simulateHost(
  kind: Kind,
  args: readonly string[],
): Promise<{ url: string; close: () => Promise<void> }> {
  const values = readFlags(args, HOST_FLAGS);
  const { host, key = DEFAULT_KEY } = values;
  const options = {
    port: numberOf('port', values.port) ?? 0,
    speedUp: numberOf('speed-up', values['speed-up']) ?? 1,
    faults: hostFaultsOf<HostFaults>(values.fault ?? [], FAULTS),
    ...(host !== undefined && { host }),
  };
  const { network } =
    kind === 'octoprint'
      ? new OctoprintSimulator({ ...options, key })
      : new PrusalinkSimulator({ ...options, user: USER, password: key });
  const place = await network.listen();
  const who = kind === 'octoprint' ? '' : `${USER}:${encodeURIComponent(key)}@`;
  const query = kind === 'octoprint' ? `?key=${encodeURIComponent(key)}` : '';
  return {
    url: `${kind}+http://${who}${place.host}:${place.port}${query}`,
    close: () => network.close(),
  };
}
