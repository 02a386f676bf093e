import type { NoteKey } from '#contract/signed-note.ts';
import { commonsFold } from '../commons/commons.ts';
import type { CommonsState } from '../commons/state.ts';
import { AppError } from '../errors.ts';
import { createLedger, type Ledger } from '../ledger/ledger.ts';
import type { LogKeys } from '../ledger/log-keys.ts';
import { sha256 } from '../ledger/node-crypto.ts';
import type { Cosigners } from '../ledger/published-log.ts';
import type { Storage } from '../storage/storage.ts';

/** The ledger of a community: the log with the commons as its fold. It is a `LedgerPort` for the rooms around them. */
export type CommonsLedger = Ledger<CommonsState>;

/**
 * Opens the log over a storage and folds all of it.
 * @throws AppError `ledger.other-keys` where other keys than these sign the log in it.
 */
export async function openCommonsLedger(parts: {
  storage: Storage;
  keys: LogKeys;
  nowMs: () => number;
  newId: () => string;
  /** Whether other servers may write to the same storage. */
  isShared?: boolean;
  onStopped: (error: unknown) => void;
  /** The witnesses of the log, given its key under its name. */
  cosignersOf?: ((log: NoteKey) => Cosigners) | undefined;
}): Promise<CommonsLedger> {
  const { cosignersOf, ...others } = parts;
  const { storage, keys } = parts;
  const origin = originOf(keys);
  refuseOtherKeys(await storage.get(ORIGIN), origin);
  const cosigners = cosignersOf?.({ name: origin, publicKey: keys.checkpoint.publicKey });
  const ledger = await createLedger<CommonsState>({
    ...others,
    ...(cosigners && { cosigners }),
    origin,
    fold: commonsFold,
  });
  // Two servers may begin one ledger at the same moment, each with keys of its own: one of them does.
  try {
    if ((await storage.putIfAbsent(ORIGIN, Buffer.from(origin))) === 'exists')
      refuseOtherKeys(await storage.get(ORIGIN), origin);
  } catch (error) {
    await ledger.close();
    throw error;
  }
  return ledger;
}

/** Where the store keeps the name of the log in it. */
const ORIGIN = 'log/origin';

function refuseOtherKeys(stored: Uint8Array | undefined, origin: string): void {
  const there = stored && Buffer.from(stored).toString('utf8');
  if (there === undefined || there === origin) return;
  throw new AppError(
    'conflict',
    `The ledger in this store is ${there}, and the keys of this server belong to ${origin}. ` +
      'Copy the private folder (PRIVATE_DIR) of a server that works on it, all of its files, then start again.',
    { code: 'ledger.other-keys' },
  );
}

/** The log's own name never changes: it is made from its key, not from the address where it happens to be served. */
function originOf({ checkpoint }: LogKeys): string {
  const digest = Buffer.from(sha256(checkpoint.publicKey)).toString('hex');
  return `commonwright.local/${digest.slice(0, 16)}`;
}
