import { Router, raw } from 'express';
import { AppError } from '../errors.ts';
import { noSuchAddress } from './problem-details.ts';

/** The witness of this server: cosigns checkpoints of other logs (C2SP tlog-witness v1.0.0). */
export interface WitnessDesk {
  addCheckpoint(body: Uint8Array): Promise<{ status: number; contentType: string; text: string }>;
  /** The newest cosigned checkpoint of a log, by the SHA-256 of its origin in hexadecimal. */
  checkpoint(originHash: string): Promise<string | undefined>;
}

/** The longest proof and a note with dozens of signatures fit; nothing else is ever sent here. */
const BODY_BYTES_MAX = 160 * 1024;

/**
 * For machines: the signature of a known log on the checkpoint is the only key that is asked for. Scripts of other
 * websites may read, like the log itself, and may not post.
 */
export function witnessRoutes(desk: WitnessDesk | undefined): Router {
  const router = Router();
  router.use((_request, response, next) => {
    response.set({ 'Access-Control-Allow-Origin': '*', 'Cross-Origin-Resource-Policy': 'cross-origin' });
    response.setHeader('Cache-Control', 'no-cache');
    next();
  });
  if (desk === undefined) {
    router.use(() => {
      throw new AppError(
        'not-found',
        'This server witnesses no log; WITNESS_FOR names those that it should.',
        {
          code: 'witness.none',
        },
      );
    });
    return router;
  }
  router.post(
    '/add-checkpoint',
    raw({ type: () => true, limit: BODY_BYTES_MAX, inflate: false }),
    async (request, response) => {
      const body: unknown = request.body;
      const bytes = Buffer.isBuffer(body) ? new Uint8Array(body) : new Uint8Array();
      const answer = await desk.addCheckpoint(bytes);
      response.status(answer.status);
      // Not `type()`: it would add a charset, and the specification wants the bare type.
      response.setHeader('Content-Type', answer.contentType);
      response.end(answer.text);
    },
  );
  router.get('/:origin/checkpoint', async (request, response) => {
    const { origin } = request.params;
    const note = /^[0-9a-f]{64}$/.test(origin) ? await desk.checkpoint(origin) : undefined;
    if (note === undefined)
      throw new AppError('not-found', 'This witness has cosigned no such log.', { code: 'witness.unknown' });
    response.setHeader('Content-Type', 'text/plain; charset=utf-8');
    response.end(note);
  });
  router.use(noSuchAddress);
  return router;
}
