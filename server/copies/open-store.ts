import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../errors.ts';
import { type Blobs, makeFolder, openFolderBlobs } from '../storage/blobs.ts';
import { openMongoStorage } from '../storage/mongo-storage.ts';
import { openSqliteStorage } from '../storage/sqlite-storage.ts';
import type { Storage } from '../storage/storage.ts';

/** Where a server keeps its ledger: a folder, or a MongoDB server beside a folder that then holds only its keys. */
export interface StorePlace {
  readonly dataDir: string;
  readonly mongoUrl: string | undefined;
  /** Where the keys are, when not in `private` inside of the folder. */
  readonly privateDir?: string | undefined;
}

export interface OpenStore {
  readonly storage: Storage;
  readonly blobs: Blobs;
  readonly privateFolder: string;
  /** For sentences; without a password. */
  readonly where: string;
}

/**
 * Opens the store of a server, which may be running.
 * @param isNew whether a folder may be made where there is none
 * @throws AppError `store.none` where no ledger is there.
 */
export async function openStore(place: StorePlace, isNew: boolean): Promise<OpenStore> {
  const { dataDir, mongoUrl } = place;
  const privateFolder = privateFolderOf(place);
  if (mongoUrl !== undefined) {
    const { storage, blobs } = await openMongoStorage(mongoUrl);
    return { storage, blobs, privateFolder, where: `the MongoDB server at ${hostsOf(mongoUrl)}` };
  }
  const file = join(dataDir, 'ledger.sqlite');
  if (!isNew && !existsSync(file))
    throw new AppError('not-found', `${dataDir} holds no ledger. DATA_DIR or MONGODB_URL says where it is.`, {
      code: 'store.none',
    });
  makeFolder(dataDir);
  const storage = await openSqliteStorage(file);
  return { storage, blobs: openFolderBlobs(join(dataDir, 'files')), privateFolder, where: dataDir };
}

export function privateFolderOf({ dataDir, privateDir }: StorePlace): string {
  return privateDir ?? join(dataDir, 'private');
}

function hostsOf(url: string): string {
  return url.replace(/^[a-z+]+:\/\/(?:[^@/]*@)?/, '').replace(/[/?].*$/, '');
}
