import { parentPort, workerData } from 'node:worker_threads';
import { AppError } from '../errors.ts';
import { inUse, isInUse, openSqliteDatabase } from './sqlite-database.ts';
import {
  OPENING,
  type SqliteCalls,
  type SqliteFault,
  type SqliteReply,
  type SqliteRequest,
} from './sqlite-messages.ts';

/** Bytes above which moving a buffer to the other thread is cheaper than copying it. */
const MOVED_BYTES_MIN = 4_096;

function answer(id: number, work: () => unknown): void {
  try {
    const value = work();
    send({ id, value }, buffersOf(value));
  } catch (error) {
    send({ id, fault: faultOf(error) }, []);
  }
}

function send(reply: SqliteReply, buffers: ArrayBuffer[]): void {
  parentPort?.postMessage(reply, buffers);
}

/** SQLite gives each value as a buffer of its own, so they may be given away. */
function buffersOf(value: unknown): ArrayBuffer[] {
  if (value instanceof Uint8Array)
    return value.length >= MOVED_BYTES_MIN && value.buffer instanceof ArrayBuffer ? [value.buffer] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(buffersOf) : [];
}

function faultOf(error: unknown): SqliteFault {
  // Only what SQLite says of the database itself, e.g. "database disk image is malformed", and not our own faults.
  const isOfDatabase = error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR';
  const app = isOfDatabase ? ofDatabase(error) : error;
  if (!(app instanceof AppError)) return { cause: error };
  const { kind, message: sentence, code, cause } = app;
  return { app: { kind, sentence, code }, cause };
}

function ofDatabase(cause: Error): AppError {
  if (isInUse(cause)) return inUse(String(workerData), cause);
  return new AppError(
    'unavailable',
    `The ledger ${String(workerData)} cannot be read (${cause.message}). Restore the newest copy of the data.`,
    { code: 'storage.cannot-read', cause },
  );
}

let database: SqliteCalls | undefined;
answer(OPENING, () => {
  database = openSqliteDatabase(workerData);
});

parentPort?.on('message', ({ id, call, args }: SqliteRequest) => {
  answer(id, () => {
    if (database === undefined) throw new Error('the database is not open');
    return Reflect.apply(database[call], undefined, args);
  });
  // Without its port, the thread has nothing left to do and ends.
  if (call === 'close') parentPort?.close();
});
if (database === undefined) parentPort?.close();
