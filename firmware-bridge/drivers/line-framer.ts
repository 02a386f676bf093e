/** Longer than any line a firmware writes; a longer one is noise and is dropped up to its end. */
const LINE_CHARACTERS_MAX = 1_024;
const NEW_LINE = 10;
const RETURN = 13;

/** Cuts bytes into lines, whatever the chunks. Latin-1, so that every byte stays one character; empty lines are left out. */
export class LineFramer {
  #text = '';
  #isDropping = false;

  push(bytes: Uint8Array): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i];
      if (byte !== NEW_LINE && byte !== RETURN) continue;
      this.#keep(bytes.subarray(start, i));
      if (this.#text !== '' && !this.#isDropping) lines.push(this.#text);
      this.#text = '';
      this.#isDropping = false;
      start = i + 1;
    }
    this.#keep(bytes.subarray(start));
    return lines;
  }

  reset(): void {
    this.#text = '';
    this.#isDropping = false;
  }

  #keep(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.#isDropping) return;
    this.#text += Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    if (this.#text.length > LINE_CHARACTERS_MAX) this.#isDropping = true;
  }
}
