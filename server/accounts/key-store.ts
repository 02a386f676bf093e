import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Slug } from '#contract/manufacturing.ts';
import { AppError } from '../errors.ts';

const hexHash = z.string().regex(/^[0-9a-f]{64}$/);

/** Bridge keys belong to labs, so only their hashes are kept. */
const KeyFile = z.object({ v: z.literal(1), bridgeKeyHashes: z.record(Slug, hexHash) });
type KeyFile = z.infer<typeof KeyFile>;

/** Where keys are kept; never in the ledger, never served. */
export interface KeyStore {
  bridgeKeyHash(lab: string): string | undefined;
  bridgeKeyHashes(): Iterable<readonly [lab: string, hash: string]>;
  keepBridgeKeyHash(lab: string, hash: string): void;
  /** The server's own key for commands, as it is: whoever can read this file can act anyway. */
  commandKey(): string | undefined;
  keepCommandKey(key: string): void;
  /** For people: the file that holds the command key. */
  readonly commandKeyPlace: string;
}

/** Keeps keys in `folder`, readable by the server's own user only. */
export function openKeyStore(folder: string): KeyStore {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const bridgePlace = join(folder, 'bridge-keys.json');
  const commandKeyPlace = join(folder, 'command-key.txt');
  const hashes = new Map(Object.entries(readKeyFile(bridgePlace).bridgeKeyHashes));
  let command = readText(commandKeyPlace)?.trim();
  return {
    commandKeyPlace,
    bridgeKeyHash: (lab) => hashes.get(lab),
    bridgeKeyHashes: () => hashes.entries(),
    keepBridgeKeyHash(lab, hash) {
      hashes.set(lab, hash);
      const content: KeyFile = { v: 1, bridgeKeyHashes: Object.fromEntries(hashes) };
      writeDurably(bridgePlace, `${JSON.stringify(content, undefined, 2)}\n`);
    },
    commandKey: () => command,
    keepCommandKey(key) {
      command = key;
      writeDurably(commandKeyPlace, `${key}\n`);
    },
  };
}

/** Keeps keys as long as the process lives. */
export function memoryKeyStore(): KeyStore {
  const hashes = new Map<string, string>();
  let command: string | undefined;
  return {
    commandKeyPlace: 'memory',
    bridgeKeyHash: (lab) => hashes.get(lab),
    bridgeKeyHashes: () => hashes.entries(),
    keepBridgeKeyHash: (lab, hash) => {
      hashes.set(lab, hash);
    },
    commandKey: () => command,
    keepCommandKey: (key) => {
      command = key;
    },
  };
}

function readKeyFile(place: string): KeyFile {
  const text = readText(place);
  if (text === undefined) return { v: 1, bridgeKeyHashes: {} };
  try {
    return KeyFile.parse(JSON.parse(text));
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

/** New file, synced, then renamed over the old one: a crash leaves the old or the new content, nothing between. */
function writeDurably(place: string, text: string): void {
  const fresh = `${place}.new`;
  const file = openSync(fresh, 'w', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(fresh, place);
}
