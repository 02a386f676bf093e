import { randomUUID } from 'node:crypto';
import { openCommonsLedger } from '../../../server/community/commons-ledger.ts';
import { openSqliteStorage } from '../../../server/storage/sqlite-storage.ts';
import { keysBeside } from './filled-ledger.ts';

/** Opens a ledger, says when it takes commands, then appends until it is killed. */
const file = process.argv[2] ?? '';
const ledger = await openCommonsLedger({
  ...{ storage: await openSqliteStorage(file), keys: keysBeside(file), nowMs: Date.now, newId: randomUUID },
  onStopped: (error) => {
    throw error;
  },
});
const append = () =>
  ledger.submit(() => [{ id: randomUUID(), stream: 'stock/1', type: 'stock.noted', data: { sheets: 12 } }]);
await append();
process.stdout.write('ready\n');
for (;;) {
  await append();
  await new Promise((resolve) => setImmediate(resolve));
}
