/** A clock whose hands the test turns. */
export class HandClock {
  #now = 0;
  readonly #waiting = new Set<{ atMs: number; call: () => void }>();

  nowMs = () => this.#now;

  after = (delayMs: number, call: () => void) => {
    const waiting = { atMs: this.#now + delayMs, call };
    this.#waiting.add(waiting);
    return () => {
      this.#waiting.delete(waiting);
    };
  };

  /** Goes forward and calls what is due, in order. */
  advance(byMs: number) {
    const endMs = this.#now + byMs;
    for (;;) {
      const [next] = [...this.#waiting].filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      this.#waiting.delete(next);
      this.#now = next.atMs;
      next.call();
    }
    this.#now = endMs;
  }
}
