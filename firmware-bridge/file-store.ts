import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export type FileStore = ReturnType<typeof openFileStore>;

export function hashOf(bytes: Uint8Array | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Files by what they hash to, in one folder. A file appears whole or not at all. */
export function openFileStore(folder: string) {
  mkdirSync(folder, { recursive: true });
  const pathOf = (hash: string) => join(folder, hash.replace(':', '-'));
  return {
    pathOf,
    has: (hash: string): boolean => existsSync(pathOf(hash)),
    /** Undefined when it is not there; a file that no longer fits its name is removed. */
    read: async (hash: string): Promise<Buffer | undefined> => {
      if (!existsSync(pathOf(hash))) return undefined;
      const bytes = await readFile(pathOf(hash));
      if (hashOf(bytes) === hash) return bytes;
      await rm(pathOf(hash), { force: true });
      return undefined;
    },
    write: async (bytes: Uint8Array): Promise<string> => {
      const hash = hashOf(bytes);
      const unfinished = `${pathOf(hash)}.${randomBytes(4).toString('hex')}`;
      await writeFile(unfinished, bytes);
      await rename(unfinished, pathOf(hash));
      return hash;
    },
  };
}
