import type { HostedPrograms, HostedRun, MachineClock } from './machine.ts';
import { sentenceOf } from './sentence-of.ts';

/** A controller that answers but cannot say yet is asked again after this. */
const ASK_AGAIN_MS = 5_000;

export type RunSearchOptions = {
  hosted: HostedPrograms;
  /** The name that the program has on the controller. */
  name: string;
  clock: MachineClock;
  /** Whether the controller can be asked at all: a search waits for the link by itself. */
  isReachable: () => boolean;
  onFound: (run: HostedRun) => void;
  log: (sentence: string) => void;
};

/**
 * Asks a controller what became of a run, until it says so. Told to ask whenever the link is new; an answer that does not
 * come changes nothing, since a run that cannot be seen may well go on.
 */
export class RunSearch {
  readonly #options: RunSearchOptions;
  #isAsking = false;
  #isStopped = false;
  #hasComplained = false;
  #takeBack: (() => void) | undefined;

  constructor(options: RunSearchOptions) {
    this.#options = options;
  }

  ask(): void {
    if (this.#isAsking || this.#isStopped) return;
    this.#takeBack?.();
    this.#takeBack = undefined;
    if (!this.#options.isReachable()) return;
    this.#isAsking = true;
    void this.#ask().finally(() => {
      this.#isAsking = false;
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#takeBack?.();
  }

  async #ask(): Promise<void> {
    const { hosted, name, clock, onFound, log } = this.#options;
    try {
      const run = await hosted.findAgain(name);
      this.#hasComplained = false;
      if (!this.#isStopped) onFound(run);
    } catch (cause) {
      if (!this.#hasComplained) log(`What became of ${name} is not known yet. ${sentenceOf(cause)}`);
      this.#hasComplained = true;
      if (!this.#isStopped) this.#takeBack = clock.after(ASK_AGAIN_MS, () => this.ask());
    }
  }
}
