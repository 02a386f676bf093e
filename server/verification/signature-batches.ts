import { wrongSignature } from './entry-rules.ts';
import type { SignatureItem, VerifierTools } from './tools.ts';
import type { LogFault } from './verdict.ts';

/** Tiles whose signatures are checked at once: enough to keep every core busy while the next entries are read. */
const BATCHES_MAX = 4;

/** One signature, and whose and of which entry it claims to be. */
export interface OwnedSignature {
  readonly item: SignatureItem;
  readonly kid: string;
  readonly index: number;
}

/** Checks signatures beside the reading of entries, and keeps the first that is not good. */
export class SignatureBatches {
  readonly #verifyMany: VerifierTools['verifyMany'];
  readonly #running: Promise<void>[] = [];
  #failure: { error: unknown } | undefined;
  #first: LogFault | undefined;
  /** Signatures handed over so far. */
  count = 0;

  constructor(verifyMany: VerifierTools['verifyMany']) {
    this.#verifyMany = verifyMany;
  }

  /** The first bad one so far. */
  get fault(): LogFault | undefined {
    return this.#first;
  }

  /** Takes a batch in; resolves when there is room for the next. */
  async add(batch: readonly OwnedSignature[]): Promise<void> {
    this.count += batch.length;
    if (batch.length > 0) this.#running.push(this.#check(batch));
    if (this.#running.length >= BATCHES_MAX) await this.#running.shift();
    this.#rethrow();
  }

  /** Resolves when every batch has been checked. */
  async end(): Promise<void> {
    await Promise.all(this.#running.splice(0));
    this.#rethrow();
  }

  async #check(batch: readonly OwnedSignature[]): Promise<void> {
    try {
      const verdicts = await this.#verifyMany(batch.map(({ item }) => item));
      const bad = batch.find((_, at) => verdicts[at] !== true);
      if (bad !== undefined && (this.#first?.index ?? Number.POSITIVE_INFINITY) > bad.index)
        this.#first = wrongSignature(bad.kid, bad.index);
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  #rethrow(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
