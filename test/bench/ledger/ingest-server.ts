import { appendSigned } from '../../../server/community/signed-entries.ts';
import { openSqliteStorage } from '../../../server/storage/sqlite-storage.ts';
import { serveApp } from '../../server/http/serve-app.ts';
import { fixedKey } from '../../support/fixed-keys.ts';
import { openFoundedLedger } from '../../support/signed-contributions.ts';

/** Serves the web interface over a ledger in a SQLite file, and prints its address. Ends with its standard input. */
const ledger = await openFoundedLedger(await openSqliteStorage(process.argv[2] ?? ''), fixedKey('ada'));
const served = await serveApp({
  ledger: { ...ledger, append: (entries) => appendSigned(ledger, entries) },
});
process.stdout.write(`${served.url}\n`);
process.stdin.resume();
process.stdin.on('end', async () => {
  await served.stop();
  await ledger.close();
  process.exit(0);
});
