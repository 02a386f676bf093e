import * as crypto from 'node:crypto';
import { type Sha256, toBase64Url } from '#contract/bytes.ts';
import type { VerifyEd25519 } from '#contract/ed25519.ts';

/** SHA-256 and Ed25519 by Node's own library, in the shapes that the contract's functions take. */

/** The one-shot function is half as dear again for small inputs; it came with Node 20.12. */
export const sha256: Sha256 =
  'hash' in crypto
    ? (bytes) => new Uint8Array(crypto.hash('sha256', bytes, 'buffer'))
    : (bytes) => new Uint8Array(crypto.createHash('sha256').update(bytes).digest());

/** Importing a key costs as much as a tenth of a verification; a log has few keys. */
const KEYS_KEPT_MAX = 1_000;
const keysByText = new Map<string, crypto.KeyObject>();

export const verifyEd25519: VerifyEd25519 = (publicKey, message, signature) =>
  crypto.verify(null, message, keyOf(publicKey), signature);

/** The same on Node's pool of threads. */
export function verifyEd25519OnAllCores(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    crypto.verify(null, message, keyOf(publicKey), signature, (error, isGood) =>
      error === null ? resolve(isGood) : reject(error),
    );
  });
}

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
