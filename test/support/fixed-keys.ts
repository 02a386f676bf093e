import { toDidKey } from '#contract/did-key.ts';
import type { LogKeys, SigningKey } from '../../server/ledger/log-keys.ts';
import { testSigner } from './note-signer.ts';

/** A key that is the same in every run, and signs without other threads: never for anything but tests. */
export function fixedKey(name: string): SigningKey {
  const { publicKey, sign } = testSigner(name);
  return {
    ...{ publicKey, didKey: toDidKey(publicKey), sign },
    signMany: async (messages) => messages.map(sign),
  };
}

export function fixedLogKeys(name: string): LogKeys {
  return { checkpoint: fixedKey(`${name} checkpoint`), entries: fixedKey(`${name} entries`) };
}
