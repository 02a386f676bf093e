import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { LedgerHead, Problem } from '#contract/http.ts';
import { readPackageFolder } from '../../server/publishing/package-folder.ts';
import { post as postTo } from '../support/requests.ts';
import { runProgram, type ServerProcess, startServer } from '../support/start-server.ts';

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
  const reply = await postTo(`${server.url}${path}`, body);
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

/** The files of a bundled design, some of them changed or added. */
function filesWith(folder: URL, changes: Readonly<Record<string, string>>) {
  const files = new Map(readPackageFolder(fileURLToPath(folder)));
  for (const [path, content] of Object.entries(changes)) files.set(path, Buffer.from(content));
  return [...files].map(([path, bytes]) => ({ path, base64: Buffer.from(bytes).toString('base64') }));
}

/** The stool with another script and, where wished, another file. */
const packageWith = (changes: Readonly<Record<string, string>>) => ({
  id: randomUUID(),
  package: { files: filesWith(stool, changes) },
});

const entry = /^entry *= *"([^"]+)"/m.exec(readFileSync(new URL('design.toml', stool), 'utf8'))?.[1] ?? '';
const script = (main: string, before = '') =>
  `${before}\nconst getParameterDefinitions = () => [];\nconst main = () => { ${main} };\nmodule.exports = { main, getParameterDefinitions };`;

/** These scripts have no parameters, so nothing may speak of them. */
const profileWithoutParameters = readFileSync(new URL('design.toml', stool), 'utf8')
  .replace(/\[parameters[\s\S]*?(?=\n\[\[parts)/, '')
  .replaceAll(/^thickness = "\w+"/gm, 'thickness = 18');

const misbehaviours: [what: string, source: string, words: RegExp][] = [
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
];

describe('a design that misbehaves', () => {
  it.each(misbehaviours)(
    'and %s is refused in a sentence, and the ledger stays as it is',
    async (_what, source, words) => {
      const changes = { [entry]: source, 'design.toml': profileWithoutParameters };
      const problem = await refusal('/api/designs', packageWith(changes));
      expect(problem.detail).toMatch(words);
      expect(problem.detail).not.toMatch(/\/server\/|node_modules|\bat .*:\d+:\d+/);
      expect([400, 422, 429]).toContain(problem.httpStatus);
    },
  );

  it.each(misbehaviours.filter(([what]) => /loops|throws|before anything/.test(what)))(
    'and %s is refused by the checker in one line, in the same words',
    async (_what, source, words) => {
      const folder = mkdtempSync(join(tmpdir(), 'commonwright-bad-design-'));
      const changes = { [entry]: source, 'design.toml': profileWithoutParameters };
      for (const { path, base64 } of filesWith(stool, changes)) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), Buffer.from(base64, 'base64'));
      }
      const { code, out, err } = await runProgram(['design', 'check', folder]);
      rmSync(folder, { recursive: true });
      expect([code, out]).toEqual([1, '']);
      expect(err).toMatch(/^commonwright: [^\n]*\n$/);
      expect(err).toMatch(words);
    },
  );

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

  it('that no machine can make is refused with what is missing where', async () => {
    const hook = new URL('../../designs/cable-hook/', import.meta.url);
    const text = (name: string) => readFileSync(new URL(name, hook), 'utf8');
    const files = filesWith(hook, {
      'okh.toml': text('okh.toml').replace(/^name *=.*$/m, 'name = "Nylon hook"'),
      'design.toml': text('design.toml').replaceAll('"PLA"', '"Nylon"'),
    });
    const published = await post('/api/designs', { id: randomUUID(), package: { files } });
    expect(published).toMatchObject({ status: 201, body: { design: 'nylon-hook' } });
    const problem = await refusal('/api/orders', order({ design: 'nylon-hook' }));
    expect([problem.httpStatus, problem.code]).toEqual([422, 'order.cannot-be-made']);
    expect(problem.detail).toMatch(
      /^No machine can make ".+": printer at atelier-demo: does not work Nylon, only PLA/,
    );
    expect(problem.detail).toMatch(/Choose another material, or add a lab that works this one\.$/);
    expect(problem.details?.refusals).toHaveLength(2);
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
