/** Bytes as text and as numbers, the same in a browser and in Node. */

export type Sha256 = (bytes: Uint8Array) => Uint8Array;

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const URL_ALPHABET = `${ALPHABET.slice(0, 62)}-_`;
const encoder = new TextEncoder();
// `ignoreBOM` keeps a byte order mark as a character, so that it is noticed instead of silently dropped.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** @throws TypeError where the bytes are not well-formed UTF-8. */
export function fromUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at += 1) if (one[at] !== other[at]) return false;
  return true;
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Every two digits by their value. */
function digitPairs(alphabet: string): string[] {
  return [...alphabet].flatMap((first) => [...alphabet].map((second) => first + second));
}

const PAIRS = digitPairs(ALPHABET);
const URL_PAIRS = digitPairs(URL_ALPHABET);

/** Standard base64 with padding (RFC 4648 §4). */
export function toBase64(bytes: Uint8Array): string {
  const text = toDigits(bytes, PAIRS);
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}

function toDigits(bytes: Uint8Array, pairs: readonly string[]): string {
  let text = '';
  let at = 0;
  for (; at + 2 < bytes.length; at += 3) {
    const group = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    text += (pairs[group >> 12] ?? '') + (pairs[group & 4_095] ?? '');
  }
  const left = bytes.length - at;
  if (left === 0) return text;
  const group = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8);
  return text + (pairs[group >> 12] ?? '') + (left === 2 ? (pairs[group & 4_095] ?? '').slice(0, 1) : '');
}

/**
 * Standard base64 in its one canonical spelling.
 * @throws TypeError for anything else.
 */
export function fromBase64(text: string): Uint8Array {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  if (text.length % 4 !== 0) throw notBase64();
  return fromDigits(text, text.length - padding, DIGITS);
}

const NO_DIGIT = 255;

/** The value of each ASCII character as a digit. */
function digitTable(alphabet: string): Uint8Array {
  const table = new Uint8Array(128).fill(NO_DIGIT);
  for (let value = 0; value < alphabet.length; value += 1) table[alphabet.charCodeAt(value)] = value;
  return table;
}

const DIGITS = digitTable(ALPHABET);
const URL_DIGITS = digitTable(URL_ALPHABET);

function fromDigits(text: string, count: number, digits: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.floor((count * 3) / 4));
  let held = 0;
  let bits = 0;
  let to = 0;
  for (let at = 0; at < count; at += 1) {
    const value = digits[text.charCodeAt(at)] ?? NO_DIGIT;
    if (value === NO_DIGIT) throw notBase64();
    held = (held << 6) | value;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[to] = held >> bits;
    to += 1;
    held &= (1 << bits) - 1;
  }
  // Bits left over in the last digit would give one value two spellings.
  if (bits === 6 || held !== 0) throw notBase64();
  return bytes;
}

function notBase64(): TypeError {
  return new TypeError('this is not base64 in its canonical spelling');
}

/** base64url without padding (RFC 4648 §5), as entries carry signatures and hashes. */
export function toBase64Url(bytes: Uint8Array): string {
  return toDigits(bytes, URL_PAIRS);
}

/**
 * base64url without padding in its one canonical spelling.
 * @throws TypeError for anything else.
 */
export function fromBase64Url(text: string): Uint8Array {
  return fromDigits(text, text.length, URL_DIGITS);
}
