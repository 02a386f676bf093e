import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createLedger } from '../../../server/ledger/ledger.ts';
import { loadLogKeys } from '../../../server/ledger/log-keys.ts';
import { openSqliteStorage } from '../../../server/storage/sqlite-storage.ts';
import { countingFold } from './counting-fold.ts';

/** Appends without end and prints the id of every acknowledged entry; its parent kills it. */
const folder = process.argv[2] ?? '';
const ledger = await createLedger({
  storage: await openSqliteStorage(join(folder, 'ledger.sqlite')),
  fold: countingFold,
  keys: loadLogKeys(join(folder, 'private')),
  origin: 'test.example/killed',
  nowMs: Date.now,
  newId: randomUUID,
});

async function appendForEver(stream: string): Promise<never> {
  for (;;) {
    const ids = [randomUUID(), randomUUID()];
    await ledger.submit(() => ids.map((id) => ({ id, stream, type: 'job.opened', data: { stream } })));
    process.stdout.write(`${ids.join('\n')}\n`);
    // Leaves the event loop room for the publisher's timer, as in a server.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

await Promise.all(['job/1', 'job/2', 'job/3'].map(appendForEver));
