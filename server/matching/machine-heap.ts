/** Binary heap of machines by distance, of equals the one with the lower number first; a nearer entry outdates the one before. */
export class MachineHeap {
  readonly #newest: Float64Array;
  #machines: number[] = [];
  #distances: number[] = [];

  constructor(newest: Float64Array) {
    this.#newest = newest;
  }

  clear(): void {
    this.#machines = [];
    this.#distances = [];
  }

  push(machine: number, distance: number): void {
    let at = this.#machines.length;
    this.#machines.push(machine);
    this.#distances.push(distance);
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.#isBefore(at, above)) return;
      this.#swap(at, above);
      at = above;
    }
  }

  /** The nearest machine of which the entry is not outdated. */
  pop(): number | undefined {
    while (this.#machines.length > 0) {
      const machine = this.#machines[0] ?? 0;
      const distance = this.#distances[0] ?? 0;
      this.#removeTop();
      if (this.#newest[machine] === distance) return machine;
    }
    return undefined;
  }

  #removeTop(): void {
    const [lastMachine, lastDistance] = [this.#machines.pop(), this.#distances.pop()];
    if (lastMachine === undefined || lastDistance === undefined || this.#machines.length === 0) return;
    this.#machines[0] = lastMachine;
    this.#distances[0] = lastDistance;
    for (let at = 0; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let first = at;
      if (left < this.#machines.length && this.#isBefore(left, first)) first = left;
      if (right < this.#machines.length && this.#isBefore(right, first)) first = right;
      if (first === at) return;
      this.#swap(at, first);
      at = first;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [nearer, other] = [this.#distances[a] ?? 0, this.#distances[b] ?? 0];
    return nearer < other || (nearer === other && (this.#machines[a] ?? 0) < (this.#machines[b] ?? 0));
  }

  #swap(a: number, b: number): void {
    const [machine, distance] = [this.#machines[a] ?? 0, this.#distances[a] ?? 0];
    this.#machines[a] = this.#machines[b] ?? 0;
    this.#distances[a] = this.#distances[b] ?? 0;
    this.#machines[b] = machine;
    this.#distances[b] = distance;
  }
}
