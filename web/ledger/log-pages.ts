import { readBundle, TILE_WIDTH, tilePath } from '#contract/log-tiles.ts';
import type { EntryLine } from '#contract/views.ts';

/** Index of the bundle of 256 entries that holds an entry. */
export const pageOf = (index: number): number => Math.floor(index / TILE_WIDTH);

/** Reads a bundle of the public log, as any mirror does, into lines. `size` is that of a published checkpoint. */
export async function readPage(
  page: number,
  size: number,
  readLog: (path: string) => Promise<Uint8Array>,
): Promise<EntryLine[]> {
  const width = Math.min(TILE_WIDTH, size - page * TILE_WIDTH);
  const bundle = await readLog(tilePath({ level: 'entries', index: page, width }));
  return readBundle(bundle).map((bytes, at) => lineOf(bytes, page * TILE_WIDTH + at));
}

function lineOf(bytes: Uint8Array, index: number): EntryLine {
  const entry: unknown = JSON.parse(new TextDecoder().decode(bytes));
  const body = field(entry, 'body');
  return {
    index,
    type: String(field(body, 'type')),
    stream: String(field(body, 'stream')),
    timeMs: Number(field(field(entry, 'log'), 'time')),
  };
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}
