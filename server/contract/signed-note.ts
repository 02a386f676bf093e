import { concat, fromBase64, type Sha256, sameBytes, toBase64, toHex, utf8 } from './bytes.ts';
import { isGoodSignature, type VerifyEd25519 } from './ed25519.ts';

/** Signed notes and verifier keys as C2SP signed-note v1.0.0 writes them; Ed25519 signatures (type 0x01) only. */

const ED25519 = Uint8Array.of(0x01);
const KEY_ID_BYTES = 4;
const KEY_BYTES = 1 + 32;
/** Larger than any checkpoint with a hundred cosignatures; a hostile server cannot make a verifier read more. */
export const NOTE_CHARS_MAX = 64 * 1024;
const SIGNATURE_LINE = /^\u2014 ([^\s+]+) (\S+)$/u;

/** The name and public key of a signer. */
export interface NoteKey {
  name: string;
  publicKey: Uint8Array;
}

export interface NoteSignature {
  name: string;
  keyId: Uint8Array;
  signature: Uint8Array;
}

export interface Note {
  /** What is signed, with its last line's end. */
  text: string;
  signatures: NoteSignature[];
}

/** The first four bytes of SHA-256(name, line feed, signature type, public key). */
export function noteKeyId(sha256: Sha256, { name, publicKey }: NoteKey): Uint8Array {
  return sha256(concat(utf8(`${name}\n`), ED25519, publicKey)).slice(0, KEY_ID_BYTES);
}

/** `name+keyid+base64`, as policies and other verifiers take it. */
export function formatVerifierKey(sha256: Sha256, key: NoteKey): string {
  return `${key.name}+${toHex(noteKeyId(sha256, key))}+${toBase64(concat(ED25519, key.publicKey))}`;
}

/** @throws TypeError where the text is not an Ed25519 verifier key or its key id does not fit. */
export function parseVerifierKey(sha256: Sha256, text: string): NoteKey {
  const [, name, id, base64] = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/u.exec(text) ?? [];
  if (name === undefined || base64 === undefined) throw new TypeError('this is not a verifier key');
  const bytes = fromBase64(base64);
  if (bytes[0] !== ED25519[0] || bytes.length !== KEY_BYTES)
    throw new TypeError('the verifier key is not an Ed25519 key');
  const key = { name, publicKey: bytes.slice(1) };
  if (toHex(noteKeyId(sha256, key)) !== id) throw new TypeError('the verifier key and its key id do not fit');
  return key;
}

/** Signs a text that ends with a line feed and writes the note. */
export function formatNote(
  sha256: Sha256,
  text: string,
  key: NoteKey,
  sign: (message: Uint8Array) => Uint8Array,
): string {
  if (!isNoteText(text)) throw new TypeError('this text cannot be signed as a note');
  const signature = toBase64(concat(noteKeyId(sha256, key), sign(utf8(text))));
  return `${text}\n\u2014 ${key.name} ${signature}\n`;
}

/**
 * Reads a note; its signatures are not checked here.
 * @throws TypeError where the text is not a note.
 */
export function parseNote(text: string): Note {
  const split = text.lastIndexOf('\n\n');
  if (text.length > NOTE_CHARS_MAX || split < 1 || !isNoteText(text))
    throw new TypeError('this is not a signed note');
  const signatures = text
    .slice(split + 2, -1)
    .split('\n')
    .map(parseSignatureLine);
  return { text: text.slice(0, split + 1), signatures };
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

/**
 * Whether the note carries a good signature of this key. Signatures of other keys are ignored; one line that claims
 * this key and does not verify spoils the whole note.
 */
export function isSignedBy(sha256: Sha256, verify: VerifyEd25519, note: Note, key: NoteKey): boolean {
  const id = noteKeyId(sha256, key);
  const own = note.signatures.filter(({ name, keyId }) => name === key.name && sameBytes(keyId, id));
  const message = utf8(note.text);
  return (
    own.length > 0 && own.every(({ signature }) => isGoodSignature(verify, key.publicKey, message, signature))
  );
}
