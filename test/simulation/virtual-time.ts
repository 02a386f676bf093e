/** Time that passes only when somebody lets it: everything that waits, waits here, and a seed replays a whole run. */
export class VirtualTime {
  #nowMs = 0;
  #made = 0;
  readonly #waiting: { atMs: number; order: number; call: () => void }[] = [];

  get nowMs(): number {
    return this.#nowMs;
  }

  readonly after = (ms: number, call: () => void): (() => void) => {
    const waiting = { atMs: this.#nowMs + Math.max(0, ms), order: this.#made, call };
    this.#made += 1;
    // Few things wait at once, so a sorted list is quick enough.
    let at = this.#waiting.length;
    while (at > 0 && isLater(this.#waiting[at - 1], waiting)) at -= 1;
    this.#waiting.splice(at, 0, waiting);
    return () => {
      const place = this.#waiting.indexOf(waiting);
      if (place >= 0) this.#waiting.splice(place, 1);
    };
  };

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.after(ms, resolve));
  }

  /** Lets the next thing happen and everything that follows from it without waiting; false where nothing waits. */
  async step(): Promise<boolean> {
    await settle();
    const next = this.#waiting.shift();
    if (next === undefined) return false;
    this.#nowMs = next.atMs;
    next.call();
    await settle();
    return true;
  }

  /** As `pass`, where nothing but promises follows a call: one turn after each is enough. */
  async passSwiftly(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await turn();
    for (let [next] = this.#waiting; next !== undefined && next.atMs <= untilMs; [next] = this.#waiting) {
      this.#waiting.shift();
      this.#nowMs = next.atMs;
      next.call();
      await turn();
    }
    this.#nowMs = untilMs;
  }

  /** Lets so much time pass. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await settle();
    while ((this.#waiting[0]?.atMs ?? Number.POSITIVE_INFINITY) <= untilMs) await this.step();
    this.#nowMs = untilMs;
  }
}

/** One turn of the event loop runs every promise that is ready; the second those that a turn of the ledger's own started. */
async function settle(): Promise<void> {
  await turn();
  await turn();
}

function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

type Waiting = { atMs: number; order: number };

function isLater(one: Waiting | undefined, other: Waiting): boolean {
  return one !== undefined && (one.atMs > other.atMs || (one.atMs === other.atMs && one.order > other.order));
}
