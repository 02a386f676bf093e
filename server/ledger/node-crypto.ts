import * as crypto from 'node:crypto';
import { type Sha256, toBase64Url } from '#contract/bytes.ts';
import type { VerifyEd25519 } from '#contract/ed25519.ts';

/** SHA-256 and Ed25519 by Node's own library, in the shapes that the contract's functions take. */

/** The one-shot function is half as dear again for small inputs; it came with Node 20.12. */
const digest: (bytes: Uint8Array) => Buffer =
  'hash' in crypto
    ? (bytes) => crypto.hash('sha256', bytes, 'buffer')
    : (bytes) => crypto.createHash('sha256').update(bytes).digest();

/** A plain array over the same bytes: a Buffer would say other things of itself, e.g. as JSON. */
export const sha256: Sha256 = (bytes) => {
  const { buffer, byteOffset, byteLength } = digest(bytes);
  return new Uint8Array(buffer, byteOffset, byteLength);
};

/** SHA-256 of parts one after the other, without a copy of all of them. */
export function sha256OfParts(parts: readonly Uint8Array[]): Uint8Array {
  const hash = crypto.createHash('sha256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

/** Importing a key costs as much as a tenth of a verification; a log has few keys. */
const KEYS_KEPT_MAX = 1_000;
const keysByText = new Map<string, crypto.KeyObject>();

export const verifyEd25519: VerifyEd25519 = (publicKey, message, signature) =>
  crypto.verify(null, message, keyOf(publicKey), signature);

function keyOf(publicKey: Uint8Array): crypto.KeyObject {
  const x = toBase64Url(publicKey);
  let key = keysByText.get(x);
  if (key === undefined) {
    key = crypto.createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    if (keysByText.size >= KEYS_KEPT_MAX) keysByText.clear();
    keysByText.set(x, key);
  }
  return key;
}
