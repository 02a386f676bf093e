import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { fromBase64Url } from '#contract/bytes.ts';

/** PKCS #8 of an Ed25519 private key, up to its 32 bytes. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

export interface TestSigner {
  readonly name: string;
  readonly publicKey: Uint8Array;
  readonly sign: (message: Uint8Array) => Uint8Array;
}

/** A signer whose key follows from its name, so that what it signs is the same in every run. */
export function testSigner(name: string): TestSigner {
  const seed = createHash('sha256').update(`key of ${name}`).digest();
  const key = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, seed]),
    format: 'der',
    type: 'pkcs8',
  });
  const publicKey = fromBase64Url(createPublicKey(key).export({ format: 'jwk' }).x ?? '');
  return { name, publicKey, sign: (message) => new Uint8Array(sign(null, message, key)) };
}
