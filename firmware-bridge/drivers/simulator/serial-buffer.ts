/** A controller's receive buffer: what does not fit is lost, as on hardware without flow control. */
export class SerialBuffer {
  readonly #capacity: number;
  #bytes: number[] = [];
  #read = 0;
  /** How many bytes were lost so far. */
  lost = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get length(): number {
    return this.#bytes.length - this.#read;
  }

  get free(): number {
    return this.#capacity - this.length;
  }

  push(byte: number): void {
    if (this.length >= this.#capacity) this.lost += 1;
    else this.#bytes.push(byte);
  }

  shift(): number | undefined {
    const byte = this.#bytes[this.#read];
    if (byte === undefined) return;
    this.#read += 1;
    if (this.#read === this.#bytes.length) this.clear();
    else if (this.#read >= this.#capacity) {
      this.#bytes = this.#bytes.slice(this.#read);
      this.#read = 0;
    }
    return byte;
  }

  clear(): void {
    this.#bytes = [];
    this.#read = 0;
  }
}
