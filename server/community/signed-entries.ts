import { toBase64Url } from '#contract/bytes.ts';
import type { AppendResult, SignedEntry } from '#contract/signed-entries.ts';
import { recordSignedEntry } from '../commons/record-signed-entry.ts';
import { AppError } from '../errors.ts';
import type { Receipt } from '../ledger/command.ts';
import type { CommonsLedger } from './commons-ledger.ts';

/**
 * Takes entries that their authors have signed: checks all signatures on all cores, then lets each be judged by the rule of its
 * type. Resolves when what was accepted is durable.
 * @throws AppError `ledger.busy` where too much waits already, and whatever makes the whole ledger unavailable; then nothing
 *   is certain about any of them, and sending them again does no harm.
 */
export async function appendSigned(
  ledger: Pick<CommonsLedger, 'submit' | 'checkSignatures'>,
  entries: readonly SignedEntry[],
): Promise<AppendResult[]> {
  const areGood = await ledger.checkSignatures(entries);
  const submitted = entries.map((entry, at) =>
    areGood[at] === true
      ? ledger.submit((state, context) => recordSignedEntry(state, entry, context), { ids: [entry.body.id] })
      : undefined,
  );
  const settled = await Promise.allSettled(submitted);
  return settled.map((outcome, at) => resultOf(entries[at]?.body.id ?? '', outcome));
}

function resultOf(id: string, outcome: PromiseSettledResult<Receipt | undefined>): AppendResult {
  if (outcome.status === 'rejected') {
    const error: unknown = outcome.reason;
    if (!(error instanceof AppError) || error.kind === 'unavailable' || error.code === 'ledger.busy')
      throw error;
    return refused(id, error.code, error.message);
  }
  if (outcome.value === undefined) return wrongSignature(id);
  const own = outcome.value.entries.find(({ body }) => body.id === id);
  if (own !== undefined) return { id, index: own.index, leafHash: toBase64Url(own.leafHash) };
  // The rule found it recorded already, and had nothing to add.
  return refused(id, 'entry.recorded-already', 'This was recorded already, as part of something else.');
}

function wrongSignature(id: string): AppendResult {
  return refused(
    id,
    'ledger.wrong-signature',
    'A signature does not fit the body, or its key is not allowed.',
  );
}

function refused(id: string, code: string, detail: string): AppendResult {
  return { id, refused: { code, detail } };
}
