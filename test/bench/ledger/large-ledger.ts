import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { verifyEntryProof } from '#contract/entry-proof.ts';
import { EntryProof } from '#contract/http.ts';
import { TILE_WIDTH, tilePath } from '#contract/log-tiles.ts';
import { sha256, verifyEd25519 } from '../../../server/ledger/node-crypto.ts';
import { openSqliteStorage } from '../../../server/storage/sqlite-storage.ts';
import { serveApp } from '../../server/http/serve-app.ts';
import { openFoundedLedger } from '../../support/signed-contributions.ts';
import { percentile } from '../figures.ts';
import { keysBeside } from './filled-ledger.ts';
import { ada } from './primitives.ts';

const KILLS = 5;
const APPENDING_MS = 300;
const program = fileURLToPath(new URL('opening-process.ts', import.meta.url));

/**
 * Seconds from the start of a process to its first acknowledged entry, where the one before it was killed while it appended:
 * the median of five.
 */
export async function secondsToReady(file: string): Promise<number> {
  const seconds: number[] = [];
  for (let life = 0; life <= KILLS; life += 1) {
    const startedMs = performance.now();
    const child = spawn(process.execPath, ['--import', 'tsx', program, file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    // The first life finds a ledger that was closed in order.
    if (life > 0) seconds.push((performance.now() - startedMs) / 1_000);
    await new Promise((resolve) => setTimeout(resolve, APPENDING_MS));
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  return percentile(seconds, 0.5);
}

/** GETs that somebody with nothing needs for an entry and its proof: from the receipts, and from the static files alone. */
export async function getsForAProof(
  file: string,
): Promise<{ withReceipt: number; fromTiles: number; kilobytes: number }> {
  const ledger = await openFoundedLedger(await openSqliteStorage(file), ada, keysBeside(file));
  const served = await serveApp({ ledger: { ...ledger, append: async () => [] } });
  let gets = 0;
  let bytes = 0;
  const get = async (path: string): Promise<Response> => {
    gets += 1;
    const reply = await fetch(served.url + path);
    bytes += (await reply.clone().arrayBuffer()).byteLength;
    return reply;
  };
  try {
    await ledger.published();
    const index = Math.floor(ledger.size() / 3);
    const policy = await (await get('/log/policy')).text();
    const proof = EntryProof.parse(await (await get(`/api/entries/${index}`)).json());
    const key = /^log (\S+)/m.exec(policy)?.[1] ?? '';
    const verdict = verifyEntryProof(proof, key, { sha256, verify: verifyEd25519 });
    if (!verdict.ok) throw new Error(`the proof of entry ${index} does not verify: ${verdict.reason}`);
    const withReceipt = gets;
    const paths = ['checkpoint', bundlePath(index, proof.size), ...tilesOfProof(index, proof.size)];
    bytes = 0;
    for (const path of paths) if (!(await get(`/log/${path}`)).ok) throw new Error(`the log has no ${path}`);
    return { withReceipt, fromTiles: paths.length, kilobytes: bytes / 1_024 };
  } finally {
    await served.stop();
    await ledger.close();
  }
}

function bundlePath(index: number, size: number): string {
  const bundle = Math.floor(index / TILE_WIDTH);
  const width = Math.min(TILE_WIDTH, size - bundle * TILE_WIDTH);
  return tilePath({ level: 'entries', index: bundle, width });
}

/** The hash tiles that hold the inclusion proof of an entry: those above it, and those of the right edge. */
function tilesOfProof(index: number, size: number): Set<string> {
  const tiles = new Set<string>();
  for (let level = 0; size >= TILE_WIDTH ** level; level += 1) {
    const count = Math.floor(size / TILE_WIDTH ** level);
    const above = Math.floor(index / TILE_WIDTH ** (level + 1));
    const edge = Math.floor(count / TILE_WIDTH);
    for (const at of [above, edge]) {
      const width = Math.min(TILE_WIDTH, count - at * TILE_WIDTH);
      if (width > 0) tiles.add(tilePath({ level, index: at, width }));
    }
  }
  return tiles;
}
