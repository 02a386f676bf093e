import { toBase64Url } from '#contract/bytes.ts';
import { type EntrySignature, signingBytesOfText } from '#contract/log-entry.ts';
import type { SigningKey } from './log-keys.ts';

/** So many are signed together while further entries are being decided. */
const TOGETHER = 128;

/** The server's signatures for one commit, made on the other cores while its entries are still being decided. */
export class OwnSignatures {
  readonly #key: SigningKey;
  readonly #places: number[] = [];
  readonly #batches: Promise<Uint8Array[]>[] = [];
  #waiting: Uint8Array[] = [];

  constructor(key: SigningKey) {
    this.#key = key;
  }

  /** Signs a body that stands at a place of the commit. */
  add(place: number, bodyText: string): void {
    this.#places.push(place);
    this.#waiting.push(signingBytesOfText(bodyText));
    if (this.#waiting.length >= TOGETHER) this.begin();
  }

  /** Begins with what waits. */
  begin(): void {
    if (this.#waiting.length === 0) return;
    const batch = this.#key.signMany(this.#waiting);
    // Whoever asks for them all gets the error; a commit that is dropped asks for none.
    batch.catch(() => undefined);
    this.#batches.push(batch);
    this.#waiting = [];
  }

  /** All of them by their places. */
  async all(): Promise<ReadonlyMap<number, EntrySignature>> {
    this.begin();
    const made = (await Promise.all(this.#batches)).flat();
    const { didKey } = this.#key;
    return new Map(
      this.#places.map((place, at) => [
        place,
        { kid: didKey, sig: toBase64Url(made[at] ?? new Uint8Array()) },
      ]),
    );
  }
}
