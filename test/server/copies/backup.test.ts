import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toHex, utf8 } from '#contract/bytes.ts';
import { parseCheckpoint } from '#contract/checkpoint.ts';
import { parseNote, parseVerifierKey } from '#contract/signed-note.ts';
import { parsePolicy } from '#contract/tlog-policy.ts';
import { makeBackup } from '../../../server/copies/backup.ts';
import { type KeptCheckpoint, openBackup, restoreBackup } from '../../../server/copies/restore.ts';
import { seenByWitnesses } from '../../../server/copies/witnesses-of-log.ts';
import { loadLogKeys, newLogKeys } from '../../../server/ledger/log-keys.ts';
import { sha256 } from '../../../server/ledger/node-crypto.ts';
import { openFolderBlobs } from '../../../server/storage/blobs.ts';
import { createMemoryStorage } from '../../../server/storage/memory-storage.ts';
import { openSqliteStorage } from '../../../server/storage/sqlite-storage.ts';
import { formatAddCheckpoint } from '../../../server/witness/add-checkpoint.ts';
import { createWitness } from '../../../server/witness/witness.ts';
import { verifyLog } from '../../support/verify-whole-log.ts';
import { newFolder, noShow, servedLedger } from './served-ledger.ts';

/** A data folder with a ledger in SQLite whose entries cite one file, as a server keeps them. */
async function dataFolder(entries: number) {
  const path = newFolder();
  const privateFolder = join(path, 'private');
  const keys = loadLogKeys(privateFolder);
  const blobs = openFolderBlobs(join(path, 'files'));
  const cite = await blobs.put(utf8('a part'));
  const storage = await openSqliteStorage(join(path, 'ledger.sqlite'));
  const served = await servedLedger({ storage, keys, cite });
  await served.grow(entries);
  return { ...served, path, blobs, cite, privateFolder };
}

type Data = Awaited<ReturnType<typeof dataFolder>>;

async function backUp(data: Data, withKeys = true): Promise<string> {
  // A connection of its own, as another process has.
  const storage = await openSqliteStorage(join(data.path, 'ledger.sqlite'));
  const folder = join(newFolder(), 'backup');
  await makeBackup({ from: { ...data, storage }, folder, withKeys, nowMs: 5_000, show: noShow });
  await storage.close();
  return folder;
}

async function restore(folder: string, kept: readonly KeptCheckpoint[] = [], isReadOnly = false) {
  const storage = createMemoryStorage();
  const target = newFolder();
  const to = {
    storage,
    blobs: openFolderBlobs(join(target, 'files')),
    privateFolder: join(target, 'private'),
  };
  const manifest = await openBackup(folder, noShow);
  const restored = restoreBackup({ folder, manifest, to, kept, isReadOnly, show: noShow });
  return { storage, target, to, manifest, restored };
}

const keptOf = (note: string): KeptCheckpoint => ({
  checkpoint: parseCheckpoint(parseNote(note).text),
  whose: 'somebody',
});

describe('a backup', () => {
  it('is made while the server goes on appending, and what comes back verifies and can be continued', async () => {
    const data = await dataFolder(700);
    let isDone = false;
    const appending = (async () => {
      while (!isDone) await data.grow(3, 'meanwhile');
    })();
    const folder = await backUp(data);
    isDone = true;
    await appending;
    const { storage, target, manifest, restored } = await restore(folder);
    await restored;
    expect(manifest.entries).toBeGreaterThanOrEqual(700);
    const again = await servedLedger({ storage, keys: loadLogKeys(join(target, 'private')) });
    expect(again.ledger.size()).toBe(manifest.entries);
    await again.grow(5, 'later');
    const { verifierKey } = await data.ledger.head();
    expect(await verifyLog(again.remote, verifierKey)).toMatchObject({
      verified: true,
      size: manifest.entries + 5,
    });
    const [first] = await storage.rows(0, 1);
    const [original] = await data.storage.rows(0, 1);
    expect(first && { ...first, leafHash: toHex(first.leafHash) }).toEqual(
      original && { ...original, leafHash: toHex(original.leafHash) },
    );
    const blobs = openFolderBlobs(join(target, 'files'));
    expect(await blobs.get(data.cite)).toEqual(utf8('a part'));
  });

  it('says what is in it, and names the key and the newest checkpoint of the ledger', async () => {
    const data = await dataFolder(10);
    const { manifest } = await restore(await backUp(data));
    const head = await data.ledger.head();
    expect(manifest).toMatchObject({
      entries: 10,
      verifierKey: head.verifierKey,
      checkpoint: head.checkpoint,
    });
    const paths = manifest.contents.map(({ path }) => path);
    const place = `files/${data.cite.slice(7, 9)}/${data.cite.slice(9)}`;
    expect(paths).toEqual([place, 'ledger.sqlite', 'private/checkpoint-key.pem', 'private/entry-key.pem']);
  });

  it('holds private keys only where they are asked for, for their owner alone, and never those of a witness', async () => {
    const data = await dataFolder(3);
    writeFileSync(join(data.privateFolder, 'witness-key.pem'), 'secret');
    await data.storage.putIfAbsent('witness/abc/0000000000000000', utf8('seen'));
    expect(existsSync(join(await backUp(data, false), 'private'))).toBe(false);
    const folder = await backUp(data);
    expect(statSync(join(folder, 'private', 'entry-key.pem')).mode & 0o777).toBe(0o600);
    expect(existsSync(join(folder, 'private', 'witness-key.pem'))).toBe(false);
    const { storage, restored } = await restore(folder);
    await restored;
    expect(await storage.keys('witness/')).toEqual([]);
  });

  it('is refused where the folder is not empty, and where the store is damaged', async () => {
    const data = await dataFolder(3);
    const folder = newFolder();
    writeFileSync(join(folder, 'mine.txt'), 'x');
    const wish = { folder, withKeys: false, nowMs: 1, show: noShow };
    await expect(makeBackup({ ...wish, from: data })).rejects.toMatchObject({ code: 'backup.not-empty' });
    const storage = {
      ...data.storage,
      commits: async (from: number, limit: number) =>
        (await data.storage.commits(from, limit)).map((commit) => ({ ...commit, first: commit.first + 1 })),
    };
    await expect(
      makeBackup({ ...wish, folder: join(folder, 'new'), from: { ...data, storage } }),
    ).rejects.toMatchObject({ code: 'ledger.damaged', message: expect.stringContaining('commit 0') });
    expect(existsSync(join(folder, 'new', 'backup.json'))).toBe(false);
  });
});

describe('restoring', () => {
  it.each([
    [
      'is missing a file',
      (folder: string, place: string) =>
        writeFileSync(
          join(folder, 'backup.json'),
          readFileSync(join(folder, 'backup.json'), 'utf8').replace(place, `${place}x`),
        ),
    ],
    [
      'has a changed file',
      (folder: string, place: string) => writeFileSync(join(folder, place), 'another part'),
    ],
    [
      'has a changed bit in its ledger',
      (folder: string) => {
        const bytes = readFileSync(join(folder, 'ledger.sqlite'));
        bytes[9_000] = (bytes[9_000] ?? 0) ^ 1;
        writeFileSync(join(folder, 'ledger.sqlite'), bytes);
      },
    ],
  ])('refuses a backup that %s', async (_words, damage) => {
    const data = await dataFolder(30);
    const folder = await backUp(data);
    damage(folder, `files/${data.cite.slice(7, 9)}/${data.cite.slice(9)}`);
    await expect(openBackup(folder, noShow)).rejects.toMatchObject({ code: 'backup.damaged' });
  });

  it('refuses a folder in which the backup was not finished', async () => {
    await expect(openBackup(newFolder(), noShow)).rejects.toMatchObject({ code: 'backup.none' });
  });

  it('refuses a place that holds a ledger', async () => {
    const data = await dataFolder(5);
    const folder = await backUp(data);
    const manifest = await openBackup(folder, noShow);
    const to = { ...data, privateFolder: undefined };
    await expect(
      restoreBackup({ folder, manifest, to, kept: [], isReadOnly: false, show: noShow }),
    ).rejects.toMatchObject({ code: 'restore.not-empty' });
  });

  it('does not overwrite other keys', async () => {
    const folder = await backUp(await dataFolder(5));
    const manifest = await openBackup(folder, noShow);
    const privateFolder = join(newFolder(), 'private');
    mkdirSync(privateFolder);
    writeFileSync(join(privateFolder, 'entry-key.pem'), 'another key');
    const storage = createMemoryStorage();
    const to = { storage, blobs: openFolderBlobs(newFolder()), privateFolder };
    await expect(
      restoreBackup({ folder, manifest, to, kept: [], isReadOnly: false, show: noShow }),
    ).rejects.toMatchObject({ code: 'restore.other-keys' });
    expect(await storage.commits(0, 1)).toEqual([]);
  });

  it('refuses an old backup where somebody kept a newer checkpoint, and leaves the place empty', async () => {
    const data = await dataFolder(20);
    const folder = await backUp(data);
    await data.grow(5);
    const { checkpoint } = await data.ledger.head();
    const { restored, storage, target } = await restore(folder, [keptOf(checkpoint)]);
    await expect(restored).rejects.toMatchObject({
      code: 'restore.rollback',
      message: expect.stringMatching(/somebody has seen 25 entries .* the backup holds 20/),
    });
    expect([await storage.commits(0, 1), await storage.keys('')]).toEqual([[], []]);
    expect(existsSync(join(target, 'private'))).toBe(false);
  });

  it('refuses a backup of another past, also where somebody has seen less of it', async () => {
    const data = await dataFolder(20);
    const fork = await servedLedger({ keys: data.keys });
    await fork.grow(11, 'other');
    const { checkpoint } = await fork.ledger.head();
    const { restored } = await restore(await backUp(data), [keptOf(checkpoint)]);
    await expect(restored).rejects.toMatchObject({ code: 'restore.fork' });
  });

  it('accepts what somebody saw on the way', async () => {
    const data = await dataFolder(20);
    const early = (await data.ledger.head()).checkpoint;
    await data.grow(20);
    const { restored } = await restore(await backUp(data), [keptOf(early)]);
    await restored;
  });

  it('gives an old backup to look at, without anything that could sign', async () => {
    const data = await dataFolder(20);
    const folder = await backUp(data);
    await data.grow(5);
    const { checkpoint } = await data.ledger.head();
    const { restored, storage, target } = await restore(folder, [keptOf(checkpoint)], true);
    await restored;
    expect(existsSync(join(target, 'private'))).toBe(false);
    await expect(servedLedger({ storage, keys: newLogKeys() })).rejects.toMatchObject({
      code: 'ledger.damaged',
    });
  });
});

describe('the witnesses of a ledger that is restored', () => {
  async function witnessed(entries: number, seen: number) {
    const data = await dataFolder(entries);
    const { checkpoint, verifierKey } = await data.ledger.head();
    const key = parseVerifierKey(sha256, verifierKey);
    const witness = createWitness({
      ...{ storage: createMemoryStorage(), name: 'w.example', key: newLogKeys().checkpoint, logs: [key] },
      nowMs: () => 1_000,
    });
    const folder = await backUp(data);
    await data.grow(seen - entries);
    const newest = (await data.ledger.head()).checkpoint;
    await witness.addCheckpoint(utf8(formatAddCheckpoint({ old: 0, proof: [], note: newest })));
    const policy = parsePolicy(sha256, `witness w ${witness.verifierKey} http://w.example/\nquorum w\n`);
    const answer = async (address: string, body: unknown) => {
      if (body !== undefined) {
        const { status, text, contentType } = await witness.addCheckpoint(utf8(String(body)));
        return new Response(text, { status, headers: { 'content-type': contentType } });
      }
      const note = await witness.checkpoint(address.split('/').at(-2) ?? '');
      return new Response(note, { status: note === undefined ? 404 : 200 });
    };
    return { folder, policy, key, newest: checkpoint, answer };
  }

  it.each([
    ['shows its checkpoints', false],
    ['shows nothing and only tells its size', true],
  ])('stop an old backup where one of them %s', async (_words, isMute) => {
    const { folder, policy, key, newest, answer } = await witnessed(20, 26);
    const fetch: typeof globalThis.fetch = (address, init) =>
      isMute && init?.body === undefined
        ? Promise.resolve(new Response('', { status: 404 }))
        : answer(String(address), init?.body);
    const kept = await seenByWitnesses(policy, { key, newest, fetch, say: () => {} });
    const { restored } = await restore(folder, kept);
    await expect(restored).rejects.toMatchObject({ code: 'restore.rollback' });
  });

  it('are passed over where they do not answer, which is said', async () => {
    const { folder, policy, key, newest } = await witnessed(20, 20);
    const said: string[] = [];
    const fetch = () => Promise.reject(new TypeError('fetch failed'));
    const kept = await seenByWitnesses(policy, { key, newest, fetch, say: (words) => said.push(words) });
    expect([kept, said]).toEqual([[], ['the witness w could not be asked: fetch failed.']]);
    await (await restore(folder, kept)).restored;
  });
});
