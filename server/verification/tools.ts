import type { Sha256 } from '#contract/bytes.ts';
import type { VerifyEd25519 } from '#contract/ed25519.ts';
import type { LogEntry } from '#contract/log-entry.ts';

/** What the verifier needs of the program that it runs in: a browser's page or Node. */

export interface SignatureItem {
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

export interface VerifierTools {
  readonly sha256: Sha256;
  /** For the few signatures of a checkpoint. */
  readonly verify: VerifyEd25519;
  /**
   * For the many of the entries, a few hundred at a time; several calls may be under way. Says for each item whether it is
   * good. Keys have been checked to be usable.
   */
  readonly verifyMany: (items: readonly SignatureItem[]) => Promise<readonly boolean[]>;
  /** So many calls of it are worth having under way: enough to keep every core busy while the next entries are read. */
  readonly batchesAtOnce: number;
}

/**
 * Gets a file of the log by its path under `/log/`; undefined where there is none.
 * Rejects with a RangeError where the file is longer than `bytesMax`, with anything else where nobody answers.
 */
export type FetchFile = (
  path: string,
  limits: { readonly bytesMax: number; readonly signal: AbortSignal | undefined },
) => Promise<Uint8Array | undefined>;

/** An entry as it stands in the log. */
export interface VerifiedEntry extends LogEntry {
  readonly index: number;
  readonly leafHash: Uint8Array;
  /** The leaf exactly as it is hashed. */
  readonly text: string;
}

/** Hears every entry in order, and says which rule one breaks; undefined where it breaks none. */
export type JudgeEntry = (entry: VerifiedEntry) => string | undefined;

export interface VerifyProgress {
  readonly phase: 'checkpoint' | 'entries' | 'root';
  /** Entries. */
  readonly done: number;
  readonly total: number;
}
