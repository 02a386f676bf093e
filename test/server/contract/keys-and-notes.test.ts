import { hashes, Point, verify } from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';
import { describe, expect, it } from 'vitest';
import { fromBase64, toBase64, toHex, utf8 } from '#contract/bytes.ts';
import { parseCheckpoint } from '#contract/checkpoint.ts';
import { fromDidKey, toDidKey } from '#contract/did-key.ts';
import { isUsablePublicKey } from '#contract/ed25519.ts';
import { frameEntries, parseTilePath, readBundle, tilePath } from '#contract/log-tiles.ts';
import { formatVerifierKey, isSignedBy, parseNote, parseVerifierKey } from '#contract/signed-note.ts';
import { sha256, verifyEd25519 } from '../../../server/ledger/node-crypto.ts';

hashes.sha512 = sha512;
const VERIFIER_KEY = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
const TEXT = 'This is an example message.\n';
const LINE =
  '\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n';

describe('signed notes', () => {
  const key = parseVerifierKey(sha256, VERIFIER_KEY);

  it('verify the example of C2SP signed-note, in Node and with the arithmetic that browsers get', () => {
    const note = parseNote(`${TEXT}\n${LINE}`);
    expect(formatVerifierKey(sha256, key)).toBe(VERIFIER_KEY);
    expect(isSignedBy(sha256, verifyEd25519, note, key)).toBe(true);
    const browser = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) =>
      verify(signature, message, publicKey, { zip215: false });
    expect(isSignedBy(sha256, browser, note, key)).toBe(true);
  });

  it('verify the example of the Go library that they come from, with both of its signers', () => {
    const text =
      "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    const lines = [
      '\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n',
      '\u2014 EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n',
    ];
    const note = parseNote(`${text}\n${lines.join('')}`);
    for (const verifierKey of [
      'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
      'EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop',
    ])
      expect(isSignedBy(sha256, verifyEd25519, note, parseVerifierKey(sha256, verifierKey))).toBe(true);
  });

  it('ignore the signatures of unknown keys, and are spoilt by a wrong one of the known key', () => {
    const stranger = `\u2014 elsewhere.example ${toBase64(new Uint8Array(68))}\n`;
    expect(isSignedBy(sha256, verifyEd25519, parseNote(`${TEXT}\n${stranger}${LINE}`), key)).toBe(true);
    expect(isSignedBy(sha256, verifyEd25519, parseNote(`${TEXT}\n${stranger}`), key)).toBe(false);
    const wrong = LINE.replace('Uw2QOkn8', 'Uw2QOkn9');
    expect(isSignedBy(sha256, verifyEd25519, parseNote(`${TEXT}\n${LINE}${wrong}`), key)).toBe(false);
    expect(isSignedBy(sha256, verifyEd25519, parseNote(`another\n\n${LINE}`), key)).toBe(false);
  });

  it.each([
    '',
    'text\n',
    `${TEXT}${LINE}`,
    `a\tb\n\n${LINE}`,
    `${TEXT}\n${LINE.trim()}`,
    `${TEXT}\nno line\n`,
  ])('refuse %j', (text) => expect(() => parseNote(text)).toThrow(TypeError));

  it('refuse a verifier key whose key id does not fit', () => {
    expect(() => parseVerifierKey(sha256, VERIFIER_KEY.replace('530d', '530e'))).toThrow(/do not fit/);
  });
});

describe('checkpoints', () => {
  const root = toBase64(new Uint8Array(32));
  it.each([
    `o\n01\n${root}\n`,
    `o\n-1\n${root}\n`,
    `o\n1\nAAAA\n`,
    `o\n1\n${root}`,
    `\n1\n${root}\n`,
    `o\n9007199254740993\n${root}\n`,
  ])('refuse %j', (text) => expect(() => parseCheckpoint(text)).toThrow(TypeError));
});

describe('Ed25519 keys', () => {
  const hex = '2e6fcce36701dc791488e0d0b1745cc1e33a4c1c9fcc41c63bd343dbbe0970e6';
  const didKey = 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK';

  it('are written as did:key and read back', () => {
    expect(toDidKey(Uint8Array.from(Buffer.from(hex, 'hex')))).toBe(didKey);
    expect(toHex(fromDidKey(didKey) ?? new Uint8Array())).toBe(hex);
    for (const wrong of [
      '',
      didKey.slice(0, -1),
      `${didKey}1`,
      didKey.replace('z6Mk', 'z6LS'),
      `${didKey.slice(0, -1)}0`,
    ])
      expect(fromDidKey(wrong)).toBeUndefined();
  });

  it('of small order are refused in all 14 encodings, and so is y beyond the field', () => {
    const p = 2n ** 255n - 19n;
    const order8 = 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a';
    const y8 = BigInt(`0x${toHex(Uint8Array.from(Buffer.from(order8, 'hex')).reverse())}`);
    expect(Point.fromHex(order8).multiply(8n, false).is0()).toBe(true);
    const encodings = [0n, 1n, p - 1n, y8, p - y8, p, p + 1n].flatMap((y) => [y, y + 2n ** 255n]);
    expect(new Set(encodings).size).toBe(14);
    for (const encoding of [...encodings, p + 18n]) {
      const bytes = Uint8Array.from(Buffer.from(encoding.toString(16).padStart(64, '0'), 'hex')).reverse();
      expect(isUsablePublicKey(bytes)).toBe(false);
    }
    expect(isUsablePublicKey(Uint8Array.from(Buffer.from(hex, 'hex')))).toBe(true);
    expect(isUsablePublicKey(new Uint8Array(31).fill(9))).toBe(false);
  });
});

describe('tiles', () => {
  it('have the paths of C2SP tlog-tiles, and no other spelling', () => {
    expect(tilePath({ level: 0, index: 1_234_067, width: 256 })).toBe('tile/0/x001/x234/067');
    expect(tilePath({ level: 'entries', index: 273, width: 112 })).toBe('tile/entries/273.p/112');
    for (const path of ['tile/0/000', 'tile/entries/x001/x234/067.p/8', 'tile/2/000.p/1'])
      expect(tilePath(parseTilePath(path) ?? { level: 0, index: -1, width: 0 })).toBe(path);
    for (const path of [
      'tile/0/0',
      'tile/0/x000/001',
      'tile/0/000.p/256',
      'tile/0/000.p/0',
      'tile/9/000',
      '../tile/0/000',
      'tile/0/001/234',
    ])
      expect(parseTilePath(path)).toBeUndefined();
  });

  it('frame entries with their length, and notice a bundle that is cut off', () => {
    const entries = [utf8(''), utf8('a'), new Uint8Array(300).fill(7)];
    const bundle = frameEntries(entries);
    expect(readBundle(bundle)).toEqual(entries);
    expect(() => readBundle(bundle.subarray(0, -1))).toThrow(RangeError);
    expect(() => readBundle(Uint8Array.of(0))).toThrow(RangeError);
    expect(() => frameEntries([new Uint8Array(65_536)])).toThrow(RangeError);
  });
});

describe('base64', () => {
  it('has one spelling for each value', () => {
    for (let length = 0; length < 20; length += 1) {
      const bytes = Uint8Array.from({ length }, (_, at) => (at * 37 + length) % 256);
      expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
      expect(fromBase64(toBase64(bytes))).toEqual(bytes);
    }
    for (const text of ['A', 'AB==', 'AA=', 'A-==', 'AA==\n'])
      expect(() => fromBase64(text)).toThrow(TypeError);
  });
});
