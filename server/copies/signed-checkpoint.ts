import { fromUtf8, sameBytes } from '#contract/bytes.ts';
import { type Checkpoint, parseCheckpoint } from '#contract/checkpoint.ts';
import { isSignedBy, type NoteKey, parseNote, parseVerifierKey } from '#contract/signed-note.ts';
import { AppError } from '../errors.ts';
import { sha256, verifyEd25519 } from '../ledger/node-crypto.ts';
import { wordsOf } from './log-files.ts';

/** What is wrong with a log that shows one tree here and another one there. */
export type LogFault = 'fork' | 'rollback';

export interface SignedCheckpoint extends Checkpoint {
  /** The whole note, with its signatures. */
  readonly note: string;
}

/**
 * Reads a checkpoint and checks that the log signed it.
 * @param where whose checkpoint it is, for the sentence that says no
 * @throws AppError `log.not-signed` where it is no checkpoint, of another log, or not signed by its key.
 */
export function openCheckpoint(bytes: Uint8Array, key: NoteKey, where: string): SignedCheckpoint {
  try {
    const note = fromUtf8(bytes);
    const parsed = parseNote(note);
    const checkpoint = parseCheckpoint(parsed.text);
    if (checkpoint.origin !== key.name) throw new Error(`it is of ${checkpoint.origin}, not of ${key.name}`);
    if (!isSignedBy(sha256, verifyEd25519, parsed, key)) throw new Error("it is not signed by the log's key");
    return { ...checkpoint, note };
  } catch (cause) {
    throw new AppError('conflict', `The checkpoint of ${where} cannot be trusted: ${wordsOf(cause)}.`, {
      code: 'log.not-signed',
      cause,
    });
  }
}

/** @throws AppError `bad-input` where the text is no verifier key. */
export function readVerifierKey(text: string): NoteKey {
  try {
    return parseVerifierKey(sha256, text);
  } catch (cause) {
    throw new AppError('bad-input', `"${text.slice(0, 120)}" cannot be used: ${wordsOf(cause)}.`, {
      code: 'log.key',
      cause,
    });
  }
}

/**
 * How a log stands to a checkpoint of the same log that somebody kept: undefined where the log has grown from it.
 * @param rootAt root of the log's first entries; asked only for sizes that it has
 */
export async function faultAgainst(
  log: { size: number; rootAt: (size: number) => Promise<Uint8Array> },
  kept: Checkpoint,
): Promise<LogFault | undefined> {
  if (kept.size > log.size) return 'rollback';
  return sameBytes(await log.rootAt(kept.size), kept.root) ? undefined : 'fork';
}
