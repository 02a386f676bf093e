/** A report that comes by itself every so often, or never. Times are the machine's milliseconds. */
export class PeriodicReport {
  #everyMs = 0;
  nextMs = Infinity;

  /** 0 switches it off. */
  set(everyMs: number, nowMs: number): void {
    this.#everyMs = everyMs;
    this.nextMs = everyMs === 0 ? Infinity : nowMs + everyMs;
  }

  /** Whether it is time for one; the next is then due one period later. */
  isDue(nowMs: number): boolean {
    if (nowMs < this.nextMs) return false;
    this.nextMs = nowMs + this.#everyMs;
    return true;
  }
}
