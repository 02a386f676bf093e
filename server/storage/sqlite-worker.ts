import { parentPort, workerData } from 'node:worker_threads';
import { AppError } from '../errors.ts';
import { openSqliteDatabase } from './sqlite-database.ts';
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
  if (!(error instanceof AppError)) return { cause: error };
  const { kind, message: sentence, code, cause } = error;
  return { app: { kind, sentence, code }, cause };
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
