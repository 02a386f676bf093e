import { concat, type Sha256, utf8 } from './bytes.ts';
import { isGoodSignature, type VerifyEd25519 } from './ed25519.ts';
import {
  formatSignatureLine,
  type Note,
  type NoteKey,
  noteKeyId,
  SIGNATURE_TYPE,
  signaturesOf,
} from './signed-note.ts';

/**
 * Cosignatures of witnesses as C2SP tlog-cosignature v1.0.1 writes them (Ed25519, type 0x04): "at this time, this was
 * the largest consistent tree that I had seen of this log".
 */

const TIME_BYTES = 8;
const SIGNATURE_BYTES = 64;

/**
 * The bytes that a witness signs.
 * @param checkpointText the whole text of the checkpoint, extension lines included, without its signature lines
 */
export function cosignedMessage(checkpointText: string, timeSeconds: number): Uint8Array {
  return utf8(`cosignature/v1\ntime ${timeSeconds}\n${checkpointText}`);
}

/**
 * The signature line of a witness, with its line feed.
 * @param timeSeconds since 1970 in UTC
 * @throws RangeError where the time is not a whole number of seconds.
 */
export function formatCosignature(
  sha256: Sha256,
  checkpointText: string,
  key: NoteKey,
  timeSeconds: number,
  sign: (message: Uint8Array) => Uint8Array,
): string {
  if (!Number.isSafeInteger(timeSeconds) || timeSeconds < 0)
    throw new RangeError('the time of a cosignature is a whole number of seconds since 1970');
  const time = new Uint8Array(TIME_BYTES);
  new DataView(time.buffer).setBigUint64(0, BigInt(timeSeconds));
  const signature = concat(time, sign(cosignedMessage(checkpointText, timeSeconds)));
  return formatSignatureLine({
    name: key.name,
    keyId: noteKeyId(sha256, key, SIGNATURE_TYPE.cosignature),
    signature,
  });
}

/** What a note says of a witness. `timeSeconds` is the newest where it signed more than once. */
export type CosignatureState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'good'; readonly timeSeconds: number }
  | { readonly kind: 'bad' };

/** Checks every line that claims to be a cosignature of this witness; one that does not verify spoils the note. */
export function cosignatureState(
  sha256: Sha256,
  verify: VerifyEd25519,
  note: Note,
  witness: NoteKey,
): CosignatureState {
  const own = signaturesOf(sha256, note, witness, SIGNATURE_TYPE.cosignature);
  if (own.length === 0) return { kind: 'absent' };
  const times = own.map((bytes) => timeOf(verify, note.text, witness.publicKey, bytes));
  const good = times.filter((time) => time !== undefined);
  return good.length === times.length ? { kind: 'good', timeSeconds: Math.max(...good) } : { kind: 'bad' };
}

/** Undefined where the bytes are no cosignature by this key. */
function timeOf(
  verify: VerifyEd25519,
  text: string,
  publicKey: Uint8Array,
  bytes: Uint8Array,
): number | undefined {
  if (bytes.length !== TIME_BYTES + SIGNATURE_BYTES) return undefined;
  const time = new DataView(bytes.buffer, bytes.byteOffset, TIME_BYTES).getBigUint64(0);
  // The format allows times up to 2^63 − 1; those that a number cannot hold are millions of years ahead.
  if (time > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  const timeSeconds = Number(time);
  const message = cosignedMessage(text, timeSeconds);
  return isGoodSignature(verify, publicKey, message, bytes.subarray(TIME_BYTES)) ? timeSeconds : undefined;
}
