import { toBase64 } from '#contract/bytes.ts';
import { formatVerifierKey, type NoteKey, parseVerifierKey } from '#contract/signed-note.ts';
import { type Audit, createAudit } from '../../../server/commons/audit/audit.ts';
import type { FetchFile, SignatureItem, VerifyProgress } from '../../../server/verification/tools.ts';
import type { LogVerdict } from '../../../server/verification/verdict.ts';
import { Verification } from '../../../server/verification/verify-log.ts';
import { sha256, verifyEd25519 } from './arithmetic.ts';
import type { CheckProgress, FromVerifier, KeptLog, ToVerifier } from './messages.ts';

/** Signatures between two words about how far it is: some thirty milliseconds of work. */
const SIGNATURES_PER_WORD = 32;

/**
 * Verifies a whole ledger as `commonwright verify` does, by the same code, and then what is added to it. Whatever is asked
 * is answered in the end by `verified`, `fault` or `failed`; one thing at a time.
 */
export class WholeLogCheck {
  readonly #fetchFile: FetchFile;
  readonly #tell: (news: FromVerifier) => void;
  #running: { verification: Verification; audit: Audit } | undefined;
  /** What must be true of the log: remembered from an earlier visit at first, then what was verified last. */
  #kept: KeptLog | undefined;
  #progress: CheckProgress = { phase: 'checkpoint', done: 0, total: 0 };
  #entriesRead = 0;
  #signaturesAsked = 0;
  #signaturesDone = 0;

  constructor(fetchFile: FetchFile, tell: (news: FromVerifier) => void) {
    this.#fetchFile = fetchFile;
    this.#tell = tell;
  }

  async hear(message: ToVerifier): Promise<void> {
    try {
      if (message.kind === 'verify') {
        this.#running = undefined;
        this.#kept = message.kept;
      }
      if (this.#running?.verification.canAdvance !== true) this.#running = this.#begin();
      const { verification, audit } = this.#running;
      this.#answer(await verification.advance(), audit);
    } catch (error) {
      this.#tell({ kind: 'failed', words: error instanceof Error ? error.message : String(error) });
    }
  }

  #begin() {
    this.#progress = { phase: 'checkpoint', done: 0, total: 0 };
    this.#entriesRead = 0;
    this.#signaturesAsked = 0;
    this.#signaturesDone = 0;
    const audit = createAudit();
    const verification = new Verification({
      fetchFile: this.#fetchFile,
      tools: {
        sha256,
        verify: verifyEd25519,
        verifyMany: (items) => this.#verifyMany(items),
        batchesAtOnce: 1,
      },
      logKey: this.#kept && keyOf(this.#kept),
      since: this.#kept?.note,
      judge: (entry) => {
        this.#entriesRead = entry.index + 1;
        return audit.judge(entry);
      },
      onProgress: (progress) => this.#note(progress),
    });
    return { verification, audit };
  }

  #answer(verdict: LogVerdict, audit: Audit): void {
    if (!verdict.verified) {
      const { verified: _, ...found } = verdict;
      this.#tell({ kind: 'fault', found });
      return;
    }
    const { checkpoint, note, key, trust, witnesses, signatures } = verdict;
    const kept = { verifierKey: formatVerifierKey(sha256, key), note };
    this.#kept = kept;
    this.#tell({
      kind: 'verified',
      log: {
        ...kept,
        origin: checkpoint.origin,
        size: checkpoint.size,
        root: toBase64(checkpoint.root),
        trust,
        witnesses: witnesses.map(({ name }) => name),
        signatures,
        unknown: audit.summary().unknown,
      },
    });
  }

  async #verifyMany(items: readonly SignatureItem[]): Promise<boolean[]> {
    this.#signaturesAsked += items.length;
    const verdicts: boolean[] = [];
    for (const { publicKey, message, signature } of items) {
      verdicts.push(verifyEd25519(publicKey, message, signature));
      this.#signaturesDone += 1;
      if (this.#signaturesDone % SIGNATURES_PER_WORD === 0) this.#say();
    }
    this.#say();
    return verdicts;
  }

  #note({ phase, done, total }: VerifyProgress): void {
    this.#entriesRead = Math.max(this.#entriesRead, done);
    this.#progress = { ...this.#progress, phase, total };
    this.#say();
  }

  /** An entry counts when its signatures are done too; nearly all have one, so those still open tell how many wait. */
  #say(): void {
    const waiting = this.#signaturesAsked - this.#signaturesDone;
    const done = Math.max(this.#progress.done, this.#entriesRead - waiting);
    this.#progress = { ...this.#progress, done };
    this.#tell({ kind: 'progress', progress: this.#progress });
  }
}

function keyOf({ verifierKey }: KeptLog): NoteKey {
  return parseVerifierKey(sha256, verifierKey);
}
