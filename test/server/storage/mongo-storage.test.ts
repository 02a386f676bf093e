import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mongo as driver } from 'mongoose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mayPass } from '../../../server/storage/mongo-connection.ts';
import {
  type MongoOptions,
  type MongoStore,
  openMongoStorage,
} from '../../../server/storage/mongo-storage.ts';
import { findMongo, type MongoServer } from '../../support/mongo-server.ts';
import { startWireProxy, type WireFault, type WireProxy } from '../../support/wire-proxy.ts';
import { CommitMaker } from './made-commits.ts';
import { storageContract } from './storage-contract.ts';

const mongo = await findMongo();
if ('unavailableReason' in mongo) console.warn(mongo.unavailableReason);

/** Opens stores of one test and closes them with it. */
const opened: MongoStore[] = [];
async function open(url: string, options: MongoOptions = {}) {
  const store = await openMongoStorage(url, options);
  opened.push(store);
  return store.storage;
}
const closeAll = () => Promise.all(opened.splice(0).map(({ storage }) => storage.close()));

describe.skipIf('unavailableReason' in mongo)('storage in MongoDB', () => {
  let server: MongoServer;
  beforeAll(async () => {
    if ('start' in mongo) server = await mongo.start();
  });
  afterAll(() => server.stop());

  storageContract(async () => {
    const url = server.newDatabase();
    return { open: () => open(url), end: async () => void (await closeAll()) };
  });

  describe('of several logs in one database', () => {
    afterEach(closeAll);

    it('keeps them apart', async () => {
      const url = server.newDatabase();
      const [one, other] = [await open(url, { log: 'one' }), await open(url, { log: 'other' })];
      const { commit, rows } = new CommitMaker().next(['a', 'b']);
      await one.putCommit(commit, rows);
      await one.putIfAbsent('key', Uint8Array.of(1));
      expect(await other.commits(0, 10)).toEqual([]);
      expect(await other.rowsById(['a-0'])).toEqual([]);
      expect(await other.lastOfStream('a')).toBeUndefined();
      expect(await other.rowsOfStream('a', 0, 10)).toEqual([]);
      expect(await other.keys('')).toEqual([]);
      expect(await other.putIfAbsent('key', Uint8Array.of(2))).toBe('stored');
      expect(await one.get('key')).toEqual(Uint8Array.of(1));
    });
  });

  describe('over a connection that fails', () => {
    let url: string;
    let proxy: WireProxy;
    beforeEach(async () => {
      url = server.newDatabase();
      proxy = await startWireProxy(url);
    });
    afterEach(async () => {
      await closeAll();
      await proxy.stop();
    });
    const { commit, rows } = new CommitMaker().next(['a', 'b']);
    const other = new CommitMaker('b').next(['a']);

    /** Does harm to the first inserts into a collection, one after the other. */
    function harmInserts(collection: string, ...faults: WireFault[]): void {
      proxy.rule = (command) =>
        command.name === 'insert' && command.collection === collection ? faults.shift() : undefined;
    }

    it.each<[string, WireFault]>([
      ['was lost with the connection', { kind: 'cut-after' }],
      ['never came', { kind: 'no-reply' }],
      ['says that the driver had sent it before', { kind: 'twice' }],
    ])('knows a commit as stored whose reply %s', async (_, fault) => {
      const storage = await open(proxy.url, { replyWithinMs: 300 });
      harmInserts('commits', fault);
      expect(await storage.putCommit(commit, rows)).toBe('stored');
      expect(await storage.commits(0, 10)).toEqual([commit]);
      expect(await storage.putCommit(other.commit, other.rows)).toBe('exists');
    });

    it('stores a commit once that did not arrive at first', async () => {
      const storage = await open(proxy.url);
      harmInserts('commits', { kind: 'cut-before' }, { kind: 'cut-before' });
      expect(await storage.putCommit(commit, rows)).toBe('stored');
      expect(await storage.commits(0, 10)).toEqual([commit]);
    });

    it('says that a number is taken where somebody else had it while ours was on its way', async () => {
      const storage = await open(proxy.url);
      const direct = await open(url);
      const putOther = () => direct.putCommit(other.commit, other.rows);
      for (const kind of ['cut-before', 'cut-after'] as const) {
        harmInserts('commits', { kind, first: putOther });
        expect(await storage.putCommit(commit, rows)).toBe('exists');
        expect(await direct.commits(0, 10)).toEqual([other.commit]);
      }
    });

    it('keeps one commit where an old request arrives after it was given up', async () => {
      const storage = await open(proxy.url, { replyWithinMs: 300 });
      let arrive = () => {};
      const until = new Promise<void>((resolve) => {
        arrive = resolve;
      });
      harmInserts('commits', { kind: 'late', until });
      expect(await storage.putCommit(commit, rows)).toBe('stored');
      arrive();
      expect(await storage.commits(0, 10)).toEqual([commit]);
      expect(await storage.rows(0, 10)).toEqual(rows);
    });

    it('counts a value as its own after a lost reply, and as taken where it is not', async () => {
      const storage = await open(proxy.url);
      const items = ['cp/1', 'cp/2'].map((key) => [key, Uint8Array.of(1)] as const);
      harmInserts('kv', { kind: 'cut-after' }, { kind: 'twice' });
      expect(await storage.putAllIfAbsent(items)).toEqual(['stored', 'stored']);
      expect(await storage.putAllIfAbsent(items)).toEqual(['exists', 'exists']);
      harmInserts('parts', { kind: 'cut-after' }, { kind: 'cut-before' });
      const large = new Uint8Array(9 * 2 ** 20).fill(7);
      expect(await storage.putIfAbsent('large', large)).toBe('stored');
      expect((await storage.get('large'))?.length).toBe(large.length);
    });

    it('rejects what never gets through, having written nothing', { timeout: 60_000 }, async () => {
      const storage = await open(proxy.url);
      proxy.rule = ({ name }) => (name === 'insert' ? { kind: 'cut-before' } : undefined);
      await expect(storage.putCommit(commit, rows)).rejects.toMatchObject({
        kind: 'unavailable',
        code: 'storage.out-of-reach',
      });
      expect(await (await open(url)).commits(0, 10)).toEqual([]);
      proxy.rule = () => undefined;
      expect(await storage.putCommit(commit, rows)).toBe('stored');
    });
  });

  it('tells a server that is away from one that refuses, and reads again when it is back', {
    timeout: 60_000,
  }, async () => {
    const proxy = await startWireProxy(server.newDatabase());
    const storage = await open(proxy.url);
    await storage.putIfAbsent('key', Uint8Array.of(1));
    proxy.rule = ({ name }) => (name === 'find' ? { kind: 'cut-before' } : undefined);
    await expect(storage.get('key')).rejects.toMatchObject({ code: 'storage.out-of-reach' });
    await expect(storage.commits(0, 1)).rejects.toMatchObject({ code: 'storage.out-of-reach' });
    proxy.rule = () => undefined;
    expect(await storage.get('key')).toEqual(Uint8Array.of(1));
    await closeAll();
    await proxy.stop();
  });

  it('says what is wrong when it cannot be read, and takes nothing more when it is closed', async () => {
    const storage = await open(server.newDatabase());
    await closeAll();
    await expect(storage.get('key')).rejects.toMatchObject({ code: 'storage.cannot-read' });
    await expect(storage.commits(0, 1)).rejects.toMatchObject({ code: 'storage.cannot-read' });
    await expect(storage.putIfAbsent('key', Uint8Array.of(1))).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('says which server cannot be reached, without its password', async () => {
    const opening = openMongoStorage('mongodb://lab:secret@127.0.0.1:1/ledger');
    await expect(opening).rejects.toThrow(/mongodb:\/\/127\.0\.0\.1:1\/ledger cannot be opened/);
    await expect(opening).rejects.not.toThrow(/secret/);
  });
});

describe('what a driver of MongoDB says', () => {
  it('is a server that is away where a socket broke, and a fault where the connection was closed or the server refuses', () => {
    const broken = Object.assign(new Error('write ECONNRESET'), { code: 'ECONNRESET', syscall: 'write' });
    expect(mayPass(broken)).toBe(true);
    expect(mayPass(new driver.MongoNetworkError('connection 1 closed'))).toBe(true);
    expect(mayPass(new driver.MongoServerError({ message: 'not primary', code: 10107 }))).toBe(true);
    expect(mayPass(new driver.MongoServerError({ message: 'not authorised', code: 13 }))).toBe(false);
    expect(mayPass(new driver.MongoClientClosedError())).toBe(false);
    expect(mayPass(new TypeError('our own'))).toBe(false);
  });
});

describe.skipIf('unavailableReason' in mongo || mongo.startPrivate === undefined)(
  'a MongoDB server that is killed with kill -9',
  () => {
    it('has every acknowledged commit once when it is back, and is written on over the same connection', {
      timeout: 120_000,
    }, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'commonwright-mongo-killed-'));
      if ('unavailableReason' in mongo || mongo.startPrivate === undefined) return;
      const server = await mongo.startPrivate(folder);
      const storage = await open(server.newDatabase());
      const make = new CommitMaker();
      const made = Array.from({ length: 90 }, () => make.next(['a', 'b']));
      const restarts: Promise<void>[] = [];
      for (const [at, { commit, rows }] of made.entries()) {
        // While this commit is on its way.
        if (at % 30 === 15) restarts.push(server.kill().then(() => server.restart()));
        expect(await storage.putCommit(commit, rows)).toBe('stored');
      }
      await Promise.all(restarts);
      const found = [];
      while (found.length < made.length) found.push(...(await storage.commits(found.length, 1_000)));
      expect(found).toEqual(made.map(({ commit }) => commit));
      await closeAll();
      await server.stop();
      rmSync(folder, { recursive: true });
    });
  },
);
