/** A set that reads through to another one, as `OverlayMap` is a map that does. The base must not change meanwhile. */
export class OverlaySet<Item> extends Set<Item> {
  #base: Set<Item>;
  /** Items of the base that were deleted, also those that were added again later. */
  readonly #deleted = new Set<Item>();
  /** What comes after the base, in its order. */
  readonly #added = new Set<Item>();

  constructor(base: Set<Item>) {
    super();
    this.#base = base;
  }

  /**
   * Writes every change into a set that is what the base was, in an order that makes it what the overlay is. The overlay then has
   * no changes, and reads through to that one.
   */
  keep(into: Set<Item> = this.#base): void {
    this.#base = into;
    for (const item of this.#deleted) this.#base.delete(item);
    for (const item of this.#added) this.#base.add(item);
    this.#deleted.clear();
    this.#added.clear();
  }

  override get size(): number {
    return this.#base.size - this.#deleted.size + this.#added.size;
  }

  override has(item: Item): boolean {
    return this.#added.has(item) || this.#isInBase(item);
  }

  override add(item: Item): this {
    if (!this.#isInBase(item)) this.#added.add(item);
    return this;
  }

  override delete(item: Item): boolean {
    if (this.#added.delete(item)) return true;
    if (!this.#isInBase(item)) return false;
    this.#deleted.add(item);
    return true;
  }

  override clear(): void {
    for (const item of this.#base) this.#deleted.add(item);
    this.#added.clear();
  }

  override *values(): SetIterator<Item> {
    for (const item of this.#base) if (!this.#deleted.has(item)) yield item;
    yield* this.#added;
  }

  override keys(): SetIterator<Item> {
    return this.values();
  }

  override *entries(): SetIterator<[Item, Item]> {
    for (const item of this.values()) yield [item, item];
  }

  override [Symbol.iterator](): SetIterator<Item> {
    return this.values();
  }

  override forEach(call: (item: Item, again: Item, set: Set<Item>) => void, self?: unknown): void {
    for (const item of this.values()) call.call(self, item, item, this);
  }

  #isInBase(item: Item): boolean {
    return this.#base.has(item) && !this.#deleted.has(item);
  }
}
