import { afterEach, beforeEach, expect, it } from 'vitest';
import { READ_BYTES_MAX, type Storage } from '../../../server/storage/storage.ts';
import { CommitMaker, type MadeCommit } from './made-commits.ts';

/** A store that is empty at first. */
export interface StoreOnTrial {
  /** Another connection to it, as another coordinator has one. */
  open: () => Promise<Storage>;
  /** Closes what `open` gave and takes the store away. */
  end: () => Promise<void>;
}

/** What every store has to do; to be called inside a `describe`. */
export function storageContract(begin: () => Promise<StoreOnTrial>): void {
  let store: StoreOnTrial;
  let storage: Storage;
  let make: CommitMaker;
  beforeEach(async () => {
    store = await begin();
    storage = await store.open();
    make = new CommitMaker();
  });
  afterEach(() => store.end());
  const put = (made: MadeCommit, to = storage) => to.putCommit(made.commit, made.rows);

  commitTests();
  entryTests();
  valueTests();

  function commitTests(): void {
    it('keeps a commit under its number and gives it back', async () => {
      const [one, two] = [make.next(['a', 'b']), make.next(['a'])];
      expect(await put(one)).toBe('stored');
      expect(await put(two)).toBe('stored');
      const found = await storage.commits(0, 10);
      expect(found).toEqual([one.commit, two.commit]);
      expect(found.map(({ bundle }) => bundle.constructor)).toEqual([Uint8Array, Uint8Array]);
      expect(await storage.commits(1, 1)).toEqual([two.commit]);
      expect(await storage.commits(2, 1)).toEqual([]);
    });

    it('finds the commit of every entry, and none beyond the last', async () => {
      const made = [3, 1, 1, 7, 2, 1, 30, 1].map((count) =>
        make.next(Array.from({ length: count }, () => 's')),
      );
      for (const item of made) await put(item);
      const later = await store.open();
      for (const { commit, rows } of made.toReversed())
        for (const { index } of rows) expect((await later.commitOf(index))?.number).toBe(commit.number);
      expect(await later.commitOf(46)).toBeUndefined();
      await put(make.next(['s']));
      expect((await later.commitOf(46))?.number).toBe(8);
    });

    it('writes nothing under a number that is taken, also for its own commit again', async () => {
      const [mine, theirs] = [make.next(['a']), new CommitMaker('b').next(['z', 'z'])];
      await put(mine);
      expect(await put(theirs)).toBe('exists');
      expect(await storage.commits(0, 10)).toEqual([mine.commit]);
      expect(await storage.rowsById(['b-0', 'b-1'])).toEqual([]);
      expect(await storage.lastOfStream('z')).toBeUndefined();
    });

    it('gives out commits up to a gap, and up to some megabytes', async () => {
      const made = [make.next(['a']), make.next(['a']), make.next(['a'])] as const;
      await put(made[0]);
      await put(made[2]);
      expect(await storage.commits(0, 10)).toEqual([made[0].commit]);
      await put(made[1]);
      const large = Array.from({ length: 10 }, () => make.next(Array(32).fill('l'), 30_000));
      for (const item of large) await put(item);
      const run = await storage.commits(0, 100);
      const bytes = run.reduce((sum, { bundle }) => sum + bundle.length, 0);
      expect(run.map(({ number }) => number)).toEqual(run.map((_, at) => at));
      expect(bytes).toBeLessThanOrEqual(READ_BYTES_MAX);
      expect(bytes).toBeGreaterThan(READ_BYTES_MAX - 2 * 2 ** 20);
      expect(await storage.commits(run.length, 100)).toHaveLength(13 - run.length);
    });

    it('lets exactly one of several writers have a number, and all see the same', async () => {
      const writers = await Promise.all(
        ['a', 'b', 'c', 'd'].map(async (name) => ({ name, at: await store.open() })),
      );
      const numbers = Array.from({ length: 12 }, (_, number) => number);
      const makers = new Map(writers.map(({ name }) => [name, new CommitMaker(name)]));
      for (const number of numbers) {
        const tries = writers.map(async ({ name, at }) => {
          const made = makers.get(name)?.next(['s', `own/${name}`]);
          return made && { name, made, result: await put(made, at) };
        });
        const won = (await Promise.all(tries)).filter((item) => item?.result === 'stored');
        expect(won).toHaveLength(1);
        for (const { at } of writers)
          expect((await at.commits(number, 1))[0]?.hash).toEqual(won[0]?.made.commit.hash);
      }
    });
  }

  function entryTests(): void {
    it('finds entries by id, by stream and by index', async () => {
      const [one, two] = [make.next(['a', 'b', 'a']), make.next(['b', 'a'])];
      await put(one);
      await put(two);
      const all = [...one.rows, ...two.rows];
      const ofStream = (stream: string) => all.filter((row) => row.stream === stream);
      expect((await storage.rowsById(['a-4', 'a-9', 'a-1'])).sort((x, y) => x.index - y.index)).toEqual([
        all[1],
        all[4],
      ]);
      expect(await storage.rowsById([])).toEqual([]);
      expect(await storage.lastOfStream('a')).toEqual(all[4]);
      expect(await storage.lastOfStream('c')).toBeUndefined();
      expect(await storage.rowsOfStream('a', 0, 10)).toEqual(ofStream('a'));
      expect(await storage.rowsOfStream('a', 1, 1)).toEqual([all[2]]);
      expect(await storage.rowsOfStream('b', 2, 10)).toEqual([]);
      expect(await storage.rows(1, 3)).toEqual(all.slice(1, 4));
      expect(await storage.rows(4, 100)).toEqual(all.slice(4));
      expect(await storage.rows(5, 1)).toEqual([]);
    });

    it('finds the entries of the largest commit', async () => {
      const made = make.next(Array.from({ length: 1_024 }, (_, at) => `stream/${at % 5}`));
      await put(made);
      await put(make.next(['stream/1']));
      const ids = made.rows.map(({ id }) => id);
      expect((await storage.rowsById(ids)).sort((x, y) => x.index - y.index)).toEqual(made.rows);
      expect((await storage.lastOfStream('stream/1'))?.index).toBe(1_024);
      expect(await storage.rowsOfStream('stream/4', 100, 200)).toHaveLength(104);
    });
  }

  function valueTests(): void {
    it('keeps the first value of a key, and finds the greatest key of a prefix', async () => {
      expect(await storage.putIfAbsent('cp/01', Uint8Array.of(1))).toBe('stored');
      expect(await storage.putIfAbsent('cp/02', Uint8Array.of(2))).toBe('stored');
      expect(await storage.putIfAbsent('cq', Uint8Array.of(3))).toBe('stored');
      expect(await storage.putIfAbsent('cp/01', Uint8Array.of(9))).toBe('exists');
      expect(await storage.get('cp/01')).toEqual(Uint8Array.of(1));
      expect(await storage.get('cp/03')).toBeUndefined();
      expect(await storage.last('cp/')).toEqual({ key: 'cp/02', value: Uint8Array.of(2) });
      expect(await storage.last('x/')).toBeUndefined();
      expect(await storage.keys('c')).toEqual(['cp/01', 'cp/02', 'cq']);
      expect(await storage.keys('cp.')).toEqual([]);
    });

    it('takes and gives several values at once, and says of each whether it was new', async () => {
      await storage.putIfAbsent('tile/1', Uint8Array.of(1));
      const items = ['tile/0', 'tile/1', 'tile/2'].map(
        (key, at) => [key, Uint8Array.of(40 + at, 0)] as const,
      );
      expect(await storage.putAllIfAbsent(items)).toEqual(['stored', 'exists', 'stored']);
      expect(await storage.putAllIfAbsent([])).toEqual([]);
      expect(await storage.getAll(['tile/2', 'none', 'tile/1', 'tile/0'])).toEqual([
        Uint8Array.of(42, 0),
        undefined,
        Uint8Array.of(1),
        Uint8Array.of(40, 0),
      ]);
      expect(await storage.getAll([])).toEqual([]);
      const many = Array.from({ length: 300 }, (_, at) => [`many/${at}`, Uint8Array.of(at & 255)] as const);
      await storage.putAllIfAbsent(many);
      const keys = many.map(([key]) => key).reverse();
      expect(await storage.getAll(['none', ...keys])).toEqual([
        undefined,
        ...many.map(([, value]) => value).reverse(),
      ]);
    });

    it('lets exactly one of several writers have a key', async () => {
      const writers = await Promise.all([1, 2, 3].map(() => store.open()));
      const keys = Array.from({ length: 8 }, (_, at) => `key/${at}`);
      const results = await Promise.all(
        writers.map((at, own) => at.putAllIfAbsent(keys.map((key) => [key, Uint8Array.of(own)] as const))),
      );
      const values = await storage.getAll(keys);
      keys.forEach((_, at) => {
        const winners = results.flatMap((result, own) =>
          result[at] === 'stored' ? [Uint8Array.of(own)] : [],
        );
        expect(winners).toEqual([values[at]]);
      });
    });

    it('takes away what it is told to, and then takes the key again', async () => {
      await storage.putIfAbsent('snapshot/1', Uint8Array.of(1));
      await storage.putIfAbsent('snapshot/10', Uint8Array.of(2));
      await storage.remove(['snapshot/1', 'snapshot/2']);
      expect(await storage.keys('snapshot/')).toEqual(['snapshot/10']);
      expect(await storage.get('snapshot/1')).toBeUndefined();
      expect(await storage.putIfAbsent('snapshot/1', Uint8Array.of(3))).toBe('stored');
      expect(await storage.get('snapshot/1')).toEqual(Uint8Array.of(3));
    });

    it('keeps values of thirty megabytes, empty ones, and nothing of the buffer that was given in', async () => {
      const large = new Uint8Array(30 * 2 ** 20).map((_, at) => at * 7 + (at >> 13));
      const given = large.slice();
      expect(await storage.putAllIfAbsent([['large', given]])).toEqual(['stored']);
      given.fill(0);
      expect(await storage.putIfAbsent('large', given)).toBe('exists');
      expect(await storage.putIfAbsent('empty', new Uint8Array())).toBe('stored');
      const [found, empty] = await storage.getAll(['large', 'empty']);
      expect(found?.length).toBe(large.length);
      expect(Buffer.compare(found ?? given, large)).toBe(0);
      expect(empty).toEqual(new Uint8Array());
      expect((await storage.last('larg'))?.value.length).toBe(large.length);
      expect(await storage.keys('')).toEqual(['empty', 'large']);
      await storage.remove(['large']);
      expect(await storage.keys('')).toEqual(['empty']);
      expect(await storage.putIfAbsent('large', Uint8Array.of(1))).toBe('stored');
      expect(await storage.get('large')).toEqual(Uint8Array.of(1));
    });
  }
}
