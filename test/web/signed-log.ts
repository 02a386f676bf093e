import * as ed25519 from '@noble/ed25519';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { toBase64, utf8 } from '#contract/bytes.ts';
import { formatCheckpoint } from '#contract/checkpoint.ts';
import type { EntryProof } from '#contract/http.ts';
import { leafHash, nodeHash } from '#contract/merkle.ts';
import { formatNote, formatVerifierKey } from '#contract/signed-note.ts';

ed25519.hashes.sha512 = sha512;

/** A real log of five entries with a real key, small enough to join by hand: ((0 1)(2 3)) 4. */
export function signedLog() {
  const origin = 'example.org/log';
  const secretKey = new Uint8Array(32).fill(7);
  const key = { name: origin, publicKey: ed25519.getPublicKey(secretKey) };
  const leaves = [0, 1, 2, 3, 4].map((at) => `{"body":{"type":"order.placed"},"log":{"rev":${at}}}`);
  const hashes = leaves.map((leaf) => leafHash(sha256, utf8(leaf)));
  const at = (index: number) => hashes[index] ?? new Uint8Array(32);
  const left = nodeHash(sha256, at(0), at(1));
  const right = nodeHash(sha256, at(2), at(3));
  const four = nodeHash(sha256, left, right);
  const root = nodeHash(sha256, four, at(4));
  const sign = (message: Uint8Array) => ed25519.sign(message, secretKey);
  const checkpoint = formatNote(sha256, formatCheckpoint({ origin, size: 5, root }), key, sign);
  const proof: EntryProof = {
    index: 2,
    leaf: leaves[2] ?? '',
    size: 5,
    hashes: [at(3), left, at(4)].map((hash) => toBase64(hash)),
    checkpoint,
  };
  return { proof, verifierKey: formatVerifierKey(sha256, key), otherHash: toBase64(at(0)) };
}
