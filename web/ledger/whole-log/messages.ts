import type { FaultClass, ForkEvidence } from '../../../server/verification/verdict.ts';

/** What the page and the worker that verifies the whole ledger say to each other. */

/** What a browser remembers of a log between visits. */
export interface KeptLog {
  readonly verifierKey: string;
  /** The signed note of the newest checkpoint that was verified. */
  readonly note: string;
}

/** `verify` reads everything, `advance` only what has come since. */
export type ToVerifier = { readonly kind: 'verify'; readonly kept?: KeptLog } | { readonly kind: 'advance' };

export interface CheckProgress {
  readonly phase: 'checkpoint' | 'entries' | 'root';
  /** Entries whose hash, place, rules and signatures have been checked. */
  readonly done: number;
  readonly total: number;
}

export interface VerifiedLog extends KeptLog {
  readonly origin: string;
  readonly size: number;
  /** In base64, as the checkpoint has it. */
  readonly root: string;
  /** Whether the key was known before, or only named by the log. */
  readonly trust: 'given' | 'own';
  readonly witnesses: readonly string[];
  readonly signatures: number;
  /** Entries of kinds that these rules do not know: all of them is checked but what they say. */
  readonly unknown: number;
}

export type WholeLogFault = FaultClass;
export type Evidence = ForkEvidence;

export interface FoundFault {
  readonly fault: WholeLogFault;
  /** The verifier's own words, in English. */
  readonly reason: string;
  /** The first bad entry, where it is an entry that is bad. */
  readonly index?: number;
  readonly evidence?: Evidence;
}

export type FromVerifier =
  | { readonly kind: 'progress'; readonly progress: CheckProgress }
  | { readonly kind: 'verified'; readonly log: VerifiedLog }
  | { readonly kind: 'fault'; readonly found: FoundFault }
  /** The check itself broke down: nothing is said about the ledger. */
  | { readonly kind: 'failed'; readonly words: string };
