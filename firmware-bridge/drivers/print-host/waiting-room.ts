import type { MachineClock } from '../../machine.ts';

type Waiting = {
  isDone: () => boolean;
  untilMs: number;
  resolve: () => void;
  reject: (cause: Error) => void;
};

/** Whoever waits for a host to have done something; looked after whenever there is news of it. */
export class WaitingRoom {
  readonly #clock: MachineClock;
  #waiting: Waiting[] = [];

  constructor(clock: MachineClock) {
    this.#clock = clock;
  }

  /** Resolves once `isDone`; rejects when it is not within `limitMs`, which may be Infinity. */
  until(isDone: () => boolean, limitMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ isDone, untilMs: this.#clock.nowMs() + limitMs, resolve, reject });
      this.look();
    });
  }

  look(): void {
    const now = this.#clock.nowMs();
    const waiting = this.#waiting;
    this.#waiting = waiting.filter(({ isDone, untilMs }) => !isDone() && now < untilMs);
    for (const { isDone, untilMs, resolve, reject } of waiting) {
      if (isDone()) resolve();
      else if (now >= untilMs) reject(new Error('The host did not do it in time: look at the machine.'));
    }
  }

  /** Sends those away who wait for a limited time. */
  giveUp(reason: string): void {
    const leaving = this.#waiting.filter(({ untilMs }) => untilMs !== Infinity);
    this.#waiting = this.#waiting.filter(({ untilMs }) => untilMs === Infinity);
    for (const { reject } of leaving) reject(new Error(reason));
  }

  empty(reason: string): void {
    for (const { reject } of this.#waiting.splice(0)) reject(new Error(reason));
  }
}
