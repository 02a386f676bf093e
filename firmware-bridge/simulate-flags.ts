import { type ParseArgsConfig, parseArgs } from 'node:util';
import { z } from 'zod';
import { ConfigRefused } from './config.ts';

/** What the flags of all simulators have in common. */

type Flags = NonNullable<ParseArgsConfig['options']>;

/** Reads flags. @throws ConfigRefused for one that is not known, or has no value. */
export function readFlags<Known extends Flags>(args: readonly string[], options: Known) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (cause) {
    const words = cause instanceof Error ? cause.message.split('. ')[0] : String(cause);
    throw new ConfigRefused(`${words}; commonwright-bridge --help lists the flags of simulate.`);
  }
}

/** A number that is not negative; undefined where the flag was not said. @throws ConfigRefused for any other text. */
export function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new ConfigRefused(`--${name} wants a number that is not negative; it is "${text}".`);
}

/** Flags of the simulated hosts that printers stand behind. */
export const HOST_FLAGS = {
  port: { type: 'string' },
  host: { type: 'string' },
  'speed-up': { type: 'string' },
  key: { type: 'string' },
  fault: { type: 'string', multiple: true },
} as const;

/** A fault that is counted, e.g. in lines, and one that is there or not. */
export const Count = z.coerce.number().int().nonnegative();
export const Switch = z.literal('1').transform(() => true);

/** What a fault is called on the command line, and in the simulator. */
export type FaultTable<Faults> = Readonly<
  Record<string, readonly [keyof Faults & string, typeof Count | typeof Switch]>
>;

/** Faults from `NAME=VALUE`. @throws ConfigRefused for one that is not in the table, or has a value that it cannot have. */
export function hostFaultsOf<Faults>(pairs: readonly string[], table: FaultTable<Faults>): Faults {
  const faults: unknown = Object.fromEntries(
    pairs.map((pair) => {
      const [name = '', value = '1'] = pair.split('=');
      const known = Object.hasOwn(table, name) ? table[name] : undefined;
      const read = known?.[1].safeParse(value);
      if (known === undefined || read?.success !== true)
        throw new ConfigRefused(
          `--fault ${pair} is not known: it is one of ${Object.keys(table).join(', ')}.`,
        );
      return [known[0], read.data];
    }),
  );
  // The table says which member each name stands for, and its schema what kind of value that has.
  return faults as Faults;
}
