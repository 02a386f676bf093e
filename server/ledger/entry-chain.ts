import { type CommittedEntry, linkAfter, type StreamEnd } from './committed-entry.ts';

/** Follows the entries of a log one by one: each links to the one before it in its stream, and time never runs back. */
export class EntryChain {
  readonly #streams = new Map<string, StreamEnd>();
  #latestMs = 0;

  get latestMs(): number {
    return this.#latestMs;
  }

  endOf(stream: string): StreamEnd | undefined {
    return this.#streams.get(stream);
  }

  add(entry: CommittedEntry): void {
    this.#streams.set(entry.body.stream, { rev: entry.log.rev, leafHash: entry.leafHash });
    this.#latestMs = entry.log.time;
  }

  /** Why the entry does not follow from those before it; undefined where it does. */
  faultOf({ body, log }: CommittedEntry): string | undefined {
    const link = linkAfter(this.endOf(body.stream));
    if (log.rev !== link.rev)
      return `it is number ${log.rev} of ${body.stream}, where ${link.rev} comes next`;
    if (log.prev !== link.prev) return `it does not follow from the entry before it in ${body.stream}`;
    if (log.time < this.#latestMs) return 'it is older than the entry before it';
    return undefined;
  }
}
