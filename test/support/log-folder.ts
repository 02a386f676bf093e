import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TILE_WIDTH, tilePath } from '#contract/log-tiles.ts';
import { levelCounts } from '../../server/verification/tile-tree.ts';

/** Paths of everything that a log of this size serves, as C2SP tlog-tiles counts it. */
export function logPaths(size: number): string[] {
  const levels: (readonly [level: number | 'entries', count: number])[] = [
    ['entries', size],
    ...levelCounts(size).map((count, level) => [level, count] as const),
  ];
  const tiles = levels.flatMap(([level, count]) =>
    Array.from({ length: Math.ceil(count / TILE_WIDTH) }, (_, index) =>
      tilePath({ level, index, width: Math.min(TILE_WIDTH, count - index * TILE_WIDTH) }),
    ),
  );
  return ['checkpoint', 'policy', ...tiles];
}

/** Writes a log as files that any web server can serve. */
export async function writeLogFolder(
  folder: string,
  size: number,
  read: (path: string) => Promise<Uint8Array | undefined>,
): Promise<void> {
  for (const path of logPaths(size)) {
    const bytes = await read(path);
    if (bytes === undefined) throw new Error(`the log has no file ${path}`);
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
}
