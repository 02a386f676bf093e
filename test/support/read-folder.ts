import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** All files of a folder by their path inside it, `/` between names. */
export function readFolder(folder: string, inside = ''): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (const entry of readdirSync(join(folder, inside), { withFileTypes: true })) {
    const path = inside === '' ? entry.name : `${inside}/${entry.name}`;
    if (entry.isDirectory()) for (const [inner, bytes] of readFolder(folder, path)) files.set(inner, bytes);
    else files.set(path, new Uint8Array(readFileSync(join(folder, path))));
  }
  return files;
}
