import { MachineHeap } from './machine-heap.ts';

/** A machine that a job may be given to, by its number, and what that costs: a whole number, 0 or more. */
export interface Choice {
  machine: number;
  cost: number;
}

const NOBODY = -1;

/**
 * Gives each job at most one machine and each machine at most one job. A job goes without only where all jobs before
 * it cannot keep a machine otherwise; among all ways of serving the same jobs this one costs the least. Gives the
 * machine of each job, undefined for one that goes without. `choices` of a job are sorted by cost, and asked for only
 * while a machine is left.
 *
 * Method: shortest augmenting paths over reduced costs (Jonker and Volgenant 1987, without their preparing steps), one
 * Dijkstra search for each job. A search never takes a job's machine without giving it another one.
 */
export function assignJobs(choices: Iterable<Iterable<Choice>>, machines: number): (number | undefined)[] {
  const search = new Search(machines);
  let left = machines;
  for (const list of choices) {
    if (search.serve(list)) left -= 1;
    if (left === 0) break;
  }
  return search.machineOf.map((machine) => (machine === NOBODY ? undefined : machine));
}

class Search {
  readonly machineOf: number[] = [];
  readonly #jobOf: Int32Array;
  readonly #choices: Iterable<Choice>[] = [];
  /** Dual prices: cost − price of job − price of machine is never negative, and zero for each pair that is given. */
  readonly #priceOfJob: number[] = [];
  readonly #priceOfMachine: Float64Array;
  readonly #distance: Float64Array;
  /** From which job a machine is reached in this search. */
  readonly #via: Int32Array;
  readonly #isSettled: Uint8Array;
  #reached: number[] = [];
  readonly #heap: MachineHeap;

  constructor(machines: number) {
    this.#jobOf = new Int32Array(machines).fill(NOBODY);
    this.#priceOfMachine = new Float64Array(machines);
    this.#distance = new Float64Array(machines).fill(Number.POSITIVE_INFINITY);
    this.#via = new Int32Array(machines).fill(NOBODY);
    this.#isSettled = new Uint8Array(machines);
    this.#heap = new MachineHeap(this.#distance);
  }

  /** Whether one more job has a machine now. */
  serve(choices: Iterable<Choice>): boolean {
    const job = this.#choices.push(choices) - 1;
    this.machineOf.push(NOBODY);
    this.#priceOfJob.push(0);
    const settled: number[] = [];
    let nearestFree = this.#reachFrom(job, 0, Number.POSITIVE_INFINITY);
    let free = NOBODY;
    for (let next = this.#heap.pop(); next !== undefined; next = this.#heap.pop()) {
      if (this.#isSettled[next] === 1) continue;
      const holder = this.#jobOf[next] ?? NOBODY;
      if (holder === NOBODY) {
        free = next;
        break;
      }
      this.#isSettled[next] = 1;
      settled.push(next);
      nearestFree = this.#reachFrom(holder, this.#distance[next] ?? 0, nearestFree);
    }
    if (free !== NOBODY) this.#exchange(job, free, settled);
    this.#forget();
    return free !== NOBODY;
  }

  /**
   * Enters everything that a job could have instead, at `soFar` already. No farther than the nearest free machine:
   * prices of machines are never above zero, so nothing behind it in the list is nearer. Gives the new bound.
   */
  #reachFrom(job: number, soFar: number, bound: number): number {
    const price = this.#priceOfJob[job] ?? 0;
    let nearestFree = bound;
    for (const { machine, cost } of this.#choices[job] ?? []) {
      if (soFar + cost - price > nearestFree) break;
      if (this.#isSettled[machine] === 1) continue;
      const distance = soFar + cost - price - (this.#priceOfMachine[machine] ?? 0);
      const before = this.#distance[machine] ?? 0;
      if (distance >= before || distance > nearestFree) continue;
      if (before === Number.POSITIVE_INFINITY) this.#reached.push(machine);
      this.#distance[machine] = distance;
      this.#via[machine] = job;
      this.#heap.push(machine, distance);
      if (this.#jobOf[machine] === NOBODY) nearestFree = distance;
    }
    return nearestFree;
  }

  /** Each job on the way to the free machine takes the one it was reached for; the prices follow. */
  #exchange(job: number, free: number, settled: readonly number[]): void {
    const whole = this.#distance[free] ?? 0;
    for (const machine of settled) {
      const left = whole - (this.#distance[machine] ?? 0);
      this.#priceOfMachine[machine] = (this.#priceOfMachine[machine] ?? 0) - left;
      const holder = this.#jobOf[machine] ?? NOBODY;
      this.#priceOfJob[holder] = (this.#priceOfJob[holder] ?? 0) + left;
    }
    this.#priceOfJob[job] = (this.#priceOfJob[job] ?? 0) + whole;
    for (let machine = free; machine !== NOBODY; ) {
      const taker = this.#via[machine] ?? NOBODY;
      const given = this.machineOf[taker] ?? NOBODY;
      this.machineOf[taker] = machine;
      this.#jobOf[machine] = taker;
      machine = given;
    }
  }

  #forget(): void {
    for (const machine of this.#reached) {
      this.#distance[machine] = Number.POSITIVE_INFINITY;
      this.#via[machine] = NOBODY;
      this.#isSettled[machine] = 0;
    }
    this.#reached = [];
    this.#heap.clear();
  }
}
