import { readBundle, TILE_WIDTH, tilePath } from '#contract/log-tiles.ts';
import type { EntryLine } from '#contract/views.ts';
import type { EventFacts } from './event-words.ts';

/** A line of the ledger; an economic event comes with what it says. */
export type LogLine = EntryLine & { event?: EventFacts };

/** Index of the bundle of 256 entries that holds an entry. */
export const pageOf = (index: number): number => Math.floor(index / TILE_WIDTH);

/** Reads a bundle of the public log, as any mirror does, into lines. `size` is that of a published checkpoint. */
export async function readPage(
  page: number,
  size: number,
  readLog: (path: string) => Promise<Uint8Array>,
): Promise<LogLine[]> {
  const width = Math.min(TILE_WIDTH, size - page * TILE_WIDTH);
  if (width <= 0) return [];
  const bundle = await readLog(tilePath({ level: 'entries', index: page, width }));
  return readBundle(bundle).map((bytes, at) =>
    lineOf(new TextDecoder().decode(bytes), page * TILE_WIDTH + at),
  );
}

/** What an entry's leaf says, as far as lists show it. */
export function lineOf(leaf: string, index: number): LogLine {
  // The log's own server checked each entry against its schema before it was written.
  const entry: {
    body: { type: string; stream: string; data: { event?: EventFacts } };
    log: { time: number };
  } = JSON.parse(leaf);
  const { type, stream, data } = entry.body;
  const { event } = data;
  return { index, type, stream, timeMs: entry.log.time, ...(event ? { event } : {}) };
}
