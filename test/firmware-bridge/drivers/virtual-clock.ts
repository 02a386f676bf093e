import type { MachineClock } from '../../../firmware-bridge/machine.ts';

type Timer = { atMs: number; order: number; call: () => void };

/** Hands that only the test turns. Promises are given their turn between any two timers. */
export class VirtualClock implements MachineClock {
  #nowMs = 0;
  #order = 0;
  #timers: Timer[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, call: () => void): () => void {
    this.#order += 1;
    const timer = { atMs: this.#nowMs + delayMs, order: this.#order, call };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  async advance(ms: number): Promise<void> {
    await this.until(() => false, ms);
  }

  /** Turns the hands until `isDone` or for `limitMs`; says which. */
  async until(isDone: () => boolean, limitMs: number): Promise<boolean> {
    const endMs = this.#nowMs + limitMs;
    for (;;) {
      await turn();
      if (isDone()) return true;
      const next = this.#timers.reduce<Timer | undefined>(
        (first, timer) =>
          first === undefined ||
          timer.atMs < first.atMs ||
          (timer.atMs === first.atMs && timer.order < first.order)
            ? timer
            : first,
        undefined,
      );
      if (next === undefined || next.atMs > endMs) {
        this.#nowMs = endMs;
        await turn();
        return isDone();
      }
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.call();
    }
  }

  /** The promise's value, once enough time has passed; throws when `limitMs` do not suffice. */
  async waitFor<Value>(promise: Promise<Value>, limitMs: number): Promise<Value> {
    let isSettled = false;
    const noted = promise.finally(() => {
      isSettled = true;
    });
    noted.catch(() => undefined);
    if (!(await this.until(() => isSettled, limitMs)))
      throw new Error(`Nothing came of it within ${limitMs} ms.`);
    return noted;
  }
}

async function turn(): Promise<void> {
  for (let i = 0; i < 4; i++) await Promise.resolve();
}
