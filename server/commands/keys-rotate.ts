import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Settings } from '../config.ts';
import { AppError } from '../errors.ts';
import { rotateEntryKey } from '../ledger/log-keys.ts';
import { takeDataFolder } from '../startup/data-folder.ts';

/** Makes a new key for the entries of a server that does not run; its next start enters the change into the ledger. */
export function rotateKeys(
  { settings }: { settings: Pick<Settings, 'DATA_DIR' | 'PRIVATE_DIR'> },
  say: (sentence: string) => void,
): void {
  const place = resolve(settings.DATA_DIR);
  // Taking a folder makes it, and a new one has nothing to rotate.
  if (!existsSync(place))
    throw new AppError(
      'not-found',
      `There is no data folder ${place}. Set DATA_DIR to the one of the server.`,
      {
        code: 'ledger.no-key',
      },
    );
  const folder = takeDataFolder({ path: place, privatePath: settings.PRIVATE_DIR });
  try {
    const { former, key } = rotateEntryKey(folder.privatePath);
    say(`The entries will be signed by ${key} instead of ${former}.`);
    say('Start the server: it signs the change with both keys and then throws the old one away.');
  } finally {
    folder.release();
  }
}
