import { type Connection, createConnection, mongo, Schema } from 'mongoose';
import { AppError } from '../errors.ts';

/** A commit as one document, so that one insert stores it whole. */
export interface CommitDocument {
  /** `<log>/c/` and the number in 16 digits. */
  _id: string;
  first: number;
  n: number;
  prev: Buffer;
  hash: Buffer;
  bundle: Buffer;
  /** Ids of its entries in their order, and the streams that they are in, each once: for finding, not for truth. */
  ids: string[];
  streams: string[];
}

/** A value, or the head of one that is kept in parts. */
export interface ValueDocument {
  /** `<log>/k/` and the key. */
  _id: string;
  /** Made for each put: says who won where several put the same key. */
  by: string;
  /** Empty where there are parts. */
  value: Buffer;
  parts: number;
}

export interface PartDocument {
  /** `<log>/p/`, the `by` of its value, and where it stands. */
  _id: string;
  value: Buffer;
}

/** The documents of the ledger: models for finding, collections for inserting without a look at every field. */
export type MongoConnection = Awaited<ReturnType<typeof connectMongo>>;

/** A server that does not answer for this long is asked again on a new connection. */
const REPLY_WITHIN_MS = 10_000;
/** A replica set chooses a new primary in about ten seconds; several tries in a row outlast that. */
const SERVER_FOUND_WITHIN_MS = 3_000;
/**
 * Documents up to which each is asked for on its own, at once. Some servers find one id by their index, and several
 * only by reading everything.
 */
export const POINT_READS_MAX = 8;
/** Where the address names no database. */
const DATABASE = 'commonwright';

/** Nothing is added to a document that we did not put there, and no index is made behind our back. */
const AS_WRITTEN = {
  versionKey: false,
  strict: 'throw',
  autoIndex: false,
  autoCreate: false,
  id: false,
} as const;

/**
 * Connects to a MongoDB server or replica set, 4.4 or newer, or to one that speaks its protocol.
 * @throws AppError `unavailable` (`storage.cannot-open`) where it cannot be reached or lets us not in.
 */
export async function connectMongo(url: string, replyWithinMs = REPLY_WITHIN_MS) {
  let connection: Connection | undefined;
  try {
    connection = createConnection(url, {
      ...(/^mongodb(\+srv)?:\/\/[^/?]*\/[^?]/.test(url) ? {} : { dbName: DATABASE }),
      // An acknowledged write is in the journal of most servers, and what is read cannot be taken back any more.
      writeConcern: { w: 'majority', journal: true },
      readConcern: { level: 'majority' },
      readPreference: 'primary',
      // A missing reply must not hold a commit for ever.
      socketTimeoutMS: replyWithinMs,
      serverSelectionTimeoutMS: SERVER_FOUND_WITHIN_MS,
      connectTimeoutMS: SERVER_FOUND_WITHIN_MS,
      bufferCommands: false,
      promoteBuffers: true,
    });
    await connection.asPromise();
    return { connection, ...roomsOf(connection) };
  } catch (cause) {
    // Otherwise it goes on looking for the server.
    await connection?.close().catch(() => undefined);
    throw new AppError(
      'unavailable',
      `The database ${withoutPassword(url)} cannot be opened (${wordsOf(cause)}). Check MONGODB_URL and that the server runs.`,
      { code: 'storage.cannot-open', cause },
    );
  }
}

/**
 * @throws AppError `unavailable` in place of whatever the driver throws: `storage.out-of-reach` where it may pass by itself,
 *   else `storage.cannot-read`.
 */
export async function reading<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    if (mayPass(cause)) throw outOfReach(cause);
    throw new AppError(
      'unavailable',
      `The database cannot be read (${wordsOf(cause)}). Look at the database server; this server goes on when it is back.`,
      { code: 'storage.cannot-read', cause },
    );
  }
}

/**
 * Errors that a server gives before it has done anything, and will give again: not authorised, failed to log in,
 * the document does not pass the rules of the database, the document is too large.
 */
const REFUSALS: readonly unknown[] = [13, 18, 121, 10334];

/**
 * Whether an error says that a server is away, is starting, or is changing places with another one, after which the same call
 * may succeed. Errors of the driver's own reading of our arguments are faults of the program, and so is a closed connection.
 */
export function mayPass(error: unknown): boolean {
  if (error instanceof mongo.MongoServerError) return !REFUSALS.includes(error.code);
  // The driver lets some errors of a socket through as they are, where a server ends while it is written to.
  if (error instanceof Error && 'syscall' in error) return true;
  return error instanceof mongo.MongoError && !(error instanceof mongo.MongoAPIError);
}

/** The database does not answer; nothing is known to be wrong with what it holds. */
export function outOfReach(cause: unknown): AppError {
  return new AppError(
    'unavailable',
    `The database does not answer (${wordsOf(cause)}). Look at the database server; this server goes on when it is back.`,
    { code: 'storage.out-of-reach', cause },
  );
}

export function wordsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function roomsOf(connection: Connection) {
  const commits = new Schema<CommitDocument>(
    {
      ...{ _id: String, first: Number, n: Number, prev: Buffer, hash: Buffer, bundle: Buffer },
      ...{ ids: [String], streams: [String] },
    },
    { ...AS_WRITTEN, collection: 'commits' },
  );
  const values = new Schema<ValueDocument>(
    { _id: String, by: String, value: Buffer, parts: Number },
    { ...AS_WRITTEN, collection: 'kv' },
  );
  const parts = new Schema<PartDocument>(
    { _id: String, value: Buffer },
    { ...AS_WRITTEN, collection: 'parts' },
  );
  return {
    commits: connection.model('Commit', commits),
    values: connection.model('Value', values),
    parts: connection.model('Part', parts),
    raw: {
      commits: connection.collection<CommitDocument>('commits'),
      values: connection.collection<ValueDocument>('kv'),
      parts: connection.collection<PartDocument>('parts'),
    },
  };
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^/]*@/, '//').replace(/\?.*/, '');
}

/** Whether the server says that the id is taken. */
export function isDuplicate(error: unknown): boolean {
  return error instanceof mongo.MongoServerError && error.code === 11000;
}

/** A plain copy: the driver gives views of the message that they came in. */
export function bytesOf(value: Uint8Array): Uint8Array {
  return new Uint8Array(value);
}

/** The same bytes as a buffer, without a copy. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
