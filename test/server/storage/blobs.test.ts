import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentHash, openFolderBlobs } from '../../../server/storage/blobs.ts';

describe('blobs in a folder', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'commonwright-blobs-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are found by their hash, and stored once', async () => {
    const blobs = openFolderBlobs(join(folder, 'blobs'));
    const bytes = Uint8Array.of(1, 2, 3);
    const hash = await blobs.put(bytes);
    expect(hash).toBe('sha256:039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81');
    expect(await blobs.put(bytes)).toBe(hash);
    expect(await blobs.get(hash)).toEqual(bytes);
    expect(readdirSync(join(folder, 'blobs', '03'))).toHaveLength(1);
    expect(await blobs.get(contentHash(Uint8Array.of(9)))).toBeUndefined();
  });

  it('that were damaged are refused, and mended by putting them again', async () => {
    const blobs = openFolderBlobs(folder);
    const hash = await blobs.put(Uint8Array.of(1, 2, 3));
    writeFileSync(join(folder, hash.slice(7, 9), hash.slice(9)), 'changed');
    await expect(blobs.get(hash)).rejects.toThrow(/is damaged/);
    await blobs.put(Uint8Array.of(1, 2, 3));
    expect(await blobs.get(hash)).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('never read a path that is no hash', async () => {
    await expect(openFolderBlobs(folder).get('sha256:../../etc/passwd')).rejects.toThrow(/content hash/);
  });

  it('say which folder cannot be written and what to do', () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    expect(() => openFolderBlobs(join(file, 'blobs'))).toThrow(/The folder .* cannot be written.*DATA_DIR/);
    expect(() => openFolderBlobs('/proc/commonwright')).toThrow(/cannot be written/);
  });
});
