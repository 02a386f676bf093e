import { AppError } from '../errors.ts';
import type { BridgeKeys } from './bridge-keys.ts';
import type { KeyStore } from './key-store.ts';
import { bearerKey, hashOfKey, isKeyOf, makeKey } from './keys.ts';

/** The agent in whose name the visitors of this server act until there are accounts. */
export const LOCAL_PERSON = 'local-person';

/** Who may act: looking is open to all, commands are for the local person, files of labs for their bridges. */
export interface Access {
  /** The acting agent, or a refusal that says what is missing. */
  requireActor(authorization: string | undefined): string;
  canAct(authorization: string | undefined): boolean;
  /** The lab whose bridge holds this key, or a refusal. */
  requireBridge(authorization: string | undefined): Promise<string>;
  isBridge(lab: string, key: string): Promise<boolean>;
  /** A new key for a lab's bridge; the former one ends. It is returned this once and kept only as a hash. */
  issueBridgeKey(lab: string): Promise<string>;
}

/**
 * `isLocalOnly`: the server listens on a loopback address, so everyone who reaches it sits at this computer
 * (the Host check of `http/` keeps rebound names away).
 */
export function createAccess(parts: {
  keys: KeyStore;
  bridgeKeys: BridgeKeys;
  isLocalOnly: boolean;
  randomBytes: (count: number) => Buffer;
}): Access {
  const { keys, bridgeKeys, isLocalOnly, randomBytes } = parts;

  const hasCommandKey = (authorization: string | undefined): boolean => {
    const given = bearerKey(authorization);
    const wanted = keys.commandKey();
    return given !== undefined && wanted !== undefined && isKeyOf(given, hashOfKey(wanted));
  };

  return {
    canAct: (authorization) => isLocalOnly || hasCommandKey(authorization),
    requireActor(authorization) {
      if (isLocalOnly || hasCommandKey(authorization)) return LOCAL_PERSON;
      if (bearerKey(authorization) === undefined)
        throw new AppError('not-allowed', 'This needs the key that the server printed at its first start.', {
          code: 'access.key-missing',
        });
      throw new AppError('not-allowed', 'This is not the key of this server; its first start printed it.', {
        code: 'access.key-wrong',
      });
    },
    async requireBridge(authorization) {
      const given = bearerKey(authorization);
      if (given === undefined)
        throw new AppError('not-allowed', 'This needs the bridge key of a lab: Authorization: Bearer KEY.', {
          code: 'access.key-missing',
        });
      const lab = await bridgeKeys.labOf(given);
      if (lab !== undefined) return lab;
      throw new AppError(
        'not-allowed',
        'No lab here has this bridge key; open the lab again to get a new one.',
        {
          code: 'access.key-wrong',
        },
      );
    },
    isBridge: async (lab, key) => (await bridgeKeys.labOf(key)) === lab,
    async issueBridgeKey(lab) {
      const key = makeKey('cw-bridge', randomBytes);
      await bridgeKeys.keep(lab, hashOfKey(key));
      return key;
    },
  };
}

/** Makes the key for commands where there is none yet; `isNew` says whether to show it. */
export function ensureCommandKey(
  keys: KeyStore,
  randomBytes: (count: number) => Buffer,
): { key: string; isNew: boolean } {
  const kept = keys.commandKey();
  if (kept !== undefined && kept !== '') return { key: kept, isNew: false };
  const key = makeKey('cw-command', randomBytes);
  const counting = keys.keepCommandKey(key);
  return { key: counting, isNew: counting === key };
}
