import type { NoteKey } from '#contract/signed-note.ts';
import { commonsFold } from '../commons/commons.ts';
import type { CommonsState } from '../commons/state.ts';
import { createLedger, type Ledger } from '../ledger/ledger.ts';
import type { LogKeys } from '../ledger/log-keys.ts';
import { sha256 } from '../ledger/node-crypto.ts';
import type { Cosigners } from '../ledger/published-log.ts';
import type { Storage } from '../storage/storage.ts';

/** The ledger of a community: the log with the commons as its fold. It is a `LedgerPort` for the rooms around them. */
export type CommonsLedger = Ledger<CommonsState>;

/** Opens the log over a storage and folds all of it. */
export function openCommonsLedger(parts: {
  storage: Storage;
  keys: LogKeys;
  nowMs: () => number;
  newId: () => string;
  onStopped: (error: unknown) => void;
  /** The witnesses of the log, given its key under its name. */
  cosignersOf?: ((log: NoteKey) => Cosigners) | undefined;
}): Promise<CommonsLedger> {
  const { cosignersOf, ...others } = parts;
  const origin = originOf(parts.keys);
  const cosigners = cosignersOf?.({ name: origin, publicKey: parts.keys.checkpoint.publicKey });
  return createLedger<CommonsState>({
    ...others,
    ...(cosigners && { cosigners }),
    origin,
    fold: commonsFold,
  });
}

/** The log's own name never changes: it is made from its key, not from the address where it happens to be served. */
function originOf({ checkpoint }: LogKeys): string {
  const digest = Buffer.from(sha256(checkpoint.publicKey)).toString('hex');
  return `commonwright.local/${digest.slice(0, 16)}`;
}
