import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../../server/errors.ts';
import { createLedger, type Ledger } from '../../../server/ledger/ledger.ts';
import { loadLogKeys } from '../../../server/ledger/log-keys.ts';
import type { Storage } from '../../../server/storage/storage.ts';
import { type Counted, countingFold } from '../../server/ledger/counting-fold.ts';
import { AWAY_EXIT_CODE, type Command, draftsOf, KILLED_ORIGIN, SNAPSHOT_ENTRIES } from './command.ts';

/**
 * One of several writers on a store. It waits for a line that says how it is to write, appends without end, and tells its
 * parent, which kills it:
 *
 *     open                 the ledger is open
 *     ? NAME COUNT         is submitted now
 *     ! NAME INDEX...      its receipt has come
 *     = NAME INDEX...      its receipt has come, and it had been in the log before this process asked
 *     # SIZE ROOT          a signed checkpoint was published
 *     ~ NAME CODE          refused for now, and asked again
 *     - WORDS              ended, for the store is away
 *     x WORDS              gone wrong for good
 *
 * A line is in the pipe before the next step is taken: writing to a pipe is synchronous.
 */
export interface WriterOrder {
  /** Names what it makes up itself. */
  life: number;
  /** To be asked before anything else; some were asked in other lives. */
  repeats: Command[];
  /** Commands under way at once. */
  loops: number;
  /** The longest pause between two commands of a loop. */
  pauseMs: number;
}

const [store = '', privateFolder = ''] = process.argv.slice(2);
const say = (line: string) => void process.stdout.write(`${line}\n`);

function isAway(error: unknown): boolean {
  return (
    error instanceof AppError &&
    ['storage.out-of-reach', 'ledger.busy', 'storage.cannot-open'].includes(error.code)
  );
}

function fail(error: unknown): never {
  const cause =
    error instanceof Error && error.cause !== undefined ? ` because of ${String(error.cause)}` : '';
  say(`${isAway(error) ? '-' : 'x'} ${String(error)}${cause}`.replaceAll('\n', ' '));
  process.exit(isAway(error) ? AWAY_EXIT_CODE : 1);
}

/** Loads only the store that is asked for, and before there is anything to do. */
async function loadStore(): Promise<() => Promise<Storage>> {
  if (store.startsWith('mongodb')) {
    const { openMongoStorage } = await import('../../../server/storage/mongo-storage.ts');
    return async () => (await openMongoStorage(store)).storage;
  }
  const { openSqliteStorage } = await import('../../../server/storage/sqlite-storage.ts');
  return () => openSqliteStorage(store);
}

async function append(ledger: Ledger<Counted>, command: Command): Promise<void> {
  const { name, count } = command;
  for (;;) {
    const size = ledger.size();
    say(`? ${name} ${count}`);
    try {
      const { entries } = await ledger.submit(() => draftsOf(command));
      const sign = (entries[0]?.index ?? size) < size ? '=' : '!';
      return say(`${sign} ${name} ${entries.map(({ index }) => index).join(' ')}`);
    } catch (error) {
      if (!isAway(error)) throw error;
      say(`~ ${name} ${error instanceof AppError ? error.code : ''}`);
      await sleep(100);
    }
  }
}

async function appendForEver(ledger: Ledger<Counted>, order: WriterOrder, loop: number): Promise<never> {
  for (let made = 0; ; made += 1) {
    const fresh = { name: `${order.life}.${loop}.${made}`, count: 2 + ((loop + made) % 2) };
    await append(ledger, order.repeats.pop() ?? fresh);
    await sleep(Math.random() * order.pauseMs);
  }
}

async function publishForEver(ledger: Ledger<Counted>, pauseMs: number): Promise<never> {
  for (;;) {
    await ledger.published().then(
      ({ size, root }) => say(`# ${size} ${root}`),
      (error: unknown) => {
        if (!isAway(error)) throw error;
      },
    );
    await sleep(pauseMs);
  }
}

const openStore = await loadStore();
const lines = createInterface({ input: process.stdin });
// Its parent has ended.
lines.once('close', () => process.exit());
const order: WriterOrder = JSON.parse((await once(lines, 'line'))[0]);
try {
  const ledger = await createLedger({
    storage: await openStore(),
    fold: countingFold,
    keys: loadLogKeys(privateFolder),
    origin: KILLED_ORIGIN,
    nowMs: Date.now,
    newId: randomUUID,
    isShared: true,
    snapshotEntries: SNAPSHOT_ENTRIES,
    onStopped: fail,
  });
  say('open');
  const loops = Array.from({ length: order.loops }, (_, loop) => appendForEver(ledger, order, loop));
  await Promise.all([...loops, publishForEver(ledger, order.pauseMs)]);
} catch (error) {
  fail(error);
}
