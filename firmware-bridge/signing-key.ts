import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toBase64Url } from '#contract/bytes.ts';
import { toDidKey } from '#contract/did-key.ts';
import { signingBytes } from '#contract/log-entry.ts';
import type { SignedFact } from '#contract/mqtt-topics.ts';

const FILE_NAME = 'signing-key.pem';
const ONLY_OWNER = 0o600;
/** An Ed25519 public key is 32 bytes at the end of its DER form (RFC 8410 §4). */
const PUBLIC_KEY_BYTES = 32;

export type Signer = {
  /** did:key, by which the ledger knows this bridge. */
  publicKey: string;
  sign: (body: SignedFact['body']) => SignedFact;
};

/** The bridge's Ed25519 key, made at its first start and readable by its owner only. It never leaves the folder. */
export function openSigningKey(folder: string): Signer {
  const path = join(folder, FILE_NAME);
  mkdirSync(folder, { recursive: true });
  if (!existsSync(path)) {
    const { privateKey } = generateKeyPairSync('ed25519');
    writeFileSync(path, privateKey.export({ format: 'pem', type: 'pkcs8' }), {
      mode: ONLY_OWNER,
      flag: 'wx',
    });
  }
  chmodSync(path, ONLY_OWNER);
  return signerOf(createPrivateKey(readFileSync(path)));
}

export function signerOf(secret: KeyObject): Signer {
  const der = createPublicKey(secret).export({ format: 'der', type: 'spki' });
  const publicKey = toDidKey(new Uint8Array(der.subarray(-PUBLIC_KEY_BYTES)));
  return {
    publicKey,
    sign: (body) => ({
      body,
      sig: { kid: publicKey, sig: toBase64Url(sign(null, signingBytes(body), secret)) },
    }),
  };
}
