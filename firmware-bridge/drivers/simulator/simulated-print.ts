import { plannedSecondsByLine } from '../../planned-time.ts';

/** What a line costs that moves nothing, seconds. */
const LINE_SECONDS = 0.02;

/**
 * A print on a simulated host, in the machine's own milliseconds: it takes as long as its moves and dwells, and stands still
 * while it is paused.
 */
export class SimulatedPrint {
  readonly name: string;
  readonly bytes: number;
  readonly #ends: readonly number[];
  readonly #seconds: Float64Array;
  #doneMs = 0;
  #runningSinceMs: number | undefined;

  constructor(name: string, text: string, nowMs: number) {
    this.name = name;
    this.bytes = Buffer.byteLength(text);
    const lines = text.replace(/\n$/, '').split('\n');
    let end = 0;
    this.#ends = lines.map((line) => {
      end += Buffer.byteLength(line) + 1;
      return end;
    });
    this.#seconds = secondsByLine(lines);
    this.#runningSinceMs = nowMs;
  }

  get totalSeconds(): number {
    return this.#seconds.at(-1) ?? 0;
  }

  get isPaused(): boolean {
    return this.#runningSinceMs === undefined;
  }

  pause(nowMs: number): void {
    this.#doneMs = this.#elapsedMs(nowMs);
    this.#runningSinceMs = undefined;
  }

  resume(nowMs: number): void {
    this.#runningSinceMs ??= nowMs;
  }

  /** Seconds of printing so far, pauses left out. */
  seconds(nowMs: number): number {
    return Math.min(this.#elapsedMs(nowMs) / 1_000, this.totalSeconds);
  }

  isDone(nowMs: number): boolean {
    return this.seconds(nowMs) >= this.totalSeconds;
  }

  bytesDone(nowMs: number): number {
    const seconds = this.seconds(nowMs);
    const line = this.#seconds.findIndex((done) => done > seconds);
    return line < 0 ? this.bytes : (this.#ends[line - 1] ?? 0);
  }

  #elapsedMs(nowMs: number): number {
    return this.#doneMs + (this.#runningSinceMs === undefined ? 0 : nowMs - this.#runningSinceMs);
  }
}

function secondsByLine(lines: readonly string[]): Float64Array {
  const moved = plannedSecondsByLine(lines);
  let more = 0;
  return moved.map((seconds, line) => {
    more += LINE_SECONDS + dwellSeconds(lines[line] ?? '');
    return seconds + more;
  });
}

/** `G4 P500` waits milliseconds, `G4 S2` seconds. */
function dwellSeconds(line: string): number {
  const [, unit, value] = /^G4 ([PS])([\d.]+)/i.exec(line) ?? [];
  return value === undefined ? 0 : Number(value) / (unit?.toUpperCase() === 'P' ? 1_000 : 1);
}
