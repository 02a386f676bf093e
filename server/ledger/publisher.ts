/** A checkpoint covers a commit at the latest so long after it; more commits in that time share one signature. */
const PUBLISH_LAG_MS = 50;

export interface PublisherParts {
  /** Reads back what was committed and signs it. */
  publish: () => Promise<void>;
  after: (ms: number, call: () => void) => () => void;
  /** Told when the log cannot be signed: the store does not give back what was written. */
  stop: (error: unknown) => void;
  /** Whether an error may pass by itself; then it is tried again. */
  mayPass: (error: unknown) => boolean;
}

/** Decides when the log is signed: soon after a commit, once for many, and at once where somebody waits for a proof. */
export class Publisher {
  readonly #parts: PublisherParts;
  #takeBack: (() => void) | undefined;
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;
  #error: unknown;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  soon(): void {
    this.#takeBack ??= this.#parts.after(PUBLISH_LAG_MS, () => {
      this.now().catch(() => {
        // Whoever waits for a signature gets the error from `now`; the ledger has stopped already.
      });
    });
  }

  /** Resolves when every commit stored before the call is signed. */
  now(): Promise<void> {
    this.#takeBack?.();
    this.#takeBack = undefined;
    // Those who come while one is under way share the one after it.
    const begin = () => {
      this.#next = undefined;
      this.#running = this.#publish();
      return this.#running;
    };
    this.#next ??= this.#running.then(begin, begin);
    return this.#next;
  }

  async close(): Promise<void> {
    await this.now().catch(() => undefined);
    this.#takeBack?.();
  }

  async #publish(): Promise<void> {
    if (this.#error !== undefined) throw this.#error;
    try {
      await this.#parts.publish();
    } catch (error) {
      if (this.#parts.mayPass(error)) this.soon();
      else {
        this.#error = error;
        this.#parts.stop(error);
      }
      throw error;
    }
  }
}
