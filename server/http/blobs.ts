import { createHash } from 'node:crypto';
import { Router, raw } from 'express';
import { BLOB_BYTES_MAX } from '#contract/http.ts';
import { ContentHash } from '#contract/quantities.ts';
import type { Access } from '../accounts/access.ts';
import { AppError } from '../errors.ts';
import { contentTypeOf, HEAD_BYTES, safeDownloadName } from './blob-type.ts';
import { addressed } from './guards.ts';

/** Files by the SHA-256 of their content. */
export interface BlobShelf {
  get(hash: string): Promise<Uint8Array | undefined>;
  put(bytes: Uint8Array): Promise<string>;
}

/** A name that is a hash never means anything else. */
const FOR_EVER = 'public, max-age=31536000, immutable';

export function blobRoutes(blobs: BlobShelf, access: Access): Router {
  const router = Router();

  // Express answers HEAD from this route too.
  router.get('/:hash', async (request, response) => {
    const hash = addressed(ContentHash, request.params.hash, 'file');
    const bytes = await blobs.get(hash);
    if (bytes === undefined)
      throw new AppError('not-found', `There is no file ${hash} here.`, { code: 'file.unknown' });
    const name = safeDownloadName(request.query.name);
    response.set({
      'Cache-Control': FOR_EVER,
      ETag: `"${hash}"`,
      'Access-Control-Allow-Origin': '*',
      'Cross-Origin-Resource-Policy': 'cross-origin',
      // Whatever somebody stored, opened as a document it may do nothing.
      'Content-Security-Policy': "default-src 'none'; sandbox",
      'Content-Type': contentTypeOf(bytes.subarray(0, HEAD_BYTES), bytes.byteLength),
      ...(name === undefined ? {} : { 'Content-Disposition': `attachment; filename="${name}"` }),
    });
    response.send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  });

  router.put(
    '/:hash',
    async (request, _response, next) => {
      await access.requireBridge(request.headers.authorization);
      next();
    },
    raw({ type: () => true, limit: BLOB_BYTES_MAX }),
    async (request, response) => {
      const hash = addressed(ContentHash, request.params.hash, 'file');
      const body: unknown = request.body;
      const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
      const found = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
      if (found !== hash)
        throw new AppError('bad-input', `The file's hash is ${found}, not ${hash}: it changed on its way.`, {
          code: 'file.hash',
        });
      const isNew = (await blobs.get(hash)) === undefined;
      if (isNew) await blobs.put(bytes);
      response.status(isNew ? 201 : 200).json({ hash, bytes: bytes.length });
    },
  );

  return router;
}
