import { Router } from 'express';
import { z } from 'zod';
import type { EntryProof, LedgerHead } from '#contract/http.ts';
import type { AppendResult, SignedEntry } from '#contract/signed-entries.ts';
import { AppError } from '../errors.ts';
import { addressed } from './guards.ts';

export interface LedgerDesk {
  head(): Promise<LedgerHead>;
  /** The entry with its inclusion proof in the newest signed checkpoint; undefined beyond the end. */
  proof(index: number): Promise<EntryProof | undefined>;
  /** A file of the published log by its path under `/log/`, e.g. `tile/0/x001/234`; undefined where there is none. */
  logFile(path: string): Promise<LogFile | undefined>;
  /** Appends what others have signed; says of each what became of it, when it is durable. */
  append(entries: readonly SignedEntry[]): Promise<AppendResult[]>;
  /** Resolves when a signed checkpoint covers everything appended before the call. */
  published(): Promise<LedgerHead>;
}

export interface LogFile {
  bytes: Uint8Array;
  contentType: string;
  /** Full tiles never change; the checkpoint and partial tiles do. */
  isImmutable: boolean;
}

export const Index = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

export function ledgerRoutes(desk: LedgerDesk): Router {
  const router = Router();
  router.get('/', async (_request, response) => {
    response.setHeader('Cache-Control', 'no-cache');
    response.json(await desk.head());
  });
  return router;
}

export function entryRoutes(desk: LedgerDesk): Router {
  const router = Router();
  router.get('/:index', async (request, response) => {
    const index = addressed(Index, request.params.index, 'entry');
    const proof = await desk.proof(index);
    if (proof === undefined)
      throw new AppError('not-found', `The ledger has no entry ${index} yet.`, { code: 'entry.unknown' });
    response.json(proof);
  });
  return router;
}

/** The log as a mirror reads it: plain GETs, open to every website (C2SP tlog-tiles). */
export function logRoutes(desk: LedgerDesk): Router {
  const router = Router();
  router.use((_request, response, next) => {
    response.set({ 'Access-Control-Allow-Origin': '*', 'Cross-Origin-Resource-Policy': 'cross-origin' });
    next();
  });
  router.get('/{*path}', async (request, response) => {
    const file = await desk.logFile(decodeURIComponent(request.path.slice(1)));
    if (file === undefined)
      throw new AppError('not-found', `The log has no ${request.path}.`, { code: 'log.unknown' });
    response.set({
      'Content-Type': file.contentType,
      'Cache-Control': file.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    });
    response.send(Buffer.from(file.bytes.buffer, file.bytes.byteOffset, file.bytes.byteLength));
  });
  return router;
}
