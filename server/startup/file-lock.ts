import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';

/** A file that processes hold alone or together. */
export interface FileLock {
  release(): void;
}

/** Between two looks at a lock that somebody else holds. */
const LOOK_EVERY_MS = 200;

/**
 * Takes a lock, alone or together with others who share it. It is SQLite's own file lock, which the operating system drops
 * with the process: after `kill -9` nothing has to be cleaned up. The file stays empty.
 * @returns undefined where others hold it in a way that keeps us out.
 * @throws what SQLite says where the file cannot be made or read.
 */
export function takeLock(place: string, how: 'alone' | 'shared'): FileLock | undefined {
  let database: DatabaseSyncInstance | undefined;
  try {
    database = new DatabaseSync(place);
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    if (how === 'alone') database.exec('BEGIN EXCLUSIVE');
    // Reading takes SQLite's SHARED lock, and the transaction keeps it.
    else database.exec('BEGIN; SELECT count(*) FROM sqlite_schema;');
    const held = database;
    return { release: () => held.close() };
  } catch (cause) {
    database?.close();
    if (/locked|busy/i.test(cause instanceof Error ? cause.message : String(cause))) return undefined;
    throw cause;
  }
}

/** Takes a lock alone, as soon as whoever holds it lets go. */
export async function takeLockWhenFree(place: string): Promise<FileLock> {
  for (;;) {
    const lock = takeLock(place, 'alone');
    if (lock !== undefined) return lock;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
