import { AppError } from '../errors.ts';
import { isDuplicate, mayPass, outOfReach, wordsOf } from './mongo-connection.ts';
import type { PutResult } from './storage.ts';

/** Tries of one write. With the pauses between them and the time that a server has to be found, about one minute. */
const ATTEMPTS_MAX = 10;
const PAUSE_FIRST_MS = 50;
const PAUSE_MAX_MS = 2_000;

interface Putting<Document, Found> {
  insert: (documents: readonly Document[]) => Promise<unknown>;
  /** Those of the documents that are stored so that they stay (read concern `majority`). */
  readBack: (ids: string[]) => Promise<readonly Found[]>;
  /** Whether what is stored was put by this very call. */
  isOwn: (document: Document, found: Found) => boolean;
}

/**
 * Inserts each document whose id is not taken, and says for each whether it was stored. An insert whose outcome is not
 * known (a lost reply, a server that ended, a driver that tried twice) is tried again: the unique `_id` lets only one
 * of them in. Where an id is taken, the document is read back and compared, so that our own first try counts as
 * stored. The winner may not be on most servers yet, and could then still vanish; that is waited for.
 * @throws AppError `unavailable`: `storage.out-of-reach` where that cannot be found out within about a minute, and a
 *   document may have been stored or may still be; `storage.cannot-write` where the server refuses.
 */
export async function putEach<Document extends { _id: string }, Found extends { _id: string }>(
  documents: readonly Document[],
  putting: Putting<Document, Found>,
): Promise<PutResult[]> {
  const known = new Map<string, PutResult>();
  let fault: unknown;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    if (attempt > 0) await pause(Math.min(PAUSE_MAX_MS, PAUSE_FIRST_MS * 2 ** (attempt - 1)));
    try {
      await putOpen(
        documents.filter(({ _id }) => !known.has(_id)),
        putting,
        known,
      );
      if (known.size === documents.length) return documents.map(({ _id }) => known.get(_id) ?? 'exists');
    } catch (error) {
      fault = error;
      if (!mayPass(error)) throw cannotWrite(error);
    }
  }
  throw outOfReach(fault);
}

/** One try: enters what has become of each document, as far as it can be said. */
async function putOpen<Document extends { _id: string }, Found extends { _id: string }>(
  open: readonly Document[],
  { insert, readBack, isOwn }: Putting<Document, Found>,
  known: Map<string, PutResult>,
): Promise<void> {
  try {
    await insert(open);
    for (const { _id } of open) known.set(_id, 'stored');
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    const found = new Map((await readBack(open.map(({ _id }) => _id))).map((item) => [item._id, item]));
    for (const document of open) {
      const item = found.get(document._id);
      if (item !== undefined) known.set(document._id, isOwn(document, item) ? 'stored' : 'exists');
    }
  }
}

function cannotWrite(cause: unknown): AppError {
  return new AppError(
    'unavailable',
    `The database cannot be written (${wordsOf(cause)}). Look at the database server, then start this server again.`,
    { code: 'storage.cannot-write', cause },
  );
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
