import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type LogKeys, loadLogKeys } from '../../../server/ledger/log-keys.ts';
import { openSqliteStorage } from '../../../server/storage/sqlite-storage.ts';
import { openFoundedLedger } from '../../support/signed-contributions.ts';
import { ada } from './primitives.ts';

const AT_ONCE = 512;

/** The keys of a ledger lie in a folder beside it. */
export function keysBeside(file: string): LogKeys {
  return loadLogKeys(join(dirname(file), 'private'));
}

/** A ledger of so many entries in a SQLite file: a community, and notes that every reader takes in and counts. */
export async function fillLedger(
  file: string,
  entries: number,
  onProgress: (size: number) => void = () => {},
): Promise<void> {
  mkdirSync(dirname(file), { recursive: true });
  const ledger = await openFoundedLedger(await openSqliteStorage(file), ada, keysBeside(file));
  while (ledger.size() < entries) {
    const count = Math.min(AT_ONCE, entries - ledger.size());
    await ledger.submit((_state, { nowMs }) =>
      Array.from({ length: count }, () => ({
        ...{ id: randomUUID(), stream: `stock/${ledger.size() % 1_000}`, type: 'stock.noted' },
        data: {
          ...{ at: nowMs, lab: 'riverside', material: 'plywood', thicknessUm: 18_000, sheets: 12 },
          note: 'Counted by hand at the end of the day, by whoever locks up.',
        },
      })),
    );
    onProgress(ledger.size());
  }
  await ledger.published();
  await ledger.close();
}
