import type { KeptLog } from './whole-log/messages.ts';

/** The newest checkpoint that this browser has verified: on the next visit the log must have grown from it. */
export interface RememberedLog extends KeptLog {
  readonly size: number;
  readonly atMs: number;
}

const SLOT = 'commonwright.verified-ledger';

export type KeptSlots = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** What is remembered; undefined where nothing is, or nothing that can be read. */
export function readRemembered(slots: KeptSlots): RememberedLog | undefined {
  const text = slots.getItem(SLOT);
  if (text === null) return undefined;
  try {
    const kept: unknown = JSON.parse(text);
    return isRemembered(kept) ? kept : undefined;
  } catch {
    return undefined;
  }
}

/** A browser that keeps nothing can still verify. */
export function remember(slots: KeptSlots, { verifierKey, note, size, atMs }: RememberedLog): void {
  try {
    slots.setItem(SLOT, JSON.stringify({ verifierKey, note, size, atMs }));
  } catch {
    // The store is full or closed: next time the log's own word is all there is.
  }
}

export function forgetRemembered(slots: KeptSlots): void {
  slots.removeItem(SLOT);
}

function isRemembered(kept: unknown): kept is RememberedLog {
  if (typeof kept !== 'object' || kept === null) return false;
  const { verifierKey, note, size, atMs } = kept as Record<string, unknown>;
  return (
    typeof verifierKey === 'string' &&
    typeof note === 'string' &&
    Number.isSafeInteger(size) &&
    Number.isFinite(atMs)
  );
}
