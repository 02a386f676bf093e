import type { PublishedLog } from './published-log.ts';

/** A checkpoint covers a commit at the latest so long after it; more commits in that time share one signature. */
const PUBLISH_LAG_MS = 50;

/** Decides when the log is signed: soon after a commit, once for many, and at once where somebody waits for a proof. */
export class Publisher {
  readonly #log: PublishedLog;
  readonly #stop: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #error: unknown;

  /** @param stop is told when the log cannot be signed: the store does not give back what was written. */
  constructor(log: PublishedLog, stop: (error: unknown) => void) {
    this.#log = log;
    this.#stop = stop;
  }

  soon(): void {
    this.#timer ??= setTimeout(() => {
      this.now().catch(() => {
        // Whoever waits for a signature gets the error from `now`; the ledger has stopped already.
      });
    }, PUBLISH_LAG_MS);
  }

  /** Resolves when every commit stored before the call is signed. */
  async now(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#running = this.#running.then(() => this.#publish());
    await this.#running;
    if (this.#error !== undefined) throw this.#error;
  }

  async close(): Promise<void> {
    await this.now().catch(() => undefined);
  }

  async #publish(): Promise<void> {
    if (this.#error !== undefined) return;
    try {
      await this.#log.catchUp();
      await this.#log.publish();
    } catch (error) {
      this.#error = error;
      this.#stop(error);
    }
  }
}
