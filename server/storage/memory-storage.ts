import { type EntryRow, type PutResult, READ_BYTES_MAX, type Storage, type StoredCommit } from './storage.ts';

/** Keeps everything in memory: for tests, and the meaning of the port in its shortest form. */
export function createMemoryStorage(): Storage {
  const commits = new Map<number, StoredCommit>();
  const rows = new Map<number, EntryRow>();
  const byId = new Map<string, EntryRow>();
  const byStream = new Map<string, EntryRow[]>();
  const values = new Map<string, Uint8Array>();

  const put = (key: string, value: Uint8Array): PutResult => {
    if (values.has(key)) return 'exists';
    values.set(key, value.slice());
    return 'stored';
  };
  const sortedKeys = (prefix: string) => [...values.keys()].filter((key) => key.startsWith(prefix)).sort();

  return {
    async putCommit(commit, added): Promise<PutResult> {
      if (commits.has(commit.number)) return 'exists';
      if (added.some(({ id }) => byId.has(id))) throw new Error('an entry of the commit is stored already');
      const { previous, hash, bundle } = commit;
      commits.set(commit.number, {
        ...commit,
        ...{ previous: previous.slice(), hash: hash.slice(), bundle: bundle.slice() },
      });
      for (const given of added) {
        const row = { ...given, leafHash: given.leafHash.slice() };
        rows.set(row.index, row);
        byId.set(row.id, row);
        const stream = byStream.get(row.stream);
        if (stream === undefined) byStream.set(row.stream, [row]);
        else stream.push(row);
      }
      return 'stored';
    },
    commits: async (from, limit) => denseRun(commits, from, limit),
    commitOf: async (index) => commits.get(rows.get(index)?.commit ?? -1),
    rowsById: async (ids) => present(ids.map((id) => byId.get(id))),
    lastOfStream: async (stream) => byStream.get(stream)?.at(-1),
    rowsOfStream: async (stream, fromRev, limit) =>
      (byStream.get(stream) ?? []).slice(fromRev, fromRev + limit),
    rows: async (from, count) => present(Array.from({ length: count }, (_, at) => rows.get(from + at))),
    putIfAbsent: async (key, value) => put(key, value),
    putAllIfAbsent: async (items) => items.map(([key, value]) => put(key, value)),
    get: async (key) => values.get(key),
    getAll: async (keys) => keys.map((key) => values.get(key)),
    async last(prefix) {
      const key = sortedKeys(prefix).at(-1);
      const value = key === undefined ? undefined : values.get(key);
      return key === undefined || value === undefined ? undefined : { key, value };
    },
    keys: async (prefix) => sortedKeys(prefix),
    async remove(keys) {
      for (const key of keys) values.delete(key);
    },
    close: async () => {},
  };
}

function denseRun(commits: ReadonlyMap<number, StoredCommit>, from: number, limit: number): StoredCommit[] {
  const run: StoredCommit[] = [];
  let bytes = 0;
  for (let number = from; run.length < limit; number += 1) {
    const commit = commits.get(number);
    if (commit === undefined) break;
    bytes += commit.bundle.length;
    if (bytes > READ_BYTES_MAX && run.length > 0) break;
    run.push(commit);
  }
  return run;
}

function present<T>(items: readonly (T | undefined)[]): T[] {
  return items.filter((item) => item !== undefined);
}
