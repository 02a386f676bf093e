// A thread that verifies and signs, many at a time. Plain JavaScript without imports of ours, so that it starts in milliseconds.
import { createPublicKey, sign, verify } from 'node:crypto';
import { parentPort } from 'node:worker_threads';

const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const KEYS_KEPT_MAX = 1_000;
const keys = new Map();

function publicKeyOf(bytes) {
  const x = bytes.toString('base64url');
  let key = keys.get(x);
  if (key === undefined) {
    key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    if (keys.size >= KEYS_KEPT_MAX) keys.clear();
    keys.set(x, key);
  }
  return key;
}

function isGood(publicKey, message, signature) {
  try {
    return verify(null, message, publicKeyOf(publicKey), signature);
  } catch {
    return false;
  }
}

/** Each item: the length of its message in four bytes, key, signature, message. One byte of answer for each. */
function verifyAll(bytes, count) {
  const verdicts = new Uint8Array(count);
  let at = 0;
  for (let item = 0; item < count; item += 1) {
    const length = bytes.readUInt32LE(at);
    const signatureAt = at + 4 + KEY_BYTES;
    const messageAt = signatureAt + SIGNATURE_BYTES;
    const message = bytes.subarray(messageAt, messageAt + length);
    const signature = bytes.subarray(signatureAt, messageAt);
    verdicts[item] = isGood(bytes.subarray(at + 4, signatureAt), message, signature) ? 1 : 0;
    at = messageAt + length;
  }
  return verdicts;
}

/** Each item: the length of its message in four bytes, and the message. 64 bytes of answer for each. */
function signAll(bytes, count, key) {
  const signatures = new Uint8Array(count * SIGNATURE_BYTES);
  let at = 0;
  for (let item = 0; item < count; item += 1) {
    const length = bytes.readUInt32LE(at);
    signatures.set(sign(null, bytes.subarray(at + 4, at + 4 + length), key), item * SIGNATURE_BYTES);
    at += 4 + length;
  }
  return signatures;
}

parentPort.on('message', ({ id, packed, count, key }) => {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  try {
    const value = key === undefined ? verifyAll(bytes, count) : signAll(bytes, count, key);
    parentPort.postMessage({ id, value }, [value.buffer]);
  } catch (error) {
    parentPort.postMessage({ id, fault: String(error) });
  }
});
