import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fromBase64Url, toBase64Url } from '#contract/bytes.ts';
import { toDidKey } from '#contract/did-key.ts';
import { type EntryBody, type EntrySignature, signingBytes } from '#contract/log-entry.ts';
import { AppError } from '../errors.ts';
import { keepPrivate, makePrivateFile } from '../private-file.ts';
import { signOnAllCores } from './signature-threads.ts';

/** The key that signs checkpoints, in the private folder. */
export const CHECKPOINT_KEY_FILE = 'checkpoint-key.pem';

export interface SigningKey {
  readonly publicKey: Uint8Array;
  readonly didKey: string;
  sign(message: Uint8Array): Uint8Array;
  /** Signatures in the order of the messages; many are made on all cores. */
  signMany(messages: readonly Uint8Array[]): Promise<Uint8Array[]>;
}

/** Fewer are signed at once where they are: handing them over costs more than a signature. */
const SHARED_OUT_FROM = 8;

/** The key that signs checkpoints and the one that signs the server's own entries: never the same one. */
export interface LogKeys {
  readonly checkpoint: SigningKey;
  readonly entries: SigningKey;
  /** The key that signed entries before the last rotation, until the ledger has entered the new one. */
  readonly previousEntries?: SigningKey;
}

const ENTRY_KEY = 'entry-key.pem';
const PREVIOUS_ENTRY_KEY = 'entry-key.previous.pem';

/**
 * Reads the keys of a log from a private folder, or makes them; each file is readable by its owner only.
 * @throws AppError `unavailable` naming the file that cannot be read or made.
 */
export function loadLogKeys(privateFolder: string): LogKeys {
  const previous = join(privateFolder, PREVIOUS_ENTRY_KEY);
  return {
    checkpoint: loadKey(join(privateFolder, CHECKPOINT_KEY_FILE)),
    // Where a rotation was interrupted between its two steps, this makes the new key.
    entries: loadKey(join(privateFolder, ENTRY_KEY)),
    ...(existsSync(previous) ? { previousEntries: loadKey(previous) } : {}),
  };
}

/**
 * Makes a fresh key for entries and keeps the old one beside it, so that the next start can sign the change with it.
 * @throws AppError `ledger.no-key` where there is no ledger, `ledger.rotation-waits` where the last rotation has not
 *   been entered yet: its old key would be lost.
 */
export function rotateEntryKey(privateFolder: string): { former: string; key: string } {
  const [current, previous] = [join(privateFolder, ENTRY_KEY), join(privateFolder, PREVIOUS_ENTRY_KEY)];
  if (existsSync(previous))
    throw new AppError(
      'conflict',
      'The last change of the key is not in the ledger yet. Start the server once.',
      {
        code: 'ledger.rotation-waits',
      },
    );
  if (!existsSync(current))
    throw new AppError('not-found', `There is no key of a ledger in ${privateFolder}.`, {
      code: 'ledger.no-key',
    });
  const former = loadKey(current).didKey;
  renameSync(current, previous);
  return { former, key: loadKey(current).didKey };
}

/** Throws the former key away, when the ledger has entered the new one. */
export function forgetPreviousEntryKey(privateFolder: string): void {
  rmSync(join(privateFolder, PREVIOUS_ENTRY_KEY), { force: true });
}

/** A key's signature over a body, as an entry carries it. */
export function signBody(key: SigningKey, body: EntryBody): EntrySignature {
  return { kid: key.didKey, sig: toBase64Url(key.sign(signingBytes(body))) };
}

/** Fresh keys that are kept nowhere, for a log that lives in memory. */
export function newLogKeys(): LogKeys {
  return { checkpoint: fromPem(newPem()), entries: fromPem(newPem()) };
}

/**
 * Reads a key from a file, or makes it; the file is readable by its owner only.
 * @throws AppError `unavailable` naming the file that cannot be read or made.
 */
export function loadKey(file: string): SigningKey {
  try {
    if (!existsSync(file)) {
      mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 });
      // Where another server that shares the folder is faster, its key counts.
      makePrivateFile(file, newPem());
    }
    keepPrivate(file);
    return fromPem(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new AppError(
      'unavailable',
      `The ledger's key ${file} cannot be used. Restore it from a copy: without it nobody can continue this ledger.`,
      { code: 'ledger.key', cause },
    );
  }
}

function newPem(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function fromPem(pem: string): SigningKey {
  const key = createPrivateKey(pem);
  const publicKey = fromBase64Url(createPublicKey(key).export({ format: 'jwk' }).x ?? '');
  return {
    publicKey,
    didKey: toDidKey(publicKey),
    sign: (message) => new Uint8Array(sign(null, message, key)),
    signMany: async (messages) =>
      messages.length < SHARED_OUT_FROM
        ? messages.map((message) => new Uint8Array(sign(null, message, key)))
        : signOnAllCores(key, messages),
  };
}
