import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toHex, utf8 } from '#contract/bytes.ts';
import { joinAgent } from '../../../server/commons/agents/join-agent.ts';
import { openCommonsLedger } from '../../../server/community/commons-ledger.ts';
import { foundHouse } from '../../../server/community/founding.ts';
import { exportLedger } from '../../../server/copies/export.ts';
import { mirrorSource, storeSource, webSource } from '../../../server/copies/export-source.ts';
import { importMirror } from '../../../server/copies/import.ts';
import { mirrorLog } from '../../../server/copies/mirror.ts';
import { newLogKeys } from '../../../server/ledger/log-keys.ts';
import { newId } from '../../../server/ledger/new-id.ts';
import { openFolderBlobs } from '../../../server/storage/blobs.ts';
import { createMemoryStorage } from '../../../server/storage/memory-storage.ts';
import { openSqliteStorage } from '../../../server/storage/sqlite-storage.ts';
import type { Storage } from '../../../server/storage/storage.ts';
import { newFolder, noShow, type ServedLedger, servedLedger } from './served-ledger.ts';

const noFiles = { get: async () => undefined };

async function mirrorOf(served: ServedLedger): Promise<string> {
  const folder = newFolder();
  await mirrorLog({ remote: served.remote, where: 'http://x', folder, show: noShow });
  return folder;
}

const linesOf = (folder: string) =>
  readFileSync(join(folder, 'entries.ndjson'), 'utf8')
    .split('\n')
    .filter((line) => line !== '');

const rowsOf = async (storage: Storage, size: number) =>
  (await storage.rows(0, size)).map((row) => ({ ...row, commit: 0, leafHash: toHex(row.leafHash) }));

describe('importing a mirror', () => {
  it.each([1, 256, 1_300])(
    'of %i entries gives the same root, and its own keys continue it',
    async (size) => {
      const served = await servedLedger();
      await served.grow(size);
      const head = await served.ledger.head();
      const storage = await openSqliteStorage(join(newFolder(), 'ledger.sqlite'));
      const folder = await mirrorOf(served);
      const result = await importMirror({ folder, storage, verifierKey: head.verifierKey, show: noShow });
      expect(result).toEqual({ size, root: head.root, origin: head.origin });
      const again = await servedLedger({ storage, keys: served.keys });
      expect(await again.ledger.head()).toEqual(head);
      // Commits may be cut elsewhere.
      expect(await rowsOf(storage, size)).toEqual(await rowsOf(served.storage, size));
      await again.grow(3, 'later');
      expect(again.ledger.size()).toBe(size + 3);
      await again.ledger.close();
    },
  );

  it('puts entries into few large commits, and full hash tiles where the ledger looks for them', async () => {
    const served = await servedLedger();
    await served.grow(1_300);
    const storage = createMemoryStorage();
    await importMirror({ folder: await mirrorOf(served), storage, verifierKey: undefined, show: noShow });
    const commits = await storage.commits(0, 100);
    expect(commits.map(({ count }) => count)).toEqual([1_024, 276]);
    expect(await storage.keys('tile/')).toEqual([
      'tile/0/000',
      'tile/0/001',
      'tile/0/002',
      'tile/0/003',
      'tile/0/004',
    ]);
    for (const path of await storage.keys('tile/'))
      expect(await storage.get(path)).toEqual(await served.remote(path));
  });

  it('cannot be continued with other keys', async () => {
    const served = await servedLedger();
    await served.grow(10);
    const storage = createMemoryStorage();
    await importMirror({ folder: await mirrorOf(served), storage, verifierKey: undefined, show: noShow });
    await expect(servedLedger({ storage })).rejects.toMatchObject({ code: 'ledger.damaged' });
  });

  it.each(['tile/entries/001', 'tile/0/002', 'tile/1/000.p/3', 'checkpoint'])(
    'refuses one with a changed %s, and no server signs what was written until then',
    async (path) => {
      const served = await servedLedger();
      await served.grow(800);
      const folder = await mirrorOf(served);
      const file = join(folder, 'log', path);
      const bytes = readFileSync(file);
      bytes[bytes.length - 30] = (bytes[bytes.length - 30] ?? 0) ^ 1;
      writeFileSync(file, bytes);
      const storage = createMemoryStorage();
      await expect(
        importMirror({ folder, storage, verifierKey: undefined, show: noShow }),
      ).rejects.toMatchObject({ code: path === 'checkpoint' ? 'log.not-signed' : 'log.tampered' });
      if (path.startsWith('tile/1') || path === 'checkpoint') expect(await storage.keys('')).toEqual([]);
      else
        await expect(servedLedger({ storage, keys: served.keys })).rejects.toMatchObject({
          code: 'ledger.damaged',
        });
    },
  );

  it('refuses a place that holds a ledger', async () => {
    const served = await servedLedger();
    await served.grow(5);
    const wish = { folder: await mirrorOf(served), verifierKey: undefined, show: noShow };
    await expect(importMirror({ ...wish, storage: served.storage })).rejects.toMatchObject({
      code: 'import.not-empty',
    });
  });
});

describe('exporting', () => {
  it('writes each entry on a line of its own, byte for byte, with its index and leaf hash', async () => {
    const served = await servedLedger();
    await served.grow(300);
    const folder = newFolder();
    await exportLedger({
      source: await storeSource(served.storage, noFiles),
      folder,
      since: 0,
      show: noShow,
    });
    const entries = await served.ledger.entries(0, 300);
    const lines = linesOf(folder);
    expect(lines).toHaveLength(300);
    expect(lines[299]).toBe(
      `{"index":299,"leafHash":"${Buffer.from(entries[299]?.leafHash ?? []).toString('base64url')}","entry":${entries[299]?.text}}`,
    );
    expect(readFileSync(join(folder, 'checkpoint'), 'utf8')).toBe((await served.ledger.head()).checkpoint);
  });

  it('gives the same from a store, a mirror and a server', async () => {
    const served = await servedLedger();
    await served.grow(600);
    const fetch: typeof globalThis.fetch = async (address) => {
      const bytes = await served.remote(String(address).replace('http://x/log/', ''));
      return bytes === undefined ? new Response('', { status: 404 }) : new Response(Buffer.from(bytes));
    };
    const web = { fetch, pause: async () => {} };
    const sources = [
      await storeSource(served.storage, noFiles),
      await mirrorSource(await mirrorOf(served), undefined),
      await webSource('http://x', undefined, web),
    ];
    const exported = await Promise.all(
      sources.map(async (source) => {
        const folder = newFolder();
        await exportLedger({ source, folder, since: 0, show: noShow });
        return readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]);
      }),
    );
    expect(exported[0]?.map(([name]) => name)).toEqual(['accounts.csv', 'checkpoint', 'entries.ndjson']);
    expect(exported[1]).toEqual(exported[0]);
    expect(exported[2]).toEqual(exported[0]);
  });

  it('writes only what came since an entry, and the files that those entries cite', async () => {
    const place = newFolder();
    mkdirSync(join(place, 'files'));
    const blobs = openFolderBlobs(join(place, 'files'));
    const old = await blobs.put(utf8('an old part'));
    const cite = await blobs.put(utf8('a new part'));
    const storage = createMemoryStorage();
    const keys = newLogKeys();
    await (await servedLedger({ storage, keys, cite: old })).grow(10);
    await (await servedLedger({ storage, keys, cite })).grow(5);
    const folder = newFolder();
    const source = await storeSource(storage, blobs);
    const result = await exportLedger({ source, folder, since: 10, show: noShow });
    expect(result).toEqual({ entries: 5, files: 1, accounts: 0, damaged: [] });
    expect(linesOf(folder).map((line) => JSON.parse(line).index)).toEqual([10, 11, 12, 13, 14]);
    expect(readFileSync(join(folder, 'files', cite.slice(7)), 'utf8')).toBe('a new part');
    expect(existsSync(join(folder, 'files', old.slice(7)))).toBe(false);
  });

  it('writes the accounts as a table that a spreadsheet does not take for formulas', async () => {
    const storage = createMemoryStorage();
    const keys = newLogKeys();
    const ledger = await openCommonsLedger({
      ...{ storage, keys, nowMs: () => 1_000, newId, onStopped: () => {} },
    });
    await foundHouse(ledger, { community: 'The "Open", workshop', localPerson: '=cmd()' }, keys);
    await ledger.submit((state, context) =>
      joinAgent(state, { agent: 'zoe', kind: 'person', name: 'Zoë' }, context),
    );
    const folder = newFolder();
    await exportLedger({ source: await storeSource(storage, noFiles), folder, since: 0, show: noShow });
    const [head, ...rows] = readFileSync(join(folder, 'accounts.csv'), 'utf8').split('\r\n');
    expect(head).toBe('agent,name,kind,balanceMinor,receivedMinor,paidMinor,currency');
    expect(rows).toContain('zoe,Zoë,person,0,0,0,EUR');
    expect(rows.join('\n')).toContain('"The ""Open"", workshop"');
    expect(rows.join('\n')).toContain(",'=cmd(),person,0,0,0,EUR");
    await ledger.close();
  });
});
