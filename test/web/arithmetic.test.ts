import * as noble from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat } from '#contract/bytes.ts';
import { verifyEd25519 as verifyInNode } from '../../server/ledger/node-crypto.ts';
import { verifyEd25519 } from '../../web/ledger/whole-log/arithmetic.ts';
import { testSigner } from '../support/note-signer.ts';

const ORDER = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n;
/** A point of order eight, by its encoding. */
const TORSION = 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a';

const signer = testSigner('ada');
const message = fc.uint8Array({ maxLength: 80 });

function toBytes(number: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, at) => Number((number >> BigInt(8 * at)) & 255n));
}

function toNumber(bytes: Uint8Array): bigint {
  return bytes.reduceRight((number, byte) => (number << 8n) | BigInt(byte), 0n);
}

describe("the page's verdict on a signature", () => {
  it('is that of Node, for good signatures and for every kind of changed one', () => {
    fc.assert(
      fc.property(message, fc.nat(511), fc.nat(255), (words, bit, keyBit) => {
        const signature = signer.sign(words);
        expect(verifyEd25519(signer.publicKey, words, signature)).toBe(true);
        const flipped = Uint8Array.from(signature);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const otherKey = Uint8Array.from(signer.publicKey);
        otherKey[keyBit >> 3] = (otherKey[keyBit >> 3] ?? 0) ^ (1 << (keyBit & 7));
        for (const [key, sig] of [
          [signer.publicKey, flipped],
          [otherKey, signature],
          [signer.publicKey, signature.slice(0, 63)],
        ] as const)
          expect(verifyEd25519(key, words, sig)).toBe(false);
      }),
      { numRuns: 40 },
    );
  });

  it('is no for a response that is not reduced, which would give a second spelling', () => {
    const words = new Uint8Array([1, 2, 3]);
    const signature = signer.sign(words);
    const again = concat(signature.slice(0, 32), toBytes(toNumber(signature.slice(32)) + ORDER));
    expect([
      verifyEd25519(signer.publicKey, words, again),
      verifyInNode(signer.publicKey, words, again),
    ]).toEqual([false, false]);
  });

  it('is no, as in Node, for a signature that its own key holder has bent by a point of small order', () => {
    const words = new Uint8Array([4, 5, 6]);
    const scalar = 98_765_432_109_876_543_210n;
    const pointBytes = noble.Point.BASE.multiply(scalar).toBytes();
    const nonce = 12_345_678_901_234_567_890n;
    const bent = noble.Point.BASE.multiply(nonce).add(noble.Point.fromHex(TORSION)).toBytes();
    const challenge = toNumber(sha512(concat(bent, pointBytes, words))) % ORDER;
    const signature = concat(bent, toBytes((nonce + challenge * scalar) % ORDER));
    expect(noble.verify(signature, words, pointBytes, { zip215: false })).toBe(true);
    expect(verifyInNode(pointBytes, words, signature)).toBe(false);
    expect(verifyEd25519(pointBytes, words, signature)).toBe(false);
  });
});
