import type { Checkpoint } from '#contract/checkpoint.ts';
import type { NoteKey } from '#contract/signed-note.ts';

/** What is wrong with a log, in a word for programs. */
export type FaultClass =
  /** No answer, or one that says that the server is in trouble. */
  | 'unreachable'
  /** An answer larger than such a file can be. */
  | 'oversized'
  /** The trust policy cannot be read. */
  | 'bad-policy'
  /** The checkpoint cannot be read. */
  | 'bad-checkpoint'
  /** The checkpoint is of a log that the policy does not name. */
  | 'wrong-log'
  /** The checkpoint is not signed by the log, or a cosignature is not its witness's. */
  | 'bad-signature'
  /** Too few witnesses have cosigned. */
  | 'no-quorum'
  /** An older checkpoint than one that was seen before, or than is allowed; the history behind it is the same. */
  | 'stale'
  /** Fewer entries than a checkpoint that was seen before covers, and the others are gone. */
  | 'rollback'
  /** Two signed checkpoints that no single history leads to. */
  | 'fork'
  /** A file or an entry that the checkpoint covers is not there. */
  | 'missing'
  /** A bundle that cannot be cut into entries. */
  | 'broken-bundle'
  /** The entries are those that were signed, in another order. */
  | 'reordered'
  /** An entry is not the one that was signed. */
  | 'changed-entry'
  /** A hash tile is not what its entries give. */
  | 'bad-tile'
  /** Entries and tiles agree with each other and not with the signed root. */
  | 'bad-root'
  /** An entry is no text, not canonical JSON, or too large. */
  | 'not-canonical'
  /** An entry does not have the form of an entry. */
  | 'no-entry'
  /** An entry is signed by nobody, or a signature does not fit it. */
  | 'bad-entry-signature'
  /** An entry does not follow from the one before it in its stream. */
  | 'broken-chain'
  /** An entry is older than the one before it in the log. */
  | 'time-runs-back'
  /** An entry has the id of an earlier one. */
  | 'repeated-id'
  /** An entry says what the rules do not allow. */
  | 'broken-rule';

/** Two signed checkpoints of one log that contradict each other: kept, they convince anybody. */
export interface ForkEvidence {
  readonly older: string;
  readonly newer: string;
}

export type LogVerdict =
  | {
      readonly verified: true;
      readonly checkpoint: Checkpoint;
      /** The signed note of the checkpoint: what to keep for `since` next time. */
      readonly note: string;
      /** The key that signed it. */
      readonly key: NoteKey;
      /** `own`: the log named its own key, so it was checked against itself, not against an impostor. */
      readonly trust: 'given' | 'own';
      /** Those who cosigned, by their names in the policy, and when, in seconds since 1970. */
      readonly witnesses: readonly { readonly name: string; readonly timeSeconds: number }[];
      /** Signatures of entries that were checked. */
      readonly signatures: number;
    }
  | {
      readonly verified: false;
      readonly fault: FaultClass;
      /** A sentence without its full stop. */
      readonly reason: string;
      /** The first bad entry, where it is an entry that is bad. */
      readonly index?: number;
      readonly evidence?: ForkEvidence;
    };

/** Ends a verification. */
export class LogFault extends Error {
  readonly fault: FaultClass;
  readonly index: number | undefined;
  readonly evidence: ForkEvidence | undefined;

  constructor(
    fault: FaultClass,
    reason: string,
    found: { index?: number | undefined; evidence?: ForkEvidence; cause?: unknown } = {},
  ) {
    super(reason, found.cause === undefined ? undefined : { cause: found.cause });
    this.name = 'LogFault';
    this.fault = fault;
    this.index = found.index;
    this.evidence = found.evidence;
  }
}
