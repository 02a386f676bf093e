/**
 * Motion as a controller plans it: a short queue of blocks, speeds at their joints limited by junction deviation, every
 * block a trapezoid. Where the tool is at a given time is computed, not stepped, so a simulated machine costs nothing
 * between questions. Times are milliseconds of the machine's own time, lengths millimetres, speeds mm/s.
 *
 * Joint speeds: S. Jeon, "Improving Grbl: Cornering Algorithm" (v² = a·d·sin(θ/2)/(1−sin(θ/2))). Planning: reverse and
 * forward pass over the queue, as in GRBL's documentation of its planner.
 */

export type Path = {
  from: readonly number[];
  to: readonly number[];
  lengthMm: number;
  /** Directions at both ends in X, Y, Z; zero vectors for a move of the extruder alone. */
  startDirection: readonly number[];
  endDirection: readonly number[];
  /** Place after a share (0 to 1) of the way. */
  at: (share: number) => number[];
};

type Block = {
  path: Path;
  nominal: number;
  acceleration: number;
  /** Highest speed at which the joint before it may be passed. */
  joint: number;
  entry: number;
  tag: number;
};

/** The part of the first block that is under way: from `startMs`, at `doneMm`, with entry and exit speed. */
type Run = { startMs: number; doneMm: number; entry: number; exit: number; profile: Profile };

type Profile = {
  entry: number;
  peak: number;
  exit: number;
  acceleration: number;
  upMs: number;
  flatMs: number;
  downMs: number;
};

const MS_PER_S = 1_000;
const FULL_STOP = 0;

export class MotionPlanner {
  readonly capacity: number;
  readonly #junctionDeviationMm: number;
  readonly #blocks: Block[] = [];
  #run: Run | undefined;
  #at: number[];
  /** Since when nothing has been left to do; nothing before the first move. */
  #emptySinceMs: number | undefined;
  /** How long the tool has stood between two moves because none was queued. */
  starvedMs = 0;

  constructor(options: { capacity: number; junctionDeviationMm: number; at: readonly number[] }) {
    this.capacity = options.capacity;
    this.#junctionDeviationMm = options.junctionDeviationMm;
    this.#at = [...options.at];
  }

  get freeBlocks(): number {
    return this.capacity - this.#blocks.length;
  }

  get isEmpty(): boolean {
    return this.#blocks.length === 0;
  }

  /** What the caller named the block under way; undefined when nothing moves. */
  get tag(): number | undefined {
    return this.#blocks[0]?.tag;
  }

  /** Queues a move; the caller has made sure of a free block. It begins at `nowMs` if nothing is under way. */
  push(path: Path, speed: number, acceleration: number, tag: number, nowMs: number): void {
    this.advance(nowMs);
    if (this.isEmpty && this.#emptySinceMs !== undefined) this.starvedMs += nowMs - this.#emptySinceMs;
    this.#emptySinceMs = undefined;
    const last = this.#blocks.at(-1);
    const joint = last === undefined ? FULL_STOP : this.#jointSpeed(last, path, speed, acceleration);
    this.#blocks.push({ path, nominal: speed, acceleration, joint, entry: FULL_STOP, tag });
    this.#plan(nowMs);
  }

  /** Retires what is finished by `nowMs`. */
  advance(nowMs: number): void {
    for (;;) {
      const [block, run] = [this.#blocks[0], this.#run];
      if (block === undefined || run === undefined) return;
      const endMs = run.startMs + durationMs(run.profile);
      if (endMs > nowMs) return;
      this.#at = [...block.path.to];
      this.#blocks.shift();
      this.#run = undefined;
      if (this.#blocks.length > 0) this.#begin(endMs, run.exit);
      else this.#emptySinceMs = endMs;
    }
  }

  /** When the block under way ends; Infinity when nothing moves. */
  get blockEndMs(): number {
    return this.#run === undefined ? Infinity : this.#run.startMs + durationMs(this.#run.profile);
  }

  position(nowMs: number): number[] {
    this.advance(nowMs);
    const [block, run] = [this.#blocks[0], this.#run];
    if (block === undefined || run === undefined) return [...this.#at];
    const doneMm = run.doneMm + travelled(run.profile, nowMs - run.startMs);
    return block.path.at(block.path.lengthMm === 0 ? 1 : Math.min(1, doneMm / block.path.lengthMm));
  }

  /** mm/s along the path. */
  speed(nowMs: number): number {
    this.advance(nowMs);
    return this.#run === undefined ? 0 : speedAfter(this.#run.profile, nowMs - this.#run.startMs);
  }

  /** Drops everything at once, as a reset does; returns where the tool stands. */
  stop(nowMs: number): number[] {
    const at = this.position(nowMs);
    this.#blocks.length = 0;
    this.#run = undefined;
    this.#emptySinceMs = undefined;
    this.#at = at;
    return [...at];
  }

  /** Tells the planner where the tool is after homing. Only while nothing moves. */
  place(at: readonly number[]): void {
    this.#at = [...at];
  }

  #begin(startMs: number, entry: number): void {
    const block = this.#blocks[0];
    if (block === undefined) return;
    const exit = this.#blocks[1]?.entry ?? FULL_STOP;
    this.#run = {
      startMs,
      doneMm: 0,
      entry,
      exit,
      profile: profileOf(block.path.lengthMm, entry, exit, block),
    };
  }

  /** New blocks behind a running one may let it pass its end faster: it is planned anew from where it is. */
  #plan(nowMs: number): void {
    const blocks = this.#blocks;
    const first = blocks[0];
    if (first === undefined) return;
    let doneMm = 0;
    let entry = FULL_STOP;
    if (this.#run !== undefined) {
      const { profile, startMs } = this.#run;
      doneMm = Math.min(first.path.lengthMm, this.#run.doneMm + travelled(profile, nowMs - startMs));
      entry = speedAfter(profile, nowMs - startMs);
    }
    this.#reverse();
    this.#forward(first.path.lengthMm - doneMm, entry);
    const exit = blocks[1]?.entry ?? FULL_STOP;
    this.#run = {
      startMs: nowMs,
      doneMm,
      entry,
      exit,
      profile: profileOf(first.path.lengthMm - doneMm, entry, exit, first),
    };
  }

  /** From the end, where it must stand: how fast may each block be entered and still slow down in time. */
  #reverse(): void {
    let exit = FULL_STOP;
    for (let i = this.#blocks.length - 1; i > 0; i--) {
      const block = this.#blocks[i];
      if (block === undefined) continue;
      block.entry = Math.min(
        block.joint,
        Math.sqrt(exit * exit + 2 * block.acceleration * block.path.lengthMm),
      );
      exit = block.entry;
    }
  }

  /** From the tool: how fast can each block be entered at all. */
  #forward(firstRestMm: number, firstEntry: number): void {
    let speed = firstEntry;
    for (let i = 0; i + 1 < this.#blocks.length; i++) {
      const [block, next] = [this.#blocks[i], this.#blocks[i + 1]];
      if (block === undefined || next === undefined) return;
      const lengthMm = i === 0 ? firstRestMm : block.path.lengthMm;
      const reachable = Math.sqrt(speed * speed + 2 * block.acceleration * lengthMm);
      next.entry = Math.min(next.entry, reachable);
      speed = next.entry;
    }
  }

  #jointSpeed(before: Block, path: Path, speed: number, acceleration: number): number {
    const slower = Math.min(before.nominal, speed);
    const [a, b] = [before.path.endDirection, path.startDirection];
    const cosine = -((a[0] ?? 0) * (b[0] ?? 0) + (a[1] ?? 0) * (b[1] ?? 0) + (a[2] ?? 0) * (b[2] ?? 0));
    if (isZero(a) || isZero(b)) return FULL_STOP;
    if (cosine < -0.999999) return slower;
    if (cosine > 0.999999) return FULL_STOP;
    const sine = Math.sqrt((1 - cosine) / 2);
    const limit = Math.sqrt((acceleration * this.#junctionDeviationMm * sine) / (1 - sine));
    return Math.min(slower, limit);
  }
}

function isZero(direction: readonly number[]): boolean {
  return direction[0] === 0 && direction[1] === 0 && direction[2] === 0;
}

/** Up, flat, down over `lengthMm`; as high as it goes where there is no room for the nominal speed. */
function profileOf(lengthMm: number, entry: number, exit: number, block: Block): Profile {
  const { acceleration } = block;
  const highest = Math.sqrt(acceleration * lengthMm + (entry * entry + exit * exit) / 2);
  const peak = Math.max(entry, exit, Math.min(block.nominal, highest));
  const upMm = (peak * peak - entry * entry) / (2 * acceleration);
  const downMm = (peak * peak - exit * exit) / (2 * acceleration);
  const flatMm = Math.max(0, lengthMm - upMm - downMm);
  return {
    entry,
    peak,
    exit,
    acceleration,
    upMs: ((peak - entry) / acceleration) * MS_PER_S,
    flatMs: peak === 0 ? 0 : (flatMm / peak) * MS_PER_S,
    downMs: ((peak - exit) / acceleration) * MS_PER_S,
  };
}

function durationMs(profile: Profile): number {
  return profile.upMs + profile.flatMs + profile.downMs;
}

function speedAfter(profile: Profile, ms: number): number {
  const { entry, peak, exit, acceleration, upMs, flatMs } = profile;
  if (ms < upMs) return entry + (acceleration * Math.max(0, ms)) / MS_PER_S;
  if (ms < upMs + flatMs) return peak;
  return Math.max(exit, peak - (acceleration * (ms - upMs - flatMs)) / MS_PER_S);
}

function travelled(profile: Profile, ms: number): number {
  const { entry, peak, acceleration, upMs, flatMs, downMs } = profile;
  const up = Math.min(Math.max(0, ms), upMs) / MS_PER_S;
  const flat = Math.min(Math.max(0, ms - upMs), flatMs) / MS_PER_S;
  const down = Math.min(Math.max(0, ms - upMs - flatMs), downMs) / MS_PER_S;
  return (
    entry * up + (acceleration * up * up) / 2 + peak * flat + peak * down - (acceleration * down * down) / 2
  );
}
