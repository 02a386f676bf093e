import { type OwnedSignature, wrongSignature } from './entry-rules.ts';
import type { VerifierTools } from './tools.ts';
import type { LogFault } from './verdict.ts';

/** Checks signatures beside the reading of entries, and keeps the first that is not good. */
export class SignatureBatches {
  readonly #tools: Pick<VerifierTools, 'verifyMany' | 'batchesAtOnce'>;
  readonly #running = new Set<Promise<void>>();
  #failure: { error: unknown } | undefined;
  #first: LogFault | undefined;
  /** Signatures handed over so far. */
  count = 0;

  constructor(tools: Pick<VerifierTools, 'verifyMany' | 'batchesAtOnce'>) {
    this.#tools = tools;
  }

  /** The first bad one so far. */
  get fault(): LogFault | undefined {
    return this.#first;
  }

  /** Takes a batch in; resolves when there is room for the next. */
  async add(batch: readonly OwnedSignature[]): Promise<void> {
    this.count += batch.length;
    if (batch.length > 0) {
      const running = this.#check(batch).finally(() => this.#running.delete(running));
      this.#running.add(running);
    }
    // Whichever is done first makes room: one slow thread must not leave the others idle.
    while (this.#running.size >= this.#tools.batchesAtOnce) await Promise.race(this.#running);
    this.#rethrow();
  }

  /** Resolves when every batch has been checked. */
  async end(): Promise<void> {
    await Promise.all(this.#running);
    this.#rethrow();
  }

  async #check(batch: readonly OwnedSignature[]): Promise<void> {
    try {
      const verdicts = await this.#tools.verifyMany(batch);
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
