import type { MachineClock } from '../../machine.ts';

const MS_PER_S = 1_000;
/** A start bit, eight bits, a stop bit. */
const BITS_PER_BYTE = 10;
/** Bytes are handed on in pieces no longer than this, so that a buffer behind the line fills as it would. */
const PIECE_MS = 1;

/** One direction of a serial line: bytes go one after another at the line's speed, in order, each once. */
export class SerialPace {
  readonly #clock: MachineClock;
  readonly #byteMs: number;
  readonly #latencyMs: number;
  readonly #deliver: (bytes: Uint8Array) => void;
  /** Until then the line is busy with bytes that were given earlier. */
  #busyUntilMs = 0;
  /** What is under way, the next to arrive first. */
  readonly #underWay: { arrivesMs: number; piece: Uint8Array }[] = [];

  /** `baud` in bits a second; undefined for a line that takes no time. */
  constructor(
    clock: MachineClock,
    pace: { baud: number | undefined; latencyMs: number },
    deliver: (bytes: Uint8Array) => void,
  ) {
    this.#clock = clock;
    this.#byteMs = pace.baud === undefined ? 0 : (BITS_PER_BYTE * MS_PER_S) / pace.baud;
    this.#latencyMs = pace.latencyMs;
    this.#deliver = deliver;
  }

  carry(bytes: Uint8Array): void {
    if (this.#byteMs === 0 && this.#latencyMs === 0) {
      this.#deliver(bytes);
      return;
    }
    const nowMs = this.#clock.nowMs();
    const perPiece = this.#byteMs === 0 ? bytes.length : Math.max(1, Math.floor(PIECE_MS / this.#byteMs));
    for (let at = 0; at < bytes.length; at += perPiece) {
      const piece = bytes.subarray(at, at + perPiece);
      this.#busyUntilMs = Math.max(nowMs, this.#busyUntilMs) + piece.length * this.#byteMs;
      this.#underWay.push({ arrivesMs: this.#busyUntilMs + this.#latencyMs, piece });
      // One timer at a time: the process's own clock does not keep the order of timers that end together.
      if (this.#underWay.length === 1) this.#awaitNext();
    }
  }

  #awaitNext(): void {
    const next = this.#underWay[0];
    if (next === undefined) return;
    this.#clock.after(Math.max(0, next.arrivesMs - this.#clock.nowMs()), () => {
      const nowMs = this.#clock.nowMs();
      const arrived = this.#underWay.filter(({ arrivesMs }) => arrivesMs <= nowMs + PIECE_MS / 2);
      for (const { piece } of arrived) this.#deliver(piece);
      this.#underWay.splice(0, arrived.length);
      this.#awaitNext();
    });
  }
}
