import { fromBase64 } from '#contract/bytes.ts';
import type { EntryProof } from '#contract/http.ts';
import { formatTlogProof } from '#contract/tlog-proof.ts';

/** As C2SP tlog-proof writes it: with the entry and the log's key it can be checked by anyone's program, offline. */
export function receiptOf({ index, hashes, checkpoint }: EntryProof): string {
  return formatTlogProof({ index, hashes: hashes.map((hash) => fromBase64(hash)), checkpoint });
}
