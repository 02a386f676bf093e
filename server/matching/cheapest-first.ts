import type { Choice } from './assign-jobs.ts';

/** More machines than a network has; number and cost fit into one exact whole number. */
const MACHINES_MAX = 2 ** 20;

/**
 * Choices by cost, of equals the machine with the lower number first. They are put in order only as far as somebody
 * looks: a job is seldom moved beyond its first few machines.
 */
export class CheapestFirst implements Iterable<Choice> {
  /** A binary heap of cost × MACHINES_MAX + machine. */
  readonly #heap: number[] = [];
  #isHeap = false;
  readonly #ordered: Choice[] = [];

  /** Before anybody has looked. */
  add(machine: number, cost: number): void {
    this.#heap.push(cost * MACHINES_MAX + machine);
  }

  *[Symbol.iterator](): Generator<Choice> {
    for (let at = 0; ; at += 1) {
      const choice = this.at(at);
      if (choice === undefined) return;
      yield choice;
    }
  }

  at(place: number): Choice | undefined {
    if (!this.#isHeap) this.#build();
    while (this.#ordered.length <= place) {
      const next = this.#pop();
      if (next === undefined) return undefined;
      const machine = next % MACHINES_MAX;
      this.#ordered.push({ machine, cost: (next - machine) / MACHINES_MAX });
    }
    return this.#ordered[place];
  }

  #build(): void {
    for (let at = (this.#heap.length >> 1) - 1; at >= 0; at -= 1) this.#sink(at);
    this.#isHeap = true;
  }

  #pop(): number | undefined {
    const [top] = this.#heap;
    const last = this.#heap.pop();
    if (top === undefined || last === undefined || this.#heap.length === 0) return top;
    this.#heap[0] = last;
    this.#sink(0);
    return top;
  }

  #sink(from: number): void {
    const heap = this.#heap;
    const value = heap[from] ?? 0;
    let at = from;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && (heap[below + 1] ?? 0) < (heap[below] ?? 0)) below += 1;
      const smaller = heap[below] ?? 0;
      if (smaller >= value) break;
      heap[at] = smaller;
      at = below;
    }
    heap[at] = value;
  }
}
