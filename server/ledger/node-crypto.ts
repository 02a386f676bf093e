import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { type Sha256, toBase64Url } from '#contract/bytes.ts';
import type { VerifyEd25519 } from '#contract/ed25519.ts';

/** SHA-256 and Ed25519 by Node's own library, in the shapes that the contract's functions take. */

export const sha256: Sha256 = (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest());

/** Importing a key costs as much as a tenth of a verification; a log has few keys. */
const KEYS_KEPT_MAX = 1_000;
const keysByText = new Map<string, KeyObject>();

export const verifyEd25519: VerifyEd25519 = (publicKey, message, signature) => {
  const x = toBase64Url(publicKey);
  let key = keysByText.get(x);
  if (key === undefined) {
    key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    if (keysByText.size >= KEYS_KEPT_MAX) keysByText.clear();
    keysByText.set(x, key);
  }
  return verify(null, message, key, signature);
};
