/**
 * Pictures of designs, kept in this browser between visits. IndexedDB, since the Cache API is missing on plain http in
 * a lab's network. Where nothing can be kept, e.g. in a private window, each visit draws anew.
 */

const DATABASE = 'commonwright-pictures';
const STORE = 'pictures';
/** More would fill the reader's disk with designs never looked at again. */
const KEPT_MAX = 400;

let opening: Promise<IDBDatabase | undefined> | undefined;

function theDatabase(): Promise<IDBDatabase | undefined> {
  opening ??= new Promise((resolve) => {
    if (typeof indexedDB === 'undefined') return resolve(undefined);
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => resolve(undefined);
    request.onblocked = () => resolve(undefined);
  });
  return opening;
}

/** The picture under a key, if this browser has it. */
export async function keptPicture(key: string): Promise<Blob | undefined> {
  const database = await theDatabase().catch(() => undefined);
  if (database === undefined) return undefined;
  return new Promise((resolve) => {
    const request = database.transaction(STORE).objectStore(STORE).get(key);
    request.onsuccess = () => resolve(request.result instanceof Blob ? request.result : undefined);
    request.onerror = () => resolve(undefined);
  });
}

/** Resolves when the picture is kept, or cannot be. When there are too many, all are dropped and drawn again as they are wanted. */
export async function keepPicture(key: string, picture: Blob): Promise<void> {
  const database = await theDatabase().catch(() => undefined);
  if (database === undefined) return;
  const transaction = database.transaction(STORE, 'readwrite');
  const store = transaction.objectStore(STORE);
  const count = store.count();
  count.onsuccess = () => {
    if (count.result >= KEPT_MAX) store.clear();
    store.put(picture, key);
  };
  await new Promise<void>((resolve) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => resolve();
  });
}
