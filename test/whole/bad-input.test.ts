import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { LedgerHead, Problem } from '#contract/http.ts';
import { readPackageFolder } from '../../server/publishing.ts';
import { type ServerProcess, startServer } from '../support/start-server.ts';

const stool = new URL('../../designs/flat-pack-stool/', import.meta.url);
let server: ServerProcess;

beforeAll(async () => {
  server = await startServer({ env: { DEMO_ORDERS_PER_DAY: '0' } });
  await vi.waitFor(
    async () => {
      const [lab] = await (await fetch(`${server.url}/api/labs`)).json();
      expect(lab.machines).toHaveLength(2);
    },
    { timeout: 90_000, interval: 200 },
  );
});
afterAll(() => server.stop());

const post = async (path: string, body: unknown) => {
  const reply = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: reply.status, body: await reply.json() };
};
const size = async () => LedgerHead.parse(await (await fetch(`${server.url}/api/ledger`)).json()).size;

/** What the server refuses with, after checking that the ledger did not move. */
async function refusal(path: string, body: unknown): Promise<Problem & { httpStatus: number }> {
  const before = await size();
  const { status, body: answer } = await post(path, body);
  expect(status).toBeGreaterThanOrEqual(400);
  expect(await size()).toBe(before);
  expect((await fetch(`${server.url}/api/health`)).status).toBe(200);
  return { ...Problem.parse(answer), httpStatus: status };
}

/** The stool with another script and, where wished, another file. */
function packageWith(changes: Readonly<Record<string, string>>) {
  const files = new Map(readPackageFolder(stool.pathname));
  for (const [path, content] of Object.entries(changes)) files.set(path, Buffer.from(content));
  return {
    id: randomUUID(),
    package: {
      files: [...files].map(([path, bytes]) => ({ path, base64: Buffer.from(bytes).toString('base64') })),
    },
  };
}

const entry = /^entry *= *"([^"]+)"/m.exec(readFileSync(new URL('design.toml', stool), 'utf8'))?.[1] ?? '';
const script = (main: string, before = '') =>
  `${before}\nconst getParameterDefinitions = () => [];\nconst main = () => { ${main} };\nmodule.exports = { main, getParameterDefinitions };`;

describe('a design that misbehaves', () => {
  it.each([
    ['loops for ever', script('for (;;) {}'), /did not finish within 10 s/],
    [
      'allocates without end',
      script('const all = []; for (;;) all.push(new Array(100000).fill(1));'),
      /memory/,
    ],
    ['throws', script("throw new Error('this is mine');"), /this is mine/],
    ['returns nothing', script(''), /return/],
    ['asks for the disk', script("return require('fs').readdirSync('/');"), /require\('fs'\)/],
    ['asks for the disk before anything else', script('', "require('fs');"), /require\('fs'\)/],
  ])('and %s is refused in a sentence, and the ledger stays as it is', async (_what, source, words) => {
    const profile = readFileSync(new URL('design.toml', stool), 'utf8')
      // These scripts have no parameters, so nothing may speak of them.
      .replace(/\[parameters[\s\S]*?(?=\n\[\[parts)/, '')
      .replaceAll(/^thickness = "\w+"/gm, 'thickness = 18');
    const problem = await refusal('/api/designs', packageWith({ [entry]: source, 'design.toml': profile }));
    expect(problem.detail).toMatch(words);
    expect(problem.detail).not.toMatch(/\/server\/|node_modules|\bat .*:\d+:\d+/);
    expect([400, 422, 429]).toContain(problem.httpStatus);
  });

  it('or whose manifest lacks a field is told which one', async () => {
    const manifest = readFileSync(new URL('okh.toml', stool), 'utf8').replace(/^license *=.*$/m, '');
    const problem = await refusal('/api/designs', packageWith({ 'okh.toml': manifest }));
    expect(problem.detail).toContain('license');
  });

  it('or whose package reaches outside of itself is refused', async () => {
    const problem = await refusal('/api/designs', packageWith({ '../../etc/cron.d/x': '' }));
    expect(problem.code).toBe('package.unsafe-path');
  });
});

describe('an order', () => {
  const order = (wish: object) => ({
    id: randomUUID(),
    design: 'wall-block',
    parameters: {},
    quantity: 1,
    ...wish,
  });

  it('with a parameter out of range is refused with the range', async () => {
    const problem = await refusal('/api/orders', order({ parameters: { height: 999_999 } }));
    expect(problem.detail).toMatch(/height|Height/);
    expect(problem.httpStatus).toBe(422);
  });

  it('with a parameter that the design does not have is refused', async () => {
    const problem = await refusal('/api/orders', order({ parameters: { colour: 'red' } }));
    expect(problem.detail).toContain('colour');
  });

  it('for a design that nobody published is refused', async () => {
    expect((await refusal('/api/orders', order({ design: 'perpetual-motion' }))).httpStatus).toBe(404);
  });

  it('for more than one order may hold is refused', async () => {
    expect((await refusal('/api/orders', order({ quantity: 1_001 }))).detail).toMatch(/^quantity: /);
  });

  it('that repeats an id with another wish is a conflict, and with the same wish the same order', async () => {
    const wish = order({ design: 'cable-hook' });
    expect(await post('/api/orders', wish)).toMatchObject({ status: 201, body: { order: wish.id } });
    expect(await post('/api/orders', wish)).toMatchObject({ status: 200, body: { order: wish.id } });
    const { status } = await post('/api/orders', { ...wish, quantity: 2 });
    expect(status).toBe(409);
  });
});

describe('a command about a job', () => {
  it('that does not exist, or is no command, is refused', async () => {
    expect((await refusal(`/api/jobs/${randomUUID()}/pause`, {})).httpStatus).toBe(404);
    const [job] = await (await fetch(`${server.url}/api/jobs`)).json();
    const before = (await post(`/api/jobs/${job.job}/explode`, {})).status;
    expect(before).toBe(422);
  });
});
