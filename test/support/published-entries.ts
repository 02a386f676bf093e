import { LedgerHead } from '#contract/http.ts';
import { readBundle, TILE_WIDTH, tilePath } from '#contract/log-tiles.ts';

/** Every entry of a server's published log, as any stranger reads it. */
export async function publishedEntries(
  url: string,
): Promise<{ body: { type: string; data: { order?: string; job?: string } } }[]> {
  const { size } = LedgerHead.parse(await (await fetch(`${url}/api/ledger`)).json());
  const entries = [];
  for (let first = 0; first < size; first += TILE_WIDTH) {
    const width = Math.min(TILE_WIDTH, size - first);
    const path = tilePath({ level: 'entries', index: first / TILE_WIDTH, width });
    const bundle = new Uint8Array(await (await fetch(`${url}/log/${path}`)).arrayBuffer());
    entries.push(...readBundle(bundle).map((leaf) => JSON.parse(new TextDecoder().decode(leaf))));
  }
  return entries;
}
