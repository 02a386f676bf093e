import { afterEach, beforeEach, expect, it } from 'vitest';
import { BLOB_BYTES_MAX } from '#contract/http.ts';
import type { ContentHash } from '#contract/quantities.ts';
import { type Blobs, contentHash } from '../../../server/storage/blobs.ts';

export interface BlobsOnTrial {
  /** Another one on the same place, as another coordinator has one. */
  open: () => Promise<Blobs>;
  /** Changes what is stored, behind everybody's back. */
  damage: (hash: ContentHash) => Promise<void>;
  end: () => Promise<void>;
}

/** What every place for files has to do; to be called inside a `describe`. */
export function blobsContract(begin: () => Promise<BlobsOnTrial>): void {
  let place: BlobsOnTrial;
  let blobs: Blobs;
  beforeEach(async () => {
    place = await begin();
    blobs = await place.open();
  });
  afterEach(() => place.end());

  it('are found by their hash', async () => {
    const bytes = Uint8Array.of(1, 2, 3);
    const hash = await blobs.put(bytes);
    expect(hash).toBe('sha256:039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81');
    expect(await blobs.put(bytes)).toBe(hash);
    expect(await blobs.get(hash)).toStrictEqual(bytes);
    expect(await (await place.open()).get(hash)).toEqual(bytes);
    expect(await blobs.get(contentHash(Uint8Array.of(9)))).toBeUndefined();
  });

  it('may be empty, and as large as a mesh', async () => {
    const large = new Uint8Array(3 * 2 ** 20 + 1).map((_, at) => at * 7 + (at >> 13));
    for (const bytes of [new Uint8Array(), large]) {
      const found = await blobs.get(await blobs.put(bytes));
      expect(found && Buffer.compare(found, bytes)).toBe(0);
    }
  });

  it('are refused where they are larger than any may be', async () => {
    await expect(blobs.put(new Uint8Array(BLOB_BYTES_MAX + 1))).rejects.toMatchObject({
      code: 'file.too-large',
    });
  });

  it('that were damaged are refused, and mended by putting them again', async () => {
    const hash = await blobs.put(Uint8Array.of(1, 2, 3));
    await place.damage(hash);
    await expect(blobs.get(hash)).rejects.toThrow(/is damaged/);
    await blobs.put(Uint8Array.of(1, 2, 3));
    expect(await blobs.get(hash)).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('may be put by several at once', async () => {
    const bytes = new Uint8Array(2 ** 20).fill(5);
    const others = await Promise.all([place.open(), place.open()]);
    const hashes = await Promise.all([blobs, ...others].map((one) => one.put(bytes)));
    expect(new Set(hashes)).toEqual(new Set([contentHash(bytes)]));
    expect((await blobs.get(contentHash(bytes)))?.length).toBe(bytes.length);
  });

  it('never read a name that is no hash', async () => {
    await expect(blobs.get('sha256:../../etc/passwd')).rejects.toThrow(/content hash/);
  });
}
