import { MotionPlanner, type Path } from './motion-planner.ts';
import { PathClock } from './path-clock.ts';

export type HeldMotionOptions = {
  plannerBlocks: number;
  junctionDeviationMm: number;
  accelerationMmPerS2: number;
};

/** A planner whose motion can be held on its path and let go on. Times are the machine's milliseconds. */
export class HeldMotion {
  readonly #clock = new PathClock();
  readonly #planner: MotionPlanner;
  readonly #accelerationMmPerS2: number;
  /** Where everything planned will end, ahead of the tool. */
  planned: number[];

  constructor(options: HeldMotionOptions, at: readonly number[]) {
    const { plannerBlocks, junctionDeviationMm } = options;
    this.planned = [...at];
    this.#accelerationMmPerS2 = options.accelerationMmPerS2;
    this.#planner = new MotionPlanner({ capacity: plannerBlocks, junctionDeviationMm, at });
  }

  get isEmpty(): boolean {
    return this.#planner.isEmpty;
  }

  get starvedMs(): number {
    return this.#planner.starvedMs;
  }

  get freeBlocks(): number {
    return this.#planner.freeBlocks;
  }

  /** What the move under way was called; 0 when nothing moves. */
  get tag(): number {
    return this.#planner.tag ?? 0;
  }

  advance(nowMs: number): void {
    this.#planner.advance(this.#clock.at(nowMs));
  }

  position(nowMs: number): number[] {
    return this.#planner.position(this.#clock.at(nowMs));
  }

  /** How fast the tool goes, mm/s. */
  speed(nowMs: number): number {
    return this.#planner.speed(this.#clock.at(nowMs)) * this.#clock.rate(nowMs);
  }

  /** Not yet at a standstill, whether it is held or not. */
  isRunning(nowMs: number): boolean {
    return !this.#planner.isEmpty && this.#clock.rate(nowMs) > 0;
  }

  /** The caller has made sure of a free block. */
  plan(path: Path, speed: number, acceleration: number, tag: number, nowMs: number): void {
    this.planned = [...path.to];
    this.#planner.push(path, speed, acceleration, tag, this.#clock.at(nowMs));
  }

  hold(nowMs: number): void {
    this.#clock.hold(nowMs, this.#planner.speed(this.#clock.at(nowMs)), this.#accelerationMmPerS2);
  }

  goOn(nowMs: number): void {
    this.#clock.goOn(nowMs, this.#planner.speed(this.#clock.at(nowMs)), this.#accelerationMmPerS2);
  }

  /** Drops everything where it is. */
  stop(nowMs: number): void {
    this.planned = this.#planner.stop(this.#clock.at(nowMs));
    this.#clock.restart(nowMs);
  }

  /** The tool is found to be here. Only while nothing moves. */
  place(at: readonly number[]): void {
    this.planned = [...at];
    this.#planner.place(at);
  }

  /** When the move under way ends. */
  blockEndMs(nowMs: number): number {
    return this.#clock.when(this.#planner.blockEndMs, nowMs);
  }

  /** When a hold or a start under way has come to its end. */
  get settledMs(): number {
    return this.#clock.settledMs;
  }
}
