import type { LedgerPort } from '../commons/ledger-port.ts';
import type { CommonsState } from '../commons/state.ts';
import type { CoordinatorClock } from './coordinator-ports.ts';

/** Enough for the leader to write a fact down and for its commit to be followed; short enough that nobody misses it. */
export const LEADER_FIRST_MS = 700;

export type LeaderFirstOptions = {
  ledger: LedgerPort;
  clock: CoordinatorClock;
  isLeading: () => boolean;
};

type Wait = { isDone: (state: CommonsState) => boolean; end: () => void };

/**
 * Every coordinator hears every report, and every one may write it down: that does no harm, but costs the ledger a look-up
 * or a conflict. So followers give the leader a moment, and do it themselves when it has not come by then.
 */
export class LeaderFirst {
  readonly #options: LeaderFirstOptions;
  readonly #waits = new Set<Wait>();
  readonly #stopListening: () => void;

  constructor(options: LeaderFirstOptions) {
    this.#options = options;
    this.#stopListening = options.ledger.subscribe(() => {
      const state = options.ledger.state();
      for (const wait of [...this.#waits]) if (wait.isDone(state)) wait.end();
    });
  }

  /**
   * Resolves at once for the leader; for a follower when `isDone`, or when the moment since `heardMs` is over. True
   * for a follower that has nothing left to do; the leader always has, since it owes the bridge the receipt.
   */
  async wait(heardMs: number, isDone: (state: CommonsState) => boolean): Promise<boolean> {
    const { ledger, clock, isLeading } = this.#options;
    const leftMs = heardMs + LEADER_FIRST_MS - clock.nowMs();
    if (!isLeading() && leftMs > 0 && !isDone(ledger.state()))
      await new Promise<void>((resolve) => {
        const takeBack = clock.after(leftMs, () => wait.end());
        const wait: Wait = {
          isDone,
          end: () => {
            takeBack();
            this.#waits.delete(wait);
            resolve();
          },
        };
        this.#waits.add(wait);
      });
    return !isLeading() && isDone(ledger.state());
  }

  /** Nobody has to be waited for any more: this coordinator leads, or ends. */
  endWaits(): void {
    for (const wait of [...this.#waits]) wait.end();
  }

  stop(): void {
    this.#stopListening();
    this.endWaits();
  }
}
