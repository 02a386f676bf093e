import * as ed25519 from '@noble/ed25519';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import type { VerifyEd25519 } from '#contract/ed25519.ts';

// The page also lives on plain http in a lab's network, where browsers have no WebCrypto: all hashing is JavaScript.
ed25519.hashes.sha512 = sha512;

/** RFC 8032 verification with the strict rules that every verifier of the log uses. */
export const verifyEd25519: VerifyEd25519 = (publicKey, message, signature) => {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
};

export { sha256 };
