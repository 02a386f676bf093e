import { toHex } from './bytes.ts';

/**
 * Ed25519 (RFC 8032). The arithmetic comes from outside: node:crypto in the server, @noble/ed25519 in a browser,
 * which must be called with `zip215: false`.
 */
export type VerifyEd25519 = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

const PUBLIC_KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

/** 2^255 − 19, the prime of the field. */
const FIELD_PRIME = 2n ** 255n - 19n;

/** The y coordinates of the points whose order divides 8, in hexadecimal, least byte first. */
const SMALL_ORDER_Y: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
]);

/**
 * Whether a public key may be used: 32 bytes, a canonical y, and not one of the 14 encodings of small-order points,
 * for which anyone can make signatures. Node's OpenSSL accepts those in some versions, so they are refused here.
 */
export function isUsablePublicKey(publicKey: Uint8Array): boolean {
  if (publicKey.length !== PUBLIC_KEY_BYTES) return false;
  const y = Uint8Array.from(publicKey);
  // The highest bit is the sign of x.
  y[31] = (y[31] ?? 0) & 0x7f;
  return BigInt(`0x${toHex(y.toReversed())}`) < FIELD_PRIME && !SMALL_ORDER_Y.has(toHex(y));
}

/** The one verdict on a signature, the same in the server, the page and a stranger's verifier. */
export function isGoodSignature(
  verify: VerifyEd25519,
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  return (
    signature.length === SIGNATURE_BYTES &&
    isUsablePublicKey(publicKey) &&
    verify(publicKey, message, signature)
  );
}
