import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Slug } from '#contract/manufacturing.ts';
import { AppError } from '../errors.ts';
import { keepPrivate, makePrivateFile } from '../private-file.ts';

const hexHash = z.string().regex(/^[0-9a-f]{64}$/);

/** How hashes of bridge keys were kept before they moved into the store that several servers share. */
const KeyFile = z.object({ v: z.literal(1), bridgeKeyHashes: z.record(Slug, hexHash) });

const ONLY_OWNER_ENTERS = 0o700;

/** Where the server's own secrets are kept; never in the ledger, never served. */
export interface KeyStore {
  /** The server's own key for commands, as it is: whoever can read this file can act anyway. */
  commandKey(): string | undefined;
  /** Keeps a key, unless there is one already; gives the one that counts. */
  keepCommandKey(key: string): string;
  /** For people: the file that holds the command key. */
  readonly commandKeyPlace: string;
  /** Hashes of bridge keys that an earlier version kept in a file here. */
  readonly formerBridgeKeys: ReadonlyMap<string, string>;
}

/** Keeps keys in `folder`, readable by the server's own user only. Several servers may share it. */
export function openKeyStore(folder: string): KeyStore {
  mkdirSync(folder, { recursive: true, mode: ONLY_OWNER_ENTERS });
  keepPrivate(folder, ONLY_OWNER_ENTERS);
  const commandKeyPlace = join(folder, 'command-key.txt');
  const readCommandKey = () => {
    const key = readText(commandKeyPlace)?.trim();
    return key === '' ? undefined : key;
  };
  let command = readCommandKey();
  return {
    commandKeyPlace,
    formerBridgeKeys: readFormerKeys(join(folder, 'bridge-keys.json')),
    commandKey: () => {
      // Another server that shares the folder may have made it since.
      command ??= readCommandKey();
      return command;
    },
    keepCommandKey(key) {
      makePrivateFile(commandKeyPlace, `${key}\n`);
      command = readCommandKey();
      if (command !== undefined) return command;
      throw new AppError(
        'unavailable',
        `There is no key in ${commandKeyPlace}. Delete the file, and start the server again.`,
      );
    },
  };
}

/** Keeps keys as long as the process lives. */
export function memoryKeyStore(): KeyStore {
  let command: string | undefined;
  return {
    commandKeyPlace: 'memory',
    formerBridgeKeys: new Map(),
    commandKey: () => command,
    keepCommandKey: (key) => {
      command ??= key;
      return command;
    },
  };
}

function readFormerKeys(place: string): ReadonlyMap<string, string> {
  const text = readText(place);
  if (text === undefined) return new Map();
  try {
    return new Map(Object.entries(KeyFile.parse(JSON.parse(text)).bridgeKeyHashes));
  } catch (cause) {
    throw new AppError(
      'unavailable',
      `${place} cannot be read as a list of bridge keys. Bring back a copy of it, or move it away and issue new keys.`,
      { cause },
    );
  }
}

function readText(place: string): string | undefined {
  try {
    return readFileSync(place, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw cause;
  }
}
