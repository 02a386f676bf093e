import { parseArgs } from 'node:util';
import { z } from 'zod';
import { ConfigRefused } from './config.ts';
import { OctoprintSimulator } from './drivers/simulator/octoprint-simulator.ts';
import { PrusalinkSimulator } from './drivers/simulator/prusalink-simulator.ts';

const FLAGS = {
  port: { type: 'string' },
  host: { type: 'string' },
  'speed-up': { type: 'string' },
  key: { type: 'string' },
  fault: { type: 'string', multiple: true },
} as const;

const DEFAULT_KEY = 'SIMULATED-KEY';
const USER = 'maker';

export const SIMULATE_HOST_MANUAL = [
  'Flags of simulate octoprint and simulate prusalink, besides --port, --host and --speed-up',
  `  --key TEXT          API key of OctoPrint, password of "${USER}" at PrusaLink; ${DEFAULT_KEY} when nothing is said`,
  '  --fault NAME=VALUE  hang-up-every=N questions, broken-answers=N, delay-ms=N, late-ms=N, loses-orders=1,',
  '                      loses-answers=1; may be said again',
];

const Count = z.coerce.number().int().nonnegative();
const Switch = z.literal('1').transform(() => true);
const FAULTS = {
  'hang-up-every': ['hangUpEvery', Count],
  'broken-answers': ['brokenAnswers', Count],
  'delay-ms': ['delayMs', Count],
  'late-ms': ['lateMs', Count],
  'loses-orders': ['losesOrders', Switch],
  'loses-answers': ['losesAnswersToOrders', Switch],
} as const;

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
  const values = parse(args);
  const { host, key = DEFAULT_KEY } = values;
  const options = {
    port: numberOf('port', values.port) ?? 0,
    speedUp: numberOf('speed-up', values['speed-up']) ?? 1,
    faults: faultsOf(values.fault ?? []),
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

function faultsOf(pairs: readonly string[]): Record<string, number | boolean> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name = '', value = '1'] = pair.split('=');
      const known = Object.entries(FAULTS).find(([key]) => key === name)?.[1];
      const read = known?.[1].safeParse(value);
      if (known === undefined || read?.success !== true)
        throw new ConfigRefused(
          `--fault ${pair} is not known: it is one of ${Object.keys(FAULTS).join(', ')}.`,
        );
      return [known[0], read.data];
    }),
  );
}
