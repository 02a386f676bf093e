import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toHex } from '#contract/bytes.ts';
import { type Policy, parsePolicy } from '#contract/tlog-policy.ts';
import { AppError } from '../errors.ts';
import { loadKey } from '../ledger/log-keys.ts';
import { sha256 } from '../ledger/node-crypto.ts';
import type { Storage } from '../storage/storage.ts';
import { createWitness, type Witness } from './witness.ts';

export const WITNESS_KEY_FILE = 'witness-key.pem';

/**
 * Opens the witness of a server.
 * @param parts.policyFile its `log` lines name the logs to witness
 * @throws AppError `bad-input` where the file cannot be read or names no log.
 */
export function openWitness(parts: {
  policyFile: string;
  /** A URL without scheme; left out, the witness is named after its key. */
  name: string | undefined;
  storage: Storage;
  privateFolder: string;
  nowMs: () => number;
}): Witness {
  const { policyFile, storage, nowMs } = parts;
  const logs = readPolicyFile(policyFile, 'WITNESS_FOR').logs.map((log) => log.key);
  if (logs.length === 0)
    throw new AppError('bad-input', `${policyFile} (WITNESS_FOR) names no log to witness.`, {
      code: 'witness.no-log',
    });
  // Not the key of the own log: a witness that is the log itself vouches for nothing.
  const key = loadKey(join(parts.privateFolder, WITNESS_KEY_FILE));
  const name = parts.name ?? `commonwright.local/witness-${toHex(sha256(key.publicKey)).slice(0, 16)}`;
  return createWitness({ storage, name, key, logs, nowMs });
}

/**
 * Reads a policy (C2SP tlog-policy) from a file.
 * @param setting the one that names the file, for the sentence that says no
 * @throws AppError `bad-input` naming the file, and the line with the mistake.
 */
export function readPolicyFile(file: string, setting: string): Policy {
  try {
    return parsePolicy(sha256, readFileSync(file, 'utf8'));
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('bad-input', `${file} (${setting}) cannot be used: ${words}.`, {
      code: 'witness.policy',
      cause,
    });
  }
}
