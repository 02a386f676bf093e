import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { Snapshot } from '#contract/live-events.ts';
import { publishedEntries } from '../support/published-entries.ts';
import { post } from '../support/requests.ts';
import { runProgram, type ServerProcess, startServer } from '../support/start-server.ts';

const KILLS = 10;
const WRITERS = 4;
/** Orders that are acknowledged in each life of the server before it is killed; never the same moment twice. */
const ORDERS_BEFORE_KILL = 8;
const LONG = { timeout: 90_000, interval: 200 };

const dataDir = mkdtempSync(join(tmpdir(), 'commonwright-killed-'));
let server: ServerProcess | undefined;
afterEach(async () => {
  await server?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const read = async (path: string) => (await fetch(`${server?.url}${path}`)).json();

/** A server that knows two machines; they need not be there for orders to be placed. */
async function openTheLab(): Promise<void> {
  server = await startServer({ dataDir, env: { DEMO_ORDERS_PER_DAY: '0' } });
  await expect.poll(async () => (await read('/api/labs'))[0]?.machines.length, LONG).toBe(2);
  await server.stop();
}

describe('a server that is killed again and again while people order', () => {
  it('has every acknowledged order once, takes a repeated one for the same, and verifies', async () => {
    await openTheLab();
    const acknowledged = new Set<string>();
    /** Sent, and the server died before it could answer: sent again to the next one. */
    const unanswered = new Set<string>();
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const life = await startServer({ dataDir, args: ['--empty'] });
      server = life;
      let answers = 0;
      const place = async (id: string): Promise<boolean> => {
        unanswered.add(id);
        const wish = { id, design: 'cable-hook', parameters: {}, quantity: 1 };
        const reply = await post(`${life.url}/api/orders`, wish).catch(() => undefined);
        if (reply === undefined) return false;
        expect([200, 201]).toContain(reply.status);
        unanswered.delete(id);
        acknowledged.add(id);
        answers += 1;
        return true;
      };
      const repeats = [...unanswered];
      const writers = Array.from({ length: WRITERS }, async () => {
        for (;;) if (!(await place(repeats.pop() ?? randomUUID()))) return;
      });
      while (answers < ORDERS_BEFORE_KILL + kill) await sleep(1);
      await sleep(kill);
      await life.kill();
      await Promise.all(writers);
    }

    server = await startServer({ dataDir, args: ['--empty'] });
    const { url } = server;
    const { orders, jobs } = Snapshot.parse(await read('/api/state')).views;
    const kept = orders.map(({ order }) => order);
    expect(acknowledged.size).toBeGreaterThan(KILLS * ORDERS_BEFORE_KILL);
    expect([...acknowledged].filter((order) => !kept.includes(order))).toEqual([]);
    // What nobody was told about may be there or not; nothing else is.
    expect(kept.filter((order) => !acknowledged.has(order) && !unanswered.has(order))).toEqual([]);
    const placed = (await publishedEntries(url)).flatMap(({ body }) =>
      body.type === 'order.placed' ? [body.data.order] : [],
    );
    expect([...placed].sort()).toEqual([...kept].sort());
    expect(new Set(placed).size).toBe(placed.length);
    // An order is in the ledger whole or not at all.
    expect(jobs.map(({ order }) => order).sort()).toEqual([...kept].sort());
    const verified = await runProgram(['verify', url, '--json']);
    expect([verified.code, verified.err]).toEqual([0, '']);
    expect(JSON.parse(verified.out)).toMatchObject({ verified: true });
  });
});
