import * as ed25519 from '@noble/ed25519';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { concat } from '#contract/bytes.ts';
import type { VerifyEd25519 } from '#contract/ed25519.ts';

// The page also lives on plain http in a lab's network, where browsers have no WebCrypto: all hashing is JavaScript.
ed25519.hashes.sha512 = sha512;

const { Point } = ed25519;
/** Order of the group that the base point makes (RFC 8032 §5.1). */
const ORDER = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n;
const HALF = 32;

/**
 * RFC 8032 verification without the cofactor, [S]B − [k]A = R byte for byte, as Node's OpenSSL does it. The library's own
 * multiplies both sides by eight and so accepts signatures that whoever holds a key can make to be judged differently
 * elsewhere; a ledger needs one verdict.
 */
export const verifyEd25519: VerifyEd25519 = (publicKey, message, signature) => {
  try {
    const commitment = signature.subarray(0, HALF);
    const response = numberOf(signature.subarray(HALF));
    if (signature.length !== 2 * HALF || response >= ORDER) return false;
    const challenge = numberOf(sha512(concat(commitment, publicKey, message))) % ORDER;
    const found = Point.BASE.multiplyUnsafe(response).subtract(
      Point.fromBytes(publicKey, false).multiplyUnsafe(challenge),
    );
    return found.toBytes().every((byte, at) => byte === commitment[at]);
  } catch {
    return false;
  }
};

/** The lowest byte comes first. */
function numberOf(bytes: Uint8Array): bigint {
  let number = 0n;
  for (let at = bytes.length - 1; at >= 0; at -= 1) number = (number << 8n) | BigInt(bytes[at] ?? 0);
  return number;
}

export { sha256 };
