const MS_PER_S = 1_000;
/** Nearer than this counts as reached. */
const REACHED_C = 1;

export type HeaterOptions = { ambientC: number; heatingCPerS: number; coolingTimeS: number };

/** A heater with a steady power and a loss to the room: up in a straight line, down along an exponential. */
export class Heater {
  readonly #options: HeaterOptions;
  #fromMs = 0;
  #fromC: number;
  target = 0;

  constructor(options: HeaterOptions) {
    this.#options = options;
    this.#fromC = options.ambientC;
  }

  set(targetC: number, nowMs: number): void {
    this.#fromC = this.temperatureC(nowMs);
    this.#fromMs = nowMs;
    this.target = targetC;
  }

  temperatureC(nowMs: number): number {
    const { ambientC, heatingCPerS, coolingTimeS } = this.#options;
    const seconds = Math.max(0, nowMs - this.#fromMs) / MS_PER_S;
    if (this.target >= this.#fromC) return Math.min(this.target, this.#fromC + heatingCPerS * seconds);
    const cooled = ambientC + (this.#fromC - ambientC) * Math.exp(-seconds / coolingTimeS);
    return Math.max(this.target, cooled);
  }

  isReached(nowMs: number, waitsForCooling: boolean): boolean {
    const temperature = this.temperatureC(nowMs);
    return (
      temperature >= this.target - REACHED_C && (!waitsForCooling || temperature <= this.target + REACHED_C)
    );
  }

  /** When it will be warm enough; Infinity when it only cools. */
  reachedMs(nowMs: number): number {
    const missing = this.target - REACHED_C - this.temperatureC(nowMs);
    return missing <= 0 ? nowMs : nowMs + (missing / this.#options.heatingCPerS) * MS_PER_S;
  }
}
