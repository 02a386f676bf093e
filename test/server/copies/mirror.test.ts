import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseCheckpoint } from '#contract/checkpoint.ts';
import { parseNote } from '#contract/signed-note.ts';
import type { ReadFile } from '../../../server/copies/log-files.ts';
import { mirrorLog } from '../../../server/copies/mirror.ts';
import { verifyLog } from '../../support/verify-whole-log.ts';
import { newFolder, noShow, plainLog, type ServedLedger, servedLedger } from './served-ledger.ts';

const mirror = (remote: ReadFile, folder: string, verifierKey?: string) =>
  mirrorLog({ remote, where: 'http://copied.example', folder, verifierKey, show: noShow });

const fromFolder = (folder: string) => async (path: string) => {
  const file = join(folder, 'log', path);
  return existsSync(file) && statSync(file).isFile() ? new Uint8Array(readFileSync(file)) : undefined;
};

async function expectVerified(folder: string, served: ServedLedger): Promise<void> {
  const head = await served.ledger.head();
  expect(await verifyLog(fromFolder(folder), head.verifierKey)).toMatchObject({
    verified: true,
    size: head.size,
    note: head.checkpoint,
  });
}

describe('a mirror', () => {
  it.each([1, 255, 256, 257, 1_000])('of %i entries can be verified like the log itself', async (size) => {
    const served = await servedLedger();
    await served.grow(size);
    const folder = newFolder();
    expect((await mirror(served.remote, folder)).size).toBe(size);
    await expectVerified(folder, served);
  });

  it('holds the hash tiles of every level under the paths of the server', async () => {
    const served = plainLog(256 * 256 + 300);
    const folder = newFolder();
    await mirror(served, folder);
    const paths = [
      'tile/0/000',
      'tile/0/256',
      'tile/0/257.p/44',
      'tile/1/000',
      'tile/1/001.p/1',
      'tile/2/000.p/1',
    ];
    for (const path of [...paths, 'tile/entries/000', 'tile/entries/257.p/44', 'policy', 'checkpoint'])
      expect([path, await fromFolder(folder)(path)]).toEqual([path, await served(path)]);
  });

  it('resumes after an interruption with what is there, and shows no checkpoint before it is whole', async () => {
    const served = await servedLedger();
    await served.grow(3_000);
    const folder = newFolder();
    let left = 9;
    const interrupted: ReadFile = async (path) => {
      left -= 1;
      if (left < 0 && path.startsWith('tile/entries')) throw new Error('the line is cut');
      return served.remote(path);
    };
    await expect(mirror(interrupted, folder)).rejects.toThrow('the line is cut');
    expect(existsSync(join(folder, 'log', 'checkpoint'))).toBe(false);
    const asked: string[] = [];
    const result = await mirror(async (path) => {
      asked.push(path);
      return served.remote(path);
    }, folder);
    expect(result.kept).toBeGreaterThan(5);
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked.length).toBe(result.fetched + 2);
    await expectVerified(folder, served);
  });

  it('grows with the log, fetches only what is new and drops partial tiles that nobody needs', async () => {
    const served = await servedLedger();
    const folder = newFolder();
    await served.grow(300);
    await mirror(served.remote, folder);
    for (const more of [10, 10, 400]) {
      await served.grow(more);
      const { fetched } = await mirror(served.remote, folder);
      expect(fetched).toBeLessThan(10);
      await expectVerified(folder, served);
    }
    expect((await mirror(served.remote, folder)).fetched).toBe(0);
    const partials = readdirSync(join(folder, 'log', 'tile'), { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.p\/\d+$/.test(path))
      .sort();
    expect(partials).toEqual(['0/002.p/208', '1/000.p/2', 'entries/002.p/208']);
  });

  it.each(['tile/entries/000', 'tile/0/001', 'tile/1/000.p/3', 'tile/entries/003.p/32'])(
    'fetches a damaged %s anew',
    async (path) => {
      const served = await servedLedger();
      await served.grow(800);
      const folder = newFolder();
      await mirror(served.remote, folder);
      const file = join(folder, 'log', path);
      const bytes = readFileSync(file);
      bytes[100 % bytes.length] = (bytes[100 % bytes.length] ?? 0) ^ 1;
      writeFileSync(file, bytes);
      const result = await mirror(served.remote, folder);
      expect(result.mended).toBeGreaterThanOrEqual(1);
      expect(readFileSync(file)).toEqual(Buffer.from((await served.remote(path)) ?? []));
      await expectVerified(folder, served);
    },
  );

  it('makes do with the full tile where a partial one has gone meanwhile', async () => {
    const served = await servedLedger();
    await served.grow(300);
    const checkpoint = await served.remote('checkpoint');
    await served.grow(400);
    const folder = newFolder();
    const moved: ReadFile = async (path) => {
      if (path === 'checkpoint') return checkpoint;
      return path.includes('001.p/') ? undefined : served.remote(path);
    };
    expect((await mirror(moved, folder)).size).toBe(300);
    expect(await verifyLog(fromFolder(folder))).toMatchObject({ verified: true, size: 300 });
  });

  it.each(['tile/entries/001', 'tile/0/000', 'tile/1/000.p/3', 'tile/0/003.p/32'])(
    'refuses a log that serves a changed %s, names it and keeps its checkpoint to itself',
    async (path) => {
      const served = await servedLedger();
      await served.grow(800);
      const folder = newFolder();
      const tampered: ReadFile = async (asked) => {
        const bytes = await served.remote(asked);
        return asked === path
          ? bytes?.map((byte, at) => (at === 77 % bytes.length ? byte ^ 4 : byte))
          : bytes;
      };
      await expect(mirror(tampered, folder)).rejects.toMatchObject({
        code: 'log.tampered',
        message: expect.stringContaining(/p\/3$|p\/32$/.test(path) ? 'the right edge' : path),
      });
      expect(existsSync(join(folder, 'log', 'checkpoint'))).toBe(false);
    },
  );
});

describe('a mirror of a log that lies', () => {
  async function mirrored(size: number) {
    const served = await servedLedger();
    await served.grow(size);
    const folder = newFolder();
    await mirror(served.remote, folder);
    return { served, folder };
  }

  it.each([
    ['as long', 600],
    ['longer', 900],
    ['shorter', 400],
  ])('refuses a %s fork and keeps both checkpoints as evidence', async (_words, size) => {
    const { served, folder } = await mirrored(600);
    const before = readFileSync(join(folder, 'log', 'checkpoint'), 'utf8');
    const fork = await servedLedger({ keys: served.keys });
    await fork.grow(size, 'other');
    await expect(mirror(fork.remote, folder)).rejects.toMatchObject({ code: 'log.fork' });
    expect(readFileSync(join(folder, 'log', 'checkpoint'), 'utf8')).toBe(before);
    const evidence = readFileSync(join(folder, 'evidence', `fork-600-${size}.txt`), 'utf8');
    expect(evidence).toContain(before);
    expect(evidence).toContain((await fork.ledger.head()).checkpoint);
    await expectVerified(folder, served);
  });

  it('calls an older state of the same log a rollback', async () => {
    const served = await servedLedger();
    await served.grow(300);
    const old = new Map<string, Uint8Array | undefined>();
    const remember: ReadFile = async (path) => {
      old.set(path, await served.remote(path));
      return old.get(path);
    };
    await mirror(remember, newFolder());
    await served.grow(300);
    const folder = newFolder();
    await mirror(served.remote, folder);
    await expect(mirror(async (path) => old.get(path), folder)).rejects.toMatchObject({
      code: 'log.rollback',
      message: expect.stringMatching(/300 entries, where 600/),
    });
    const evidence = join(folder, 'evidence', 'rollback-600-300.txt');
    const notes = readFileSync(evidence, 'utf8').split(/^(?:Mirrored before|Served now):\n\n/m);
    expect(notes.slice(1).map((note) => parseCheckpoint(parseNote(`${note.trimEnd()}\n`).text).size)).toEqual(
      [600, 300],
    );
  });

  it('refuses another log at the same address, whatever key it shows', async () => {
    const { folder } = await mirrored(300);
    const other = await servedLedger();
    await other.grow(400);
    await expect(mirror(other.remote, folder)).rejects.toMatchObject({ code: 'mirror.other-log' });
  });

  it('does not believe the key of the server where another one was given', async () => {
    const served = await servedLedger();
    await served.grow(10);
    const other = await servedLedger();
    await other.grow(10);
    const { verifierKey } = await other.ledger.head();
    await expect(mirror(served.remote, newFolder(), verifierKey)).rejects.toMatchObject({
      code: 'mirror.other-log',
    });
    const folder = newFolder();
    await mirror(other.remote, folder, verifierKey);
    rmSync(folder, { recursive: true });
  });
});
