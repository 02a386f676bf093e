import { json, Router } from 'express';
import { fromBase64 } from '#contract/bytes.ts';
import { AppendEntries, type AppendResult, type EntriesAppended } from '#contract/signed-entries.ts';
import { formatTlogProof } from '#contract/tlog-proof.ts';
import { AppError } from '../errors.ts';
import { addressed, checked } from './guards.ts';
import { Index, type LedgerDesk } from './ledger.ts';

/** A full request of the largest entries would be 8 MiB; the usual one is a tenth of a megabyte. */
const REQUEST_BYTES_MAX = 8 * 2 ** 20;

/**
 * What authors append, and what they take home: `POST /log/entries`, and the receipt of an entry as C2SP tlog-proof. Whoever
 * signs with an enrolled key needs no other key.
 */
export function logEntryRoutes(desk: LedgerDesk): Router {
  const router = Router();

  router.post('/entries', json({ limit: REQUEST_BYTES_MAX }), async (request, response) => {
    const { entries } = checked(AppendEntries, request.body);
    const results = await desk.append(entries);
    const isToBePublished = wish(request.headers.prefer) === 'published';
    const checkpoint = isToBePublished ? (await desk.published()).checkpoint : undefined;
    const appended: EntriesAppended = {
      acknowledged: isToBePublished ? 'published' : 'durable',
      results,
      ...(checkpoint === undefined ? {} : { checkpoint }),
    };
    response
      // Packing some kilobytes of receipts would cost more than sending them.
      .set('Cache-Control', 'no-store, no-transform')
      .set('Preference-Applied', `wait=${appended.acknowledged}`)
      .status(statusOf(results))
      .json(appended);
  });

  router.get('/receipt/:index', async (request, response) => {
    const index = addressed(Index, request.params.index, 'entry');
    const proof = await desk.proof(index);
    if (proof === undefined)
      throw new AppError('not-found', `The ledger has no entry ${index} yet.`, { code: 'entry.unknown' });
    const { hashes, checkpoint } = proof;
    response
      .type('text/plain; charset=utf-8')
      .attachment(`entry-${index}.tlog-proof`)
      .set('Cache-Control', 'no-cache')
      .send(formatTlogProof({ index, hashes: hashes.map((text) => fromBase64(text)), checkpoint }));
  });

  return router;
}

/** One refused entry alone is a refusal; in a batch each has its own answer. */
function statusOf(results: readonly AppendResult[]): number {
  const [only] = results;
  if (results.length === 1 && only !== undefined && 'refused' in only) return 422;
  return 200;
}

/** `Prefer: wait=published` (RFC 7240). */
function wish(prefer: string | string[] | undefined): 'durable' | 'published' {
  const words = [prefer ?? []].flat().join(',');
  return /(?:^|[,;\s])wait\s*=\s*"?published"?(?:$|[,;\s])/i.test(words) ? 'published' : 'durable';
}
