import { Worker } from 'node:worker_threads';
import { AppError } from '../errors.ts';
import {
  OPENING,
  packBytes,
  packCommit,
  type SqliteCall,
  type SqliteCalls,
  type SqliteFault,
  type SqliteReply,
  type SqliteRequest,
} from './sqlite-messages.ts';
import type { PutResult, Storage } from './storage.ts';

/**
 * Opens or creates a database file. SQLite works synchronously, so it lives in a thread of its own: a disk that takes
 * long for an fsync stops neither HTTP nor MQTT. Calls are worked off in their order. Several processes may open the
 * same file. A write that failed for the disk's sake is the last: all later ones are refused.
 * @throws AppError `unavailable` (`storage.cannot-open`) where the file cannot be opened or is no database.
 */
export async function openSqliteStorage(path: string): Promise<Storage> {
  const { call, close } = await startThread(path);
  const putAllIfAbsent = (items: readonly (readonly [key: string, value: Uint8Array])[]) => {
    const { views, buffer } = packBytes(items.map(([, value]) => value));
    return call('putAllIfAbsent', [items.map(([key]) => key), views], [buffer]);
  };
  return {
    async putCommit(commit, rows) {
      const { packed, buffer } = packCommit(commit, rows);
      return call('putCommit', [packed], [buffer]);
    },
    commits: (from, limit) => call('commits', [from, limit]),
    commitOf: (index) => call('commitOf', [index]),
    rowsById: (ids) => call('rowsById', [ids]),
    lastOfStream: (stream) => call('lastOfStream', [stream]),
    rowsOfStream: (stream, fromRev, limit) => call('rowsOfStream', [stream, fromRev, limit]),
    rows: (from, count) => call('rows', [from, count]),
    async putIfAbsent(key, value): Promise<PutResult> {
      return (await putAllIfAbsent([[key, value]]))[0] ?? 'exists';
    },
    putAllIfAbsent,
    get: async (key) => (await call('getAll', [[key]]))[0],
    getAll: (keys) => call('getAll', [keys]),
    last: (prefix) => call('last', [prefix]),
    keys: (prefix) => call('keys', [prefix]),
    remove: (keys) => call('remove', [keys]),
    close,
  };
}

interface Pending {
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

async function startThread(path: string) {
  const thread = new Worker(new URL('./sqlite-thread.js', import.meta.url), { workerData: path });
  const pending = new Map<number, Pending>();
  let nextId = OPENING;
  let ended: Error | undefined;
  const exited = new Promise<void>((resolve) => thread.once('exit', () => resolve()));

  const wait = (): { id: number; reply: Promise<unknown> } => {
    const id = nextId;
    nextId += 1;
    // Only a thread that owes an answer keeps the process from ending.
    if (pending.size === 0) thread.ref();
    return { id, reply: new Promise((resolve, reject) => pending.set(id, { resolve, reject })) };
  };
  const settle = (id: number): Pending | undefined => {
    const found = pending.get(id);
    pending.delete(id);
    if (pending.size === 0) thread.unref();
    return found;
  };
  const end = (cause: Error) => {
    ended ??= cause;
    for (const id of [...pending.keys()]) settle(id)?.reject(threadEnded(path, cause));
  };
  thread.on('message', (reply: SqliteReply) => {
    const caller = settle(reply.id);
    if ('fault' in reply) caller?.reject(errorOf(reply.fault));
    else caller?.resolve(reply.value);
  });
  thread.on('error', (error) => end(error instanceof Error ? error : new Error(String(error))));
  thread.on('exit', () => end(new Error('its thread has ended')));

  const call = async <Call extends SqliteCall>(
    name: Call,
    args: Parameters<SqliteCalls[Call]>,
    moved: readonly ArrayBuffer[] = [],
  ): Promise<ReturnType<SqliteCalls[Call]>> => {
    if (ended !== undefined) throw threadEnded(path, ended);
    const { id, reply } = wait();
    const request: SqliteRequest<Call> = { id, call: name, args };
    thread.postMessage(request, moved);
    return (await reply) as ReturnType<SqliteCalls[Call]>;
  };
  const close = async (): Promise<void> => {
    if (ended === undefined) {
      const closed = call('close', []);
      ended = new Error('it was closed');
      await closed;
    }
    thread.ref();
    await exited;
  };

  await wait().reply;
  return { call, close };
}

function errorOf({ app, cause }: SqliteFault): unknown {
  return app === undefined ? cause : new AppError(app.kind, app.sentence, { code: app.code, cause });
}

function threadEnded(path: string, cause: Error): AppError {
  return new AppError('unavailable', `The ledger ${path} is closed (${cause.message}).`, {
    code: 'storage.closed',
    cause,
  });
}
