import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFolderBlobs } from '../../../server/storage/blobs.ts';
import { blobsContract } from './blobs-contract.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'commonwright-blobs-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('blobs in a folder', () => {
  blobsContract(async () => ({
    open: async () => openFolderBlobs(join(folder, 'blobs')),
    damage: async (hash) => writeFileSync(join(folder, 'blobs', hash.slice(7, 9), hash.slice(9)), 'changed'),
    end: async () => {},
  }));

  it('are stored once', async () => {
    const blobs = openFolderBlobs(folder);
    await blobs.put(Uint8Array.of(1, 2, 3));
    await blobs.put(Uint8Array.of(1, 2, 3));
    expect(readdirSync(join(folder, '03'))).toHaveLength(1);
  });

  it('say which folder cannot be written and what to do', () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    expect(() => openFolderBlobs(join(file, 'blobs'))).toThrow(/The folder .* cannot be written.*DATA_DIR/);
    expect(() => openFolderBlobs('/proc/commonwright')).toThrow(/cannot be written/);
  });
});
