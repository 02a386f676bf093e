import { createHash } from 'node:crypto';
import { z } from 'zod';
import { fromUtf8 } from '#contract/bytes.ts';
import { readBundle } from '#contract/log-tiles.ts';
import { leafHash } from '#contract/merkle.ts';
import { AppError } from '../errors.ts';
import type { MongoCommits } from './mongo-commits.ts';
import { bytesOf, type CommitDocument, type MongoConnection } from './mongo-connection.ts';
import type { EntryRow, Storage } from './storage.ts';

/** Ids that are looked for in one query. */
const IDS_AT_ONCE = 256;

/** What of a leaf says where it belongs. */
const Placed = z.object({
  body: z.object({ id: z.string(), stream: z.string() }),
  log: z.object({ rev: z.int() }),
});

/**
 * Where entries lie: read from the bundles, and found by the lists of ids and streams beside them. Fast where the
 * server has indexes on these; otherwise it reads all commits, and finds the same.
 */
export function mongoEntries(
  { commits: model }: MongoConnection,
  commits: MongoCommits,
): Pick<Storage, 'rowsById' | 'lastOfStream' | 'rowsOfStream' | 'rows'> {
  const rowsOf = (document: CommitDocument) => rowsOfDocument(document, commits.numberOf(document));
  const _id = commits.ofLog;
  return {
    async rowsById(ids) {
      const wanted = new Set(ids);
      const rows: EntryRow[] = [];
      for (let at = 0; at < ids.length; at += IDS_AT_ONCE) {
        const some = ids.slice(at, at + IDS_AT_ONCE);
        const documents = await model.find({ ids: { $in: some }, _id }).lean();
        for (const row of documents.flatMap(rowsOf)) if (wanted.delete(row.id)) rows.push(row);
      }
      return rows;
    },
    async lastOfStream(stream) {
      const newest = await model.findOne({ streams: stream, _id }).sort({ _id: -1 }).lean();
      return newest === null ? undefined : rowsOf(newest).findLast((row) => row.stream === stream);
    },
    async rowsOfStream(stream, fromRev, limit) {
      const rows: EntryRow[] = [];
      // Whoever asks for a revision in the middle asks for one near the end.
      const isFromEnd = fromRev > 0;
      const documents = model
        .find({ streams: stream, _id })
        .sort({ _id: isFromEnd ? -1 : 1 })
        .lean()
        .cursor();
      for await (const document of documents) {
        const found = rowsOf(document).filter((row) => row.stream === stream);
        if (isFromEnd) found.reverse();
        rows.push(...found.filter(({ rev }) => rev >= fromRev));
        if (isFromEnd ? (found.at(-1)?.rev ?? fromRev) <= fromRev : rows.length >= limit) break;
      }
      if (isFromEnd) rows.reverse();
      return rows.slice(0, limit);
    },
    async rows(from, count) {
      const rows: EntryRow[] = [];
      let number = await commits.numberWith(from);
      while (number !== undefined && (rows.at(-1)?.index ?? 0) < from + count - 1) {
        const document = await commits.document(number);
        if (document === undefined) break;
        rows.push(...rowsOf(document));
        number += 1;
      }
      return rows.filter(({ index }) => index >= from && index < from + count);
    },
  };
}

/** Ids and streams are given as they are beside the bundle, so that a damaged one is not hidden by the bundle. */
function rowsOfDocument({ first, bundle, ids, streams }: CommitDocument, commit: number): EntryRow[] {
  const named = new Set(streams);
  try {
    return readBundle(bytesOf(bundle)).map((leaf, at) => {
      const { body, log } = Placed.parse(JSON.parse(fromUtf8(leaf)));
      return {
        ...{ index: first + at, commit, rev: log.rev, id: ids[at] ?? '' },
        stream: named.has(body.stream) ? body.stream : '',
        leafHash: leafHash(sha256, leaf),
      };
    });
  } catch (cause) {
    throw new AppError('unavailable', `Commit ${commit} in the database cannot be read; it was changed.`, {
      code: 'storage.damaged',
      cause,
    });
  }
}

function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}
