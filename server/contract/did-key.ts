import { concat } from './bytes.ts';

/** did:key of an Ed25519 public key: `z`, then base58btc of the multicodec prefix 0xed01 and the 32 bytes. */

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const PREFIX = Uint8Array.of(0xed, 0x01);
const KEY_BYTES = 32;
/** 34 bytes starting with 0xed are always 47 digits and the `z`. */
const DID_KEY = /^did:key:z(6Mk[1-9A-HJ-NP-Za-km-z]{44})$/;

export function toDidKey(publicKey: Uint8Array): string {
  if (publicKey.length !== KEY_BYTES) throw new TypeError('an Ed25519 public key is 32 bytes');
  let number = 0n;
  for (const byte of concat(PREFIX, publicKey)) number = number * 256n + BigInt(byte);
  let digits = '';
  for (; number > 0n; number /= 58n) digits = ALPHABET.charAt(Number(number % 58n)) + digits;
  return `did:key:z${digits}`;
}

/** The 32 bytes of the key; undefined where the text is not the did:key of an Ed25519 key. */
export function fromDidKey(didKey: string): Uint8Array | undefined {
  const digits = DID_KEY.exec(didKey)?.[1];
  if (digits === undefined) return undefined;
  let number = 0n;
  for (const digit of digits) number = number * 58n + BigInt(ALPHABET.indexOf(digit));
  const bytes = new Uint8Array(PREFIX.length + KEY_BYTES);
  for (let at = bytes.length - 1; at >= 0; at -= 1, number /= 256n) bytes[at] = Number(number % 256n);
  const isEd25519 = number === 0n && bytes[0] === PREFIX[0] && bytes[1] === PREFIX[1];
  return isEd25519 ? bytes.slice(PREFIX.length) : undefined;
}
