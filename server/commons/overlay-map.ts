/**
 * A map that reads through to another one and keeps what is written to itself, until `keep` writes it there. It
 * behaves as a copy of the base would, also in the order of its keys: a replaced value keeps its place, a key that is
 * deleted and set again goes to the end. The base must not change in between.
 */
export class OverlayMap<Key, Value> extends Map<Key, Value> {
  #base: Map<Key, Value>;
  /** New values of keys that stand in the base. */
  readonly #changed = new Map<Key, Value>();
  /** Keys of the base that were deleted, also those that were set again later. */
  readonly #deleted = new Set<Key>();
  /** What comes after the base, in its order. */
  readonly #added = new Map<Key, Value>();

  constructor(base: Map<Key, Value>) {
    super();
    this.#base = base;
  }

  /**
   * Writes every change into a map that is what the base was, in an order that makes it what the overlay is. The overlay then has
   * no changes, and reads through to that one.
   */
  keep(into: Map<Key, Value> = this.#base): void {
    this.#base = into;
    for (const key of this.#deleted) this.#base.delete(key);
    for (const [key, value] of this.#changed) this.#base.set(key, value);
    for (const [key, value] of this.#added) this.#base.set(key, value);
    this.#deleted.clear();
    this.#changed.clear();
    this.#added.clear();
  }

  override get size(): number {
    return this.#base.size - this.#deleted.size + this.#added.size;
  }

  override has(key: Key): boolean {
    return this.#added.has(key) || this.#isInBase(key);
  }

  override get(key: Key): Value | undefined {
    if (this.#added.has(key)) return this.#added.get(key);
    if (this.#changed.has(key)) return this.#changed.get(key);
    return this.#deleted.has(key) ? undefined : this.#base.get(key);
  }

  override set(key: Key, value: Value): this {
    if (this.#isInBase(key)) this.#changed.set(key, value);
    else this.#added.set(key, value);
    return this;
  }

  override delete(key: Key): boolean {
    if (this.#added.delete(key)) return true;
    if (!this.#isInBase(key)) return false;
    this.#changed.delete(key);
    this.#deleted.add(key);
    return true;
  }

  override clear(): void {
    for (const key of this.#base.keys()) this.#deleted.add(key);
    this.#changed.clear();
    this.#added.clear();
  }

  override *entries(): MapIterator<[Key, Value]> {
    for (const entry of this.#base) {
      const [key] = entry;
      if (this.#deleted.has(key)) continue;
      const value = this.#changed.get(key);
      // A value may be `undefined` itself.
      if (value !== undefined || this.#changed.has(key)) yield [key, value as Value];
      else yield entry;
    }
    yield* this.#added;
  }

  override *keys(): MapIterator<Key> {
    for (const key of this.#base.keys()) if (!this.#deleted.has(key)) yield key;
    yield* this.#added.keys();
  }

  override *values(): MapIterator<Value> {
    for (const [, value] of this.entries()) yield value;
  }

  override [Symbol.iterator](): MapIterator<[Key, Value]> {
    return this.entries();
  }

  override forEach(call: (value: Value, key: Key, map: Map<Key, Value>) => void, self?: unknown): void {
    for (const [key, value] of this.entries()) call.call(self, value, key, this);
  }

  #isInBase(key: Key): boolean {
    return this.#base.has(key) && !this.#deleted.has(key);
  }
}
