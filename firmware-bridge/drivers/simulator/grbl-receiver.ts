import { SerialBuffer } from './serial-buffer.ts';

/** GRBL's line buffer, with its terminator. */
const LINE_CHARACTERS_MAX = 80;
const NEW_LINE = 10;
const RETURN = 13;

/** Receive buffer and line buffer of a GRBL controller. */
export class LineReceiver {
  readonly #buffer: SerialBuffer;
  #line = '';
  #isOverlong = false;
  /** While it writes EEPROM the receiver's interrupt is off: bytes that come are lost. */
  deafUntilMs = 0;

  constructor(bytes: number) {
    this.#buffer = new SerialBuffer(bytes);
  }

  get lost(): number {
    return this.#buffer.lost;
  }

  get free(): number {
    return this.#buffer.free;
  }

  push(byte: number): void {
    this.#buffer.push(byte);
  }

  clear(): void {
    this.#buffer.clear();
    this.#line = '';
    this.#isOverlong = false;
  }

  /** The next whole line; `overlong` for one that did not fit; nothing while none is complete. */
  next(): { text: string; isOverlong: boolean } | undefined {
    for (let byte = this.#buffer.shift(); byte !== undefined; byte = this.#buffer.shift()) {
      if (byte === NEW_LINE || byte === RETURN) {
        const line = { text: this.#line, isOverlong: this.#isOverlong };
        this.#line = '';
        this.#isOverlong = false;
        return line;
      }
      if (this.#line.length < LINE_CHARACTERS_MAX - 1) this.#line += String.fromCharCode(byte);
      else this.#isOverlong = true;
    }
    return;
  }
}
