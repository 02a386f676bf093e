import type { VirtualTime } from '../virtual-time.ts';

/** Far enough from zero that a wrong clock stays after 1970. */
const EPOCH_MS = 1_700_000_000_000;

export type Dice = {
  random: () => number;
  /** True this often. */
  chance: (share: number) => boolean;
  between: (least: number, most: number) => number;
  pick: <One>(from: readonly One[]) => One | undefined;
  newId: () => string;
};

export function diceOf(random: () => number): Dice {
  let ids = 0;
  return {
    random,
    chance: (share) => random() < share,
    between: (least, most) => least + random() * (most - least),
    pick: (from) => from[Math.floor(random() * from.length)],
    newId: () => {
      ids += 1;
      return `01890000-0000-7000-9000-${ids.toString(16).padStart(12, '0')}`;
    },
  };
}

/**
 * One life of a process. After its death the code goes on, as a ghost: nothing that it does has an effect any more, as if
 * it had never got that far.
 */
export class Life {
  isDead = false;
  /** How wrong the process's wall clock is. */
  clockOffMs = 0;
  readonly #time: VirtualTime;
  readonly #fuse: () => boolean;
  readonly #onDeath = new Set<() => void>();

  /** `fuse` says, at every effect on the outside, whether the process dies at just that point. */
  constructor(time: VirtualTime, fuse: () => boolean) {
    this.#time = time;
    this.#fuse = fuse;
  }

  onDeath(call: () => void): void {
    this.#onDeath.add(call);
  }

  die(): void {
    if (this.isDead) return;
    this.isDead = true;
    for (const call of this.#onDeath) call();
  }

  /** False where the process dies here or has died before. */
  survives(): boolean {
    if (!this.isDead && this.#fuse()) this.die();
    return !this.isDead;
  }

  /** Wall clock. */
  readonly nowMs = () => Math.floor(EPOCH_MS + this.#time.nowMs + this.clockOffMs);

  readonly after = (delayMs: number, call: () => void): (() => void) =>
    this.#time.after(delayMs, () => {
      if (!this.isDead) call();
    });

  /** The bridge's clock, which no hand turns. */
  readonly steady = { nowMs: () => this.#time.nowMs, after: this.after };
}
