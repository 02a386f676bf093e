import type { EntryRow, Storage } from '../storage/storage.ts';
import { type CommittedEntry, linkAfter, type StreamEnd } from './committed-entry.ts';
import { damaged } from './damaged.ts';
import type { IdFilter } from './id-filter.ts';

/** Streams whose end stays in memory, the ones used last; about 200 bytes each. Others are looked up in the store. */
const ENDS_KEPT_MAX = 50_000;

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
      if (this.#ends.has(stream) || !this.#filter.mayHave(stream)) continue;
      const end = await this.#lookUp(stream, size);
      if (end !== undefined) this.#ends.set(stream, end);
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

  async #lookUp(stream: string, size: number): Promise<StreamEnd | undefined> {
    let row = await this.#storage.lastOfStream(stream);
    // Another writer may have gone on meanwhile.
    while (row !== undefined && row.index >= size) {
      const [before]: EntryRow[] =
        row.rev === 0 ? [] : await this.#storage.rowsOfStream(stream, row.rev - 1, 1);
      if (before !== undefined && before.index >= row.index)
        throw damaged(`the rows of ${stream} are not in the order of the log`);
      row = before;
    }
    return row && { rev: row.rev, leafHash: row.leafHash };
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
