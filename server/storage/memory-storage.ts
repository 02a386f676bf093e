import type { EntryRow, PutResult, Storage, StoredCommit } from './storage.ts';

/** Keeps everything in memory: for tests, and the meaning of the port in its shortest form. */
export function createMemoryStorage(): Storage {
  const commits: StoredCommit[] = [];
  const rows: EntryRow[] = [];
  const byId = new Map<string, EntryRow>();
  const byStream = new Map<string, EntryRow[]>();
  const values = new Map<string, Uint8Array>();

  return {
    async putCommit(commit, added): Promise<PutResult> {
      if (commit.number < commits.length) return 'exists';
      if (added.some(({ id }) => byId.has(id))) throw new Error('an entry of the commit is stored already');
      commits.push(commit);
      for (const row of added) {
        rows.push(row);
        byId.set(row.id, row);
        byStream.set(row.stream, [...(byStream.get(row.stream) ?? []), row]);
      }
      return 'stored';
    },
    commits: async (from, limit) => commits.slice(from, from + limit),
    commitOf: async (index) => commits[rows[index]?.commit ?? -1],
    rowById: async (id) => byId.get(id),
    lastOfStream: async (stream) => byStream.get(stream)?.at(-1),
    rowsOfStream: async (stream, fromRev, limit) =>
      (byStream.get(stream) ?? []).slice(fromRev, fromRev + limit),
    async putIfAbsent(key, value): Promise<PutResult> {
      if (values.has(key)) return 'exists';
      values.set(key, value);
      return 'stored';
    },
    get: async (key) => values.get(key),
    async last(prefix) {
      const found = [...values]
        .filter(([key]) => key.startsWith(prefix))
        .sort(([a], [b]) => (a < b ? -1 : 1));
      const [key, value] = found.at(-1) ?? [];
      return key === undefined || value === undefined ? undefined : { key, value };
    },
    close: async () => {},
  };
}
