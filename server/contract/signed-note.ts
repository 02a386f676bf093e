import { concat, fromBase64, type Sha256, sameBytes, toBase64, toHex, utf8 } from './bytes.ts';
import { isGoodSignature, isUsablePublicKey, type VerifyEd25519 } from './ed25519.ts';

/** Signed notes and verifier keys as C2SP signed-note v1.0.0 writes them. Keys are Ed25519 keys, of two types. */

/** Signature types: the byte says what a key signs, so that a signature of one type is never taken for the other. */
export const SIGNATURE_TYPE = {
  /** Over the note's text: the log's own. */
  note: 0x01,
  /** Over the time and the note's text, as C2SP tlog-cosignature says: a witness's. */
  cosignature: 0x04,
} as const;
export type SignatureType = (typeof SIGNATURE_TYPE)[keyof typeof SIGNATURE_TYPE];

const KEY_ID_BYTES = 4;
const KEY_BYTES = 1 + 32;
/**
 * Larger than any checkpoint with 16 signatures of 5 kB, which a verifier must accept; a hostile server cannot make
 * one read more.
 */
export const NOTE_CHARS_MAX = 128 * 1024;
const KEY_NAME = /^[^\s+]+$/u;
const SIGNATURE_LINE = /^\u2014 ([^\s+]+) (\S+)$/u;

/** The name and public key of a signer. */
export interface NoteKey {
  readonly name: string;
  readonly publicKey: Uint8Array;
}

export interface NoteSignature {
  readonly name: string;
  readonly keyId: Uint8Array;
  readonly signature: Uint8Array;
}

export interface Note {
  /** What is signed, with its last line's end. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** The first four bytes of SHA-256(name, line feed, signature type, public key). */
export function noteKeyId(
  sha256: Sha256,
  { name, publicKey }: NoteKey,
  type: SignatureType = SIGNATURE_TYPE.note,
): Uint8Array {
  return sha256(concat(utf8(`${name}\n`), Uint8Array.of(type), publicKey)).slice(0, KEY_ID_BYTES);
}

/**
 * `name+keyid+base64`, as policies and other verifiers take it.
 * @throws TypeError where the name or the key cannot be used.
 */
export function formatVerifierKey(
  sha256: Sha256,
  key: NoteKey,
  type: SignatureType = SIGNATURE_TYPE.note,
): string {
  requireUsable(key);
  return `${key.name}+${toHex(noteKeyId(sha256, key, type))}+${toBase64(concat(Uint8Array.of(type), key.publicKey))}`;
}

/** @throws TypeError where the text is not an Ed25519 verifier key of this type or its key id does not fit. */
export function parseVerifierKey(
  sha256: Sha256,
  text: string,
  type: SignatureType = SIGNATURE_TYPE.note,
): NoteKey {
  const [, name, id, base64] = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/u.exec(text) ?? [];
  if (name === undefined || base64 === undefined) throw new TypeError('this is not a verifier key');
  const bytes = fromBase64(base64);
  if (bytes[0] !== type || bytes.length !== KEY_BYTES)
    throw new TypeError(`the verifier key is not an Ed25519 key of type 0x0${type}`);
  const key = { name, publicKey: bytes.slice(1) };
  if (toHex(noteKeyId(sha256, key, type)) !== id)
    throw new TypeError('the verifier key and its key id do not fit');
  requireUsable(key);
  return key;
}

function requireUsable({ name, publicKey }: NoteKey): void {
  if (!KEY_NAME.test(name) || !isNoteText(`${name}\n`))
    throw new TypeError("a signer's name has neither spaces nor a plus sign");
  if (!isUsablePublicKey(publicKey))
    throw new TypeError(`the key of ${name} is one for which anyone can make signatures, or none at all`);
}

/** Signs a text that ends with a line feed and writes the note. */
export function formatNote(
  sha256: Sha256,
  text: string,
  key: NoteKey,
  sign: (message: Uint8Array) => Uint8Array,
): string {
  if (!isNoteText(text)) throw new TypeError('this text cannot be signed as a note');
  const id = noteKeyId(sha256, key);
  return `${text}\n${formatSignatureLine({ name: key.name, keyId: id, signature: sign(utf8(text)) })}`;
}

/** One line under a note, with its line feed. */
export function formatSignatureLine({ name, keyId, signature }: NoteSignature): string {
  return `\u2014 ${name} ${toBase64(concat(keyId, signature))}\n`;
}

/**
 * The note with more signature lines under it; a line that is there already is not written twice.
 * @throws TypeError where the note or a line cannot be read.
 */
export function addSignatureLines(note: string, lines: readonly string[]): string {
  const there = new Set(note.slice(parseNote(note).text.length + 1).split('\n'));
  const fresh = lines.filter((line) => !there.has(line.trimEnd()));
  const whole = note + fresh.join('');
  parseNote(whole);
  return whole;
}

/**
 * Reads a note; its signatures are not checked here.
 * @throws TypeError where the text is not a note.
 */
export function parseNote(text: string): Note {
  const split = text.lastIndexOf('\n\n');
  if (text.length > NOTE_CHARS_MAX || split < 1 || !isNoteText(text))
    throw new TypeError('this is not a signed note');
  const signatures = parseSignatureLines(text.slice(split + 2));
  return { text: text.slice(0, split + 1), signatures };
}

/**
 * Signature lines by themselves, as a witness answers.
 * @throws TypeError where a line is no signature or the last one has no end.
 */
export function parseSignatureLines(text: string): NoteSignature[] {
  if (text.length > NOTE_CHARS_MAX || !isNoteText(text)) throw new TypeError('these are no signature lines');
  return text.slice(0, -1).split('\n').map(parseSignatureLine);
}

function parseSignatureLine(line: string): NoteSignature {
  const [, name, base64] = SIGNATURE_LINE.exec(line) ?? [];
  if (name === undefined || base64 === undefined)
    throw new TypeError('the note has a line that is no signature');
  const bytes = fromBase64(base64);
  if (bytes.length <= KEY_ID_BYTES) throw new TypeError('the note has an empty signature');
  return { name, keyId: bytes.slice(0, KEY_ID_BYTES), signature: bytes.slice(KEY_ID_BYTES) };
}

/** Ends with a line feed and holds no other control character below U+0020, and no half of a surrogate pair. */
function isNoteText(text: string): boolean {
  if (!text.endsWith('\n') || /\p{Surrogate}/u.test(text)) return false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x20 && code !== 0x0a) return false;
  }
  return true;
}

/** The signatures that claim to be of this key. Those of other keys are to be ignored, whatever they are. */
export function signaturesOf(
  sha256: Sha256,
  note: Pick<Note, 'signatures'>,
  key: NoteKey,
  type: SignatureType,
): Uint8Array[] {
  const id = noteKeyId(sha256, key, type);
  return note.signatures
    .filter(({ name, keyId }) => name === key.name && sameBytes(keyId, id))
    .map(({ signature }) => signature);
}

/** What a note says of a key: nothing, signed by it, or a line that claims the key and does not verify. */
export type SignatureState = 'absent' | 'good' | 'bad';

/** One line that claims the key and does not verify spoils the whole note. */
export function signatureState(
  sha256: Sha256,
  verify: VerifyEd25519,
  note: Note,
  key: NoteKey,
): SignatureState {
  const own = signaturesOf(sha256, note, key, SIGNATURE_TYPE.note);
  const message = utf8(note.text);
  if (own.length === 0) return 'absent';
  return own.every((signature) => isGoodSignature(verify, key.publicKey, message, signature))
    ? 'good'
    : 'bad';
}

/** Whether the note carries a good signature of this key, and none that only claims to be. */
export function isSignedBy(sha256: Sha256, verify: VerifyEd25519, note: Note, key: NoteKey): boolean {
  return signatureState(sha256, verify, note, key) === 'good';
}
