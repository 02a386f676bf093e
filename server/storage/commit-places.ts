/** Which entries a commit holds. */
export interface CommitPlace {
  readonly number: number;
  readonly first: number;
  readonly count: number;
}

/** Places that are kept in memory: about a megabyte, and the upper steps of every search in a million commits. */
const PLACES_KEPT_MAX = 16_384;

/**
 * Finds the commit of an entry with point reads alone, for stores that cannot search by range: a commit holds at least
 * one entry, so it never has a greater number than its first entry has an index, and both grow together.
 */
export class CommitPlaces {
  readonly #read: (number: number) => Promise<CommitPlace | undefined>;
  readonly #kept = new Map<number, CommitPlace>();
  #newest: CommitPlace = { number: -1, first: 0, count: 0 };

  constructor(read: (number: number) => Promise<CommitPlace | undefined>) {
    this.#read = read;
  }

  /** A commit that is stored. Commits never change, so what was once seen stays true. */
  add(place: CommitPlace): void {
    if (place.number > this.#newest.number) this.#newest = place;
    if (this.#kept.has(place.number)) return;
    if (this.#kept.size >= PLACES_KEPT_MAX)
      for (const [number] of this.#kept) {
        this.#kept.delete(number);
        break;
      }
    this.#kept.set(place.number, place);
  }

  async find(index: number): Promise<CommitPlace | undefined> {
    const { number, first, count } = this.#newest;
    const end = first + count;
    const isBehindEnd = index < end;
    let low = isBehindEnd ? 0 : number + 1;
    let high = isBehindEnd ? number : number + 1 + (index - end);
    while (low <= high) {
      const middle = low + Math.floor((high - low) / 2);
      const place = await this.#at(middle);
      if (place === undefined || index < place.first) high = middle - 1;
      else if (index >= place.first + place.count) low = middle + 1;
      else return place;
    }
    return undefined;
  }

  async #at(number: number): Promise<CommitPlace | undefined> {
    const kept = this.#kept.get(number);
    if (kept !== undefined) return kept;
    const place = await this.#read(number);
    if (place !== undefined) this.add(place);
    return place;
  }
}
