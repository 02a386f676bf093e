import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadLogKeys } from '../../server/ledger/log-keys.ts';
import { openMongoStorage } from '../../server/storage/mongo-storage.ts';
import { openSqliteStorage } from '../../server/storage/sqlite-storage.ts';
import type { Storage } from '../../server/storage/storage.ts';
import { counted, countingFold } from '../server/ledger/counting-fold.ts';
import {
  answerAll,
  compareWithHeard,
  followChain,
  openAfterKills,
  wrongRoots,
} from '../support/killed-writers/killed-log-checks.ts';
import { type KilledRun, runKilledWriters } from '../support/killed-writers/killed-run.ts';
import { bundleWriter } from '../support/killed-writers/writer-bundle.ts';
import { findMongo, type PrivateMongoServer } from '../support/mongo-server.ts';
import { verifyLog } from '../support/verify-whole-log.ts';

const KILLS = 200;
const STORE_KILLS = 12;
/** Decides whom the killer takes and when; the processes themselves are never twice as fast. */
const SEED = Number(process.env.KILL_SEED ?? 1);
const TIME = { timeout: 600_000 };

const mongo = await findMongo();
if ('unavailableReason' in mongo) console.warn(mongo.unavailableReason);
else if (mongo.startPrivate === undefined)
  console.warn('left out: MONGODB_URL names a server that is not ours to kill, and there is no other.');

let folder: string;
let bundle: Awaited<ReturnType<typeof bundleWriter>>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'commonwright-killed-'));
  bundle = await bundleWriter();
});
afterAll(() => {
  bundle.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function expectNothingLost(name: string, run: KilledRun, open: () => Promise<Storage>, keys: string) {
  const { heard, kills } = run;
  expect(heard.faults).toEqual([]);
  expect(kills).toBe(KILLS);
  const storage = await open();
  const ledger = await openAfterKills(storage, keys);
  await ledger.scrubbed();

  const before = await ledger.entries(0, ledger.size());
  const known = new Set(before.map(({ body }) => body.id));
  const unanswered = [...heard.open.values()];
  const stored = unanswered.filter((command) => known.has(`${command.name}/0`)).length;
  for (const { command, indexes } of await answerAll(ledger, unanswered))
    heard.acknowledged.set(command.name, indexes);

  const entries = await ledger.entries(0, ledger.size());
  expect(compareWithHeard(entries, heard)).toEqual({ lost: [], twice: [], torn: [] });
  const commands = new Set(entries.map(({ body }) => body.data.command));
  expect(commands.size).toBe(heard.acknowledged.size);
  expect(wrongRoots(entries, heard.roots)).toEqual([]);
  const chain = await followChain(storage);
  expect(chain.fault).toBeUndefined();
  const { verifierKey } = await ledger.published();
  const verdict = await verifyLog(async (path) => (await ledger.logFile(path))?.bytes, verifierKey);
  expect(verdict).toMatchObject({ verified: true, size: entries.length });
  await ledger.close();

  const whole = countingFold.encode(counted(entries));
  // The first from the newest snapshot, the second from the first entry.
  for (const fold of [countingFold, { ...countingFold, version: 'counting/anew' }]) {
    const fresh = await openAfterKills(await open(), keys, fold);
    expect(countingFold.encode(fresh.state())).toEqual(whole);
    await fresh.close();
  }
  process.stdout.write(
    `${name}: ${kills} writers and ${run.storeKills} times the store killed in ${run.lives} lives, ${chain.commits} commits, ` +
      `${entries.length} entries, ${heard.acknowledged.size} commands acknowledged, ${heard.roots.size} checkpoints; ` +
      `lost 0, twice 0; ${heard.foundStored + stored} were stored without an acknowledgement, ${heard.answeredAgain} asked again, ` +
      `${heard.refusedForNow} refused for now, ${run.awayStarts} starts without the store\n`,
  );
  expect(heard.acknowledged.size).toBeGreaterThan(KILLS);
  expect(heard.roots.size).toBeGreaterThan(20);
}

describe('four writers on one SQLite file that are killed with kill -9 again and again', () => {
  it('keep every acknowledged entry once, whole commands only, and a chain that verifies', TIME, async () => {
    const keys = join(folder, 'sqlite-private');
    loadLogKeys(keys);
    const store = join(folder, 'ledger.sqlite');
    const run = await runKilledWriters({
      ...{ program: bundle.program, store, privateFolder: keys },
      ...{ kills: KILLS, seed: SEED, pauseMs: 100 },
    });
    await expectNothingLost('SQLite', run, () => openSqliteStorage(store), keys);
    expect(readdirSync(keys).sort()).toEqual(['checkpoint-key.pem', 'entry-key.pem']);
    for (const file of readdirSync(keys)) expect(statSync(join(keys, file)).mode & 0o777).toBe(0o600);
  });
});

describe.skipIf('unavailableReason' in mongo || mongo.startPrivate === undefined)(
  'four writers on one MongoDB server that are killed with kill -9 again and again, and the server too',
  () => {
    let server: PrivateMongoServer | undefined;
    afterAll(() => server?.stop());

    it(
      'keep every acknowledged entry once, whole commands only, and a chain that verifies',
      TIME,
      async () => {
        if ('unavailableReason' in mongo || mongo.startPrivate === undefined) return;
        const keys = join(folder, 'mongo-private');
        loadLogKeys(keys);
        server = await mongo.startPrivate(join(folder, 'mongo'));
        const store = server.newDatabase();
        const run = await runKilledWriters({
          ...{ program: bundle.program, store, privateFolder: keys },
          ...{ kills: KILLS, seed: SEED + 1, pauseMs: 2_000 },
          storeKills: { times: STORE_KILLS, kill: server.kill, restart: server.restart },
        });
        await expectNothingLost('MongoDB', run, async () => (await openMongoStorage(store)).storage, keys);
        expect(run.storeKills).toBe(STORE_KILLS);
      },
    );
  },
);
