/** The safety door: opening it holds the machine, closing it alone lets nothing go on. */
export class SafetyDoor {
  #isOpen = false;
  /** It was opened and nobody has let the machine go on since. */
  isHolding = false;
  #shutsAtMs = Infinity;

  /** `shutsAtMs`: when it will be shut again by itself. */
  open(shutsAtMs: number): void {
    this.#isOpen = true;
    this.isHolding = true;
    this.#shutsAtMs = shutsAtMs;
  }

  /** The real-time command that stands for a door opened and shut. */
  trip(): void {
    this.isHolding = true;
  }

  look(nowMs: number): void {
    if (nowMs < this.#shutsAtMs) return;
    this.#isOpen = false;
    this.#shutsAtMs = Infinity;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get shutsAtMs(): number {
    return this.#shutsAtMs;
  }

  reset(): void {
    this.isHolding = this.#isOpen;
  }

  /** Its part of a status report: 0 shut and ready to go on, 1 still open, 2 slowing down. */
  stateWord(isSlowing: boolean): string {
    if (isSlowing) return 'Door:2';
    return this.#isOpen ? 'Door:1' : 'Door:0';
  }
}
