import { pipeline } from 'node:stream/promises';
import { type Connection, mongo } from 'mongoose';
import { ContentHash } from '#contract/quantities.ts';
import { AppError } from '../errors.ts';
import { type Blobs, contentHash, damagedFile, requireFileSize } from './blobs.ts';

/** Half a megabyte: a mesh is a few documents, and each stays far below the largest message. */
const CHUNK_BYTES = 2 ** 19;

/**
 * Keeps blobs in GridFS, named by their hash. Two coordinators that put the same file at once leave two copies of it,
 * either of which will do; a copy that does not bear its name is passed over.
 */
export function gridFsBlobs(connection: Connection): Blobs {
  const { db } = connection;
  if (db === undefined) throw new Error('the connection is not open');
  const bucket = new mongo.GridFSBucket(db, {
    bucketName: 'blobs',
    chunkSizeBytes: CHUNK_BYTES,
    writeConcern: { w: 'majority', journal: true },
  });

  const good = async (hash: ContentHash): Promise<{ copies: number; bytes?: Uint8Array }> => {
    const copies = await bucket.find({ filename: ContentHash.parse(hash) }).toArray();
    for (const { _id } of copies) {
      const bytes = await read(_id);
      if (bytes !== undefined && contentHash(bytes) === hash) return { copies: copies.length, bytes };
    }
    return { copies: copies.length };
  };
  const read = async (id: mongo.ObjectId): Promise<Uint8Array | undefined> => {
    try {
      const chunks: Uint8Array[] = [];
      for await (const chunk of bucket.openDownloadStream(id)) chunks.push(chunk);
      return new Uint8Array(Buffer.concat(chunks));
    } catch (error) {
      // A chunk is missing or too long. Anything else is no fault of the copy.
      if (error instanceof mongo.MongoGridFSChunkError) return undefined;
      throw error;
    }
  };

  return {
    async put(bytes) {
      requireFileSize(bytes);
      const hash = contentHash(bytes);
      // A damaged file is written anew: putting it again is how one mends it.
      if ((await good(hash)).bytes !== undefined) return hash;
      try {
        await pipeline([bytes], bucket.openUploadStream(hash));
      } catch (cause) {
        throw new AppError(
          'unavailable',
          `The file ${hash} cannot be written to the database. Try it again.`,
          {
            code: 'file.cannot-write',
            cause,
          },
        );
      }
      return hash;
    },
    async get(hash) {
      const { copies, bytes } = await good(hash);
      if (bytes === undefined && copies > 0) throw damagedFile(hash);
      return bytes;
    },
  };
}
