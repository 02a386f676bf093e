import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { LedgerHead } from '#contract/http.ts';
import { runProgram, type ServerProcess, startServer } from '../support/start-server.ts';
import { serveFolder } from '../support/static-files.ts';

const folders: string[] = [];
const newFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'commonwright-copies-test-'));
  folders.push(folder);
  return folder;
};

let server: ServerProcess;
beforeAll(async () => {
  server = await startServer({ args: ['--empty'] });
});
afterAll(async () => {
  await server.stop();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const headOf = async (url: string) => LedgerHead.parse(await (await fetch(`${url}/api/ledger`)).json());
const run = (args: readonly string[], dataDir = server.dataDir) => runProgram(args, { DATA_DIR: dataDir });

async function openLab(lab: string, url = server.url): Promise<void> {
  const reply = await fetch(`${url}/api/labs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ lab, name: lab, place: 'Here', consent: 'by-hand', bedClear: 'by-hand' }),
  });
  expect(reply.status).toBe(201);
}

/** A server over a folder is the same ledger as the one that was copied. */
async function expectContinues(dataDir: string, size: number, verifierKey: string): Promise<void> {
  const second = await startServer({ args: ['--empty'], dataDir });
  try {
    const head = await headOf(second.url);
    expect([head.verifierKey, head.size]).toEqual([verifierKey, size]);
    const verified = await runProgram(['verify', second.url, '--key', verifierKey]);
    expect([verified.code, verified.err]).toEqual([0, '']);
  } finally {
    await second.stop({ keepData: true });
  }
}

describe('copies of a ledger, made with the commands beside a running server', () => {
  it('a mirror verifies through any web server, and a server with the keys continues what is imported from it', async () => {
    const { size, verifierKey } = await headOf(server.url);
    const folder = newFolder();
    const mirrored = await run(['mirror', server.url, folder, '--key', verifierKey]);
    expect([mirrored.code, mirrored.err]).toEqual([0, '']);
    expect(mirrored.out).toContain(`Mirrored: ${size} entries of ${server.url}`);
    const web = await serveFolder(folder);
    const verified = await runProgram(['verify', web.url, '--key', verifierKey, '--json']);
    await web.stop();
    expect(JSON.parse(verified.out.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
      verified: true,
      size,
    });

    const dataDir = newFolder();
    const imported = await run(['import', folder, '--verify'], dataDir);
    expect([imported.code, imported.err]).toEqual([0, '']);
    cpSync(join(server.dataDir, 'private'), join(dataDir, 'private'), { recursive: true });
    await expectContinues(dataDir, size, verifierKey);
  });

  it('a backup is restored and goes on, and an older one is refused once somebody has seen more', async () => {
    const older = join(newFolder(), 'older');
    expect((await run(['backup', older, '--with-keys'])).code).toBe(0);
    await openLab('north');
    const { size, verifierKey, checkpoint } = await headOf(server.url);
    const newer = join(newFolder(), 'newer');
    const backedUp = await run(['backup', newer, '--with-keys']);
    expect([backedUp.code, backedUp.err]).toEqual([0, '']);
    expect(backedUp.out).toContain(`Backed up: ${size} entries`);

    const kept = join(newFolder(), 'checkpoint');
    writeFileSync(kept, checkpoint);
    const place = newFolder();
    const refused = await run(['restore', older, '--checkpoint', kept], place);
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/has seen \d+ entries of this ledger, but the backup holds \d+/);
    const looked = await run(['restore', older, '--read-only'], place);
    expect([looked.code, looked.out]).toEqual([0, expect.stringContaining('no server can continue it')]);

    const dataDir = newFolder();
    const restored = await run(['restore', newer, '--checkpoint', kept], dataDir);
    expect([restored.code, restored.err]).toEqual([0, '']);
    await expectContinues(dataDir, size, verifierKey);
    const busy = await run(['restore', newer]);
    expect([busy.code, busy.err]).toEqual([1, expect.stringContaining('Another server already works')]);
  });

  it('an export holds every entry, the accounts and the files of the designs, from the server and from its folder', async () => {
    const { size } = await headOf(server.url);
    const [one, other] = [newFolder(), newFolder()];
    for (const [from, folder] of [
      [server.url, one],
      [server.dataDir, other],
    ] as const) {
      const exported = await run(['export', from, folder], newFolder());
      expect([exported.code, exported.err]).toEqual([0, '']);
      expect(exported.out).toMatch(new RegExp(`${size} entries, \\d+ accounts, [1-9]\\d* files`));
    }
    for (const name of ['entries.ndjson', 'accounts.csv'])
      expect(readFileSync(join(one, name), 'utf8')).toBe(readFileSync(join(other, name), 'utf8'));
    expect(readFileSync(join(one, 'entries.ndjson'), 'utf8').trimEnd().split('\n')).toHaveLength(size);
  });

  it('two servers watch each other’s ledgers, and neither goes on from an old copy of its folder', async () => {
    const [dataDir, old] = [newFolder(), newFolder()];
    const first = await startServer({ args: ['--empty'], dataDir });
    const policy = join(newFolder(), 'watched.policy');
    writeFileSync(policy, await (await fetch(`${first.url}/log/policy`)).text());
    await first.stop({ keepData: true });
    cpSync(dataDir, old, { recursive: true });
    const watching = await startServer({
      args: ['--empty'],
      env: { WITNESS_FOR: policy, WITNESS_NAME: 'watch.example/w' },
    });
    try {
      const shown = await fetch(`${watching.url}/api/health`);
      const { witness } = z.object({ witness: z.string() }).parse(await shown.json());
      const watchers = join(newFolder(), 'watchers.policy');
      writeFileSync(watchers, `witness watch ${witness} ${watching.url}/witness\nquorum watch\n`);
      const watched = await startServer({ args: ['--empty'], dataDir, env: { WITNESSES: watchers } });
      await openLab('south', watched.url);
      await expect
        .poll(async () => (await fetch(`${watched.url}/log/checkpoint`)).text(), { timeout: 20_000 })
        .toMatch(/— watch\.example\/w /);
      const published = join(newFolder(), 'published.policy');
      writeFileSync(published, await (await fetch(`${watched.url}/log/policy`)).text());
      const verified = await runProgram(['verify', watched.url, '--policy', published]);
      expect([verified.code, verified.err]).toEqual([0, '']);
      expect(verified.out).toContain('cosigned by watch');
      await watched.stop({ keepData: true });
      const refused = await runProgram(['start', '--empty'], {
        ...{ DATA_DIR: old, PORT: '0', MQTT_PORT: '0', WITNESSES: watchers },
      });
      expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('an old copy was restored')]);
    } finally {
      await watching.stop();
    }
  });

  it('say in one sentence what is missing', async () => {
    for (const [args, sentence] of [
      [['mirror', server.url], 'Say which folder'],
      [['backup', join(newFolder(), 'x')], 'holds no ledger'],
      [['restore', newFolder()], 'is no whole backup'],
      [['import', newFolder()], 'checkpoint of'],
      [['export', 'x', 'y', '--since', 'yesterday'], '--since takes the index'],
    ] as const) {
      const { code, err } = await run(args, newFolder());
      expect([code, err]).toEqual([
        1,
        expect.stringMatching(new RegExp(`^commonwright: .*${sentence}.*\n$`)),
      ]);
    }
  });
});
