import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { fromBase64Url } from '#contract/bytes.ts';
import { toDidKey } from '#contract/did-key.ts';
import type { LogKeys, SigningKey } from '../../server/ledger/log-keys.ts';

/** What stands before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410 §7). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A key that is the same in every run, and signs without other threads: never for anything but tests. */
export function fixedKey(name: string): SigningKey {
  const seed = createHash('sha256').update(name).digest();
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
  const publicKey = fromBase64Url(createPublicKey(key).export({ format: 'jwk' }).x ?? '');
  const signOne = (message: Uint8Array) => new Uint8Array(sign(null, message, key));
  return {
    publicKey,
    didKey: toDidKey(publicKey),
    sign: signOne,
    signMany: async (messages) => messages.map(signOne),
  };
}

export function fixedLogKeys(name: string): LogKeys {
  return { checkpoint: fixedKey(`${name} checkpoint`), entries: fixedKey(`${name} entries`) };
}
