import { createHash, timingSafeEqual } from 'node:crypto';

/** 256 random bits: nobody guesses it, so a plain SHA-256 of it is enough to keep; no slow hash is needed. */
export const KEY_BYTES = 32;

/** What a key is for stands in front, so that a leaked one can be recognised by people and by secret scanners. */
export type KeyPurpose = 'cw-command' | 'cw-bridge';

export function makeKey(purpose: KeyPurpose, randomBytes: (count: number) => Buffer): string {
  return `${purpose}-${randomBytes(KEY_BYTES).toString('base64url')}`;
}

export function hashOfKey(key: string): string {
  return createHash('sha256').update(key, 'utf8').digest('hex');
}

/** Compares in constant time: both sides are hashes of equal length, whatever was given. */
export function isKeyOf(given: string, hash: string): boolean {
  const wanted = Buffer.from(hash, 'hex');
  const offered = createHash('sha256').update(given, 'utf8').digest();
  return wanted.length === offered.length && timingSafeEqual(wanted, offered);
}

/** The key in `Authorization: Bearer KEY`, undefined where there is none. */
export function bearerKey(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S{1,200}) *$/i.exec(authorization ?? '')?.[1];
}
