import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { contributions, requestOf, verifyRate } from './primitives.ts';

const BATCH = 256;
const BATCHES = 120;
const WARM_BATCHES = 12;
/** Enough that the server always has the next batch while it stores one. */
const CONNECTIONS = 4;
/** As `npm start` runs the server: entries that wait for the disk are not copied about meanwhile. */
const NODE_OPTIONS = ['--max-semi-space-size=64'];
const program = fileURLToPath(new URL('ingest-server.ts', import.meta.url));

/**
 * Signed entries a second through HTTP in batches until they are acknowledged as durable, by a server of its own on SQLite, and
 * the rate of Ed25519 verification on all cores in the same minute.
 */
export async function ingestRound(): Promise<{ entriesPerSecond: number; verifiesPerSecond: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'commonwright-ingest-'));
  const requests = Array.from({ length: BATCHES + WARM_BATCHES }, () => requestOf(contributions(BATCH)));
  const before = await verifyRate();
  const server = spawn(
    process.execPath,
    [...NODE_OPTIONS, '--import', 'tsx', program, join(folder, 'ledger.sqlite')],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const [line] = await once(server.stdout, 'data');
  const url = new URL('/log/entries', String(line).trim());
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  await sendAll(url, agent, requests.splice(0, WARM_BATCHES));
  const startedMs = performance.now();
  await sendAll(url, agent, requests);
  const seconds = (performance.now() - startedMs) / 1_000;
  const after = await verifyRate();
  agent.destroy();
  server.stdin.end();
  await once(server, 'exit');
  rmSync(folder, { recursive: true });
  return { entriesPerSecond: (BATCH * BATCHES) / seconds, verifiesPerSecond: (before + after) / 2 };
}

async function sendAll(url: URL, agent: Agent, requests: Uint8Array[]): Promise<void> {
  const waiting = [...requests];
  const sendOneByOne = async () => {
    for (let body = waiting.pop(); body !== undefined; body = waiting.pop()) await send(url, agent, body);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, sendOneByOne));
}

function send(url: URL, agent: Agent, body: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      response.on('end', () => {
        if (response.statusCode === 200 && !text.includes('"refused"')) resolve();
        else reject(new Error(`the server answered ${response.statusCode}: ${text.slice(0, 300)}`));
      });
    });
    sent.on('error', reject).end(body);
  });
}
