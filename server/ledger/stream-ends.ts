import type { EntryRow, Storage } from '../storage/storage.ts';
import { type CommittedEntry, linkAfter, type StreamEnd } from './committed-entry.ts';
import { damaged } from './damaged.ts';
import type { IdFilter } from './id-filter.ts';

/** Streams whose end stays in memory, the ones used last; about 200 bytes each. Others are looked up in the store. */
const ENDS_KEPT_MAX = 50_000;

/** Entries of a stream that are looked through at once for its end, where others have gone on; eight times as many each time. */
const FIRST_STEP_BACK = 8;

/** Where each stream of the log ends, so that its next entry can be linked to the one before it. */
export class StreamEnds {
  readonly #storage: Pick<Storage, 'lastOfStream' | 'rowsOfStream'>;
  readonly #filter: IdFilter;
  readonly #ends = new Map<string, StreamEnd>();

  constructor(storage: Pick<Storage, 'lastOfStream' | 'rowsOfStream'>, filter: IdFilter) {
    this.#storage = storage;
    this.#filter = filter;
  }

  /** Brings the ends of these streams into memory. `size`: entries taken in so far; the store may hold more already. */
  async prepare(streams: Iterable<string>, size: number): Promise<void> {
    for (const stream of new Set(streams)) {
      if (this.isKnown(stream)) continue;
      this.#remember(stream, await this.#lookUp(stream, size));
    }
  }

  /**
   * The same for entries that were read from the store and come next. Each says itself what it follows, so that one look at
   * its place is enough, however far the store is ahead.
   */
  async prepareFor(entries: readonly CommittedEntry[], size: number): Promise<void> {
    const seen = new Set<string>();
    for (const { body, log } of entries) {
      if (seen.has(body.stream) || this.isKnown(body.stream)) continue;
      seen.add(body.stream);
      const place = await this.#storage.rowsOfStream(body.stream, Math.max(0, log.rev - 1), 2);
      this.#remember(
        body.stream,
        place.findLast(({ index }) => index < size),
      );
    }
  }

  /** Of a stream that was prepared; undefined where it has no entry yet. */
  of(stream: string): StreamEnd | undefined {
    return this.#ends.get(stream);
  }

  set({ body, log, leafHash }: Pick<CommittedEntry, 'body' | 'log' | 'leafHash'>): void {
    this.#ends.delete(body.stream);
    this.#ends.set(body.stream, { rev: log.rev, leafHash });
  }

  /** Forgets what was not used for the longest time. Never between `prepare` and `of`. */
  trim(): void {
    for (const stream of this.#ends.keys()) {
      if (this.#ends.size <= ENDS_KEPT_MAX) return;
      this.#ends.delete(stream);
    }
  }

  /** Whether `of` can be asked without the store. */
  isKnown(stream: string): boolean {
    return this.#ends.has(stream) || !this.#filter.mayHave(stream);
  }

  #remember(stream: string, row: EntryRow | undefined): void {
    if (row !== undefined) this.#ends.set(stream, { rev: row.rev, leafHash: row.leafHash });
  }

  async #lookUp(stream: string, size: number): Promise<EntryRow | undefined> {
    let row = await this.#storage.lastOfStream(stream);
    // Another writer may have gone on meanwhile: mostly a little, seldom far.
    for (let width = FIRST_STEP_BACK; row !== undefined && row.index >= size; width *= 8) {
      if (row.rev === 0) return undefined;
      const from = Math.max(0, row.rev - width);
      const before: EntryRow[] = await this.#storage.rowsOfStream(stream, from, row.rev - from);
      const [earliest] = before;
      if (earliest === undefined || before.some(({ index }, at) => index <= (before[at - 1]?.index ?? -1)))
        throw damaged(`the rows of ${stream} are not in the order of the log`);
      row = before.findLast(({ index }) => index < size) ?? earliest;
    }
    return row;
  }
}

/** Why an entry does not follow from those before it; undefined where it does. */
export function faultOfEntry(
  { body, log }: CommittedEntry,
  before: { end: StreamEnd | undefined; latestMs: number },
): string | undefined {
  const link = linkAfter(before.end);
  if (log.rev !== link.rev) return `it is number ${log.rev} of ${body.stream}, where ${link.rev} comes next`;
  if (log.prev !== link.prev) return `it does not follow from the entry before it in ${body.stream}`;
  if (log.time < before.latestMs) return 'it is older than the entry before it';
  return undefined;
}
