const MS_PER_S = 1_000;

/**
 * The time by which motion runs. A feed hold lets it run slower and slower until it stands, which is what slowing down
 * along the planned path looks like from outside; going on lets it run up again. The plan itself stays untouched.
 */
export class PathClock {
  #fromMs = 0;
  #pathMs = 0;
  /** Speed of this clock at `#fromMs`, 0 to 1, and its change per millisecond. */
  #rate = 1;
  #slope = 0;

  /** Path time at machine time `nowMs`. */
  at(nowMs: number): number {
    const ms = Math.max(0, nowMs - this.#fromMs);
    if (this.#slope === 0) return this.#pathMs + this.#rate * ms;
    const rampMs = this.#rampMs();
    const inRamp = Math.min(ms, rampMs);
    const ramped = this.#pathMs + this.#rate * inRamp + (this.#slope * inRamp * inRamp) / 2;
    return this.#slope > 0 ? ramped + (ms - inRamp) : ramped;
  }

  /** Share of the planned speed at `nowMs`. */
  rate(nowMs: number): number {
    if (this.#slope === 0) return this.#rate;
    const rate = this.#rate + this.#slope * Math.max(0, nowMs - this.#fromMs);
    return Math.min(1, Math.max(0, rate));
  }

  /** Machine time at which the ramp under way is over. */
  get settledMs(): number {
    return this.#slope === 0 ? this.#fromMs : this.#fromMs + this.#rampMs();
  }

  /** Machine time at which path time `pathMs` comes; Infinity while it stands. */
  when(pathMs: number, nowMs: number): number {
    if (pathMs === Infinity || (this.#slope < 0 && this.at(this.settledMs) < pathMs)) return Infinity;
    if (this.rate(nowMs) === 0 && this.#slope <= 0) return Infinity;
    // Late by at most the ramp's own slowness: asked again at each wake until it is there.
    return nowMs + Math.max(0, pathMs - this.at(nowMs));
  }

  hold(nowMs: number, speedMmPerS: number, accelerationMmPerS2: number): void {
    this.#ramp(nowMs, -1, speedMmPerS, accelerationMmPerS2);
  }

  goOn(nowMs: number, speedMmPerS: number, accelerationMmPerS2: number): void {
    this.#ramp(nowMs, 1, speedMmPerS, accelerationMmPerS2);
  }

  /** As after a reset. */
  restart(nowMs: number): void {
    this.#pathMs = this.at(nowMs);
    this.#fromMs = nowMs;
    this.#rate = 1;
    this.#slope = 0;
  }

  #ramp(nowMs: number, sign: 1 | -1, speed: number, acceleration: number): void {
    const rate = this.rate(nowMs);
    this.#pathMs = this.at(nowMs);
    this.#fromMs = nowMs;
    const rampMs = (speed / acceleration) * MS_PER_S;
    this.#rate = rampMs === 0 ? (sign > 0 ? 1 : 0) : rate;
    this.#slope = rampMs === 0 ? 0 : sign / rampMs;
  }

  #rampMs(): number {
    return this.#slope > 0 ? (1 - this.#rate) / this.#slope : this.#rate / -this.#slope;
  }
}
