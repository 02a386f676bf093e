import { z } from 'zod';
import { readBundle } from '#contract/log-tiles.ts';
import { leafHash } from '#contract/merkle.ts';
import { AppError } from '../errors.ts';
import { sha256 } from '../ledger/node-crypto.ts';
import type { EntryRow, StoredCommit } from '../storage/storage.ts';
import { wordsOf } from './log-files.ts';

/**
 * What a row needs of an entry. The entry as a whole is not judged here: its bytes are vouched for by the commit or by
 * the tree, and copying must be as fast as the disk.
 */
const RowFields = z.object({
  body: z.object({ id: z.string().min(1), stream: z.string().min(1) }),
  log: z.object({ prev: z.string().nullable(), rev: z.int().nonnegative(), time: z.int().nonnegative() }),
});
type RowFields = z.infer<typeof RowFields>;

/** The rows of a commit, made from its entries. @throws AppError `ledger.damaged` naming the entry. */
export function rowsOf(commit: StoredCommit, chain?: QuickChain): EntryRow[] {
  const leaves = leavesOf(commit);
  return leaves.map((leaf, at) =>
    rowOf(leaf, commit.first + at, commit.number, leafHash(sha256, leaf), chain),
  );
}

/** @param hash leaf hash of the entry, from whoever has computed it already */
export function rowOf(
  leaf: Uint8Array,
  index: number,
  commit: number,
  hash: Uint8Array,
  chain?: QuickChain,
): EntryRow {
  let fields: RowFields;
  try {
    fields = RowFields.parse(
      JSON.parse(Buffer.from(leaf.buffer, leaf.byteOffset, leaf.length).toString('utf8')),
    );
  } catch (error) {
    throw damagedCopy(`entry ${index} cannot be read (${wordsOf(error)})`);
  }
  const { body, log } = fields;
  const fault = chain?.take(body.stream, log, hash);
  if (fault !== undefined) throw damagedCopy(`entry ${index} cannot stand where it is: ${fault}`);
  return { index, commit, stream: body.stream, rev: log.rev, id: body.id, leafHash: hash };
}

function leavesOf(commit: StoredCommit): Uint8Array[] {
  let leaves: Uint8Array[] = [];
  try {
    leaves = readBundle(commit.bundle);
  } catch {
    // It is found out just below.
  }
  if (leaves.length !== commit.count)
    throw damagedCopy(`commit ${commit.number} does not hold ${commit.count} entries`);
  return leaves;
}

/** Follows streams and time: the same rule as the ledger's, on the few fields that were read. */
export class QuickChain {
  readonly #ends = new Map<string, { rev: number; hash: string }>();
  #latestMs = 0;

  /** Why the entry does not follow from those before it; undefined where it does. */
  take(stream: string, log: RowFields['log'], hash: Uint8Array): string | undefined {
    const end = this.#ends.get(stream);
    if (log.rev !== (end === undefined ? 0 : end.rev + 1) || log.prev !== (end?.hash ?? null))
      return `it does not follow from the entry before it in ${stream}`;
    if (log.time < this.#latestMs) return 'it is older than the entry before it';
    this.#latestMs = log.time;
    this.#ends.set(stream, { rev: log.rev, hash: Buffer.from(hash).toString('base64url') });
    return undefined;
  }
}

export function damagedCopy(what: string): AppError {
  return new AppError('unavailable', `The ledger is not what was written: ${what}.`, {
    code: 'ledger.damaged',
  });
}
