import type { MachineClock } from '../../machine.ts';

type Wait = { isDone: () => boolean; resolve: () => void; reject: (error: Error) => void };

/** Whoever waits for something to become true of a printer; looked at after each change. */
export class PrinterWaits {
  readonly #clock: MachineClock;
  readonly #waits = new Set<Wait>();

  constructor(clock: MachineClock) {
    this.#clock = clock;
  }

  /** Rejects with a sentence when it has not become true within `limitMs`; nothing means for ever. */
  until(isDone: () => boolean, limitMs?: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let takeBack: () => void = () => undefined;
      const wait: Wait = {
        isDone,
        resolve: () => {
          takeBack();
          resolve();
        },
        reject: (error) => {
          takeBack();
          reject(error);
        },
      };
      this.#waits.add(wait);
      if (limitMs !== undefined)
        takeBack = this.#clock.after(limitMs, () => {
          this.#waits.delete(wait);
          reject(new Error('The printer did not do it in time: look at it.'));
        });
      this.look();
    });
  }

  look(): void {
    for (const wait of this.#waits) {
      if (!wait.isDone()) continue;
      this.#waits.delete(wait);
      wait.resolve();
    }
  }

  giveUp(why: string): void {
    for (const wait of this.#waits) wait.reject(new Error(why));
    this.#waits.clear();
  }
}
