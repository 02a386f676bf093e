import { randomBytes } from 'node:crypto';
import {
  bufferOf,
  bytesOf,
  type MongoConnection,
  POINT_READS_MAX,
  type ValueDocument,
} from './mongo-connection.ts';
import { MongoParts } from './mongo-parts.ts';
import { putEach } from './mongo-put.ts';
import type { PutResult, Storage } from './storage.ts';

type Values = Pick<Storage, 'putIfAbsent' | 'putAllIfAbsent' | 'get' | 'getAll' | 'last' | 'keys' | 'remove'>;

/** Documents that are asked for in one query. */
const KEYS_AT_ONCE = 64;

/**
 * Values by key of one log. A large one is put as parts first, under a name that nobody else has, and becomes visible
 * by the one document that names them. A put that is killed before that leaves parts that nothing refers to.
 */
export function mongoValues(connection: MongoConnection, log: string): Values {
  const { values: model, raw } = connection;
  const parts = new MongoParts(connection, log);
  const prefix = `${log}/k/`;
  const idOf = (key: string) => prefix + key;
  const idsWith = (start: string) => ({ $gte: idOf(start), $lt: `${idOf(start)}\u{10ffff}` });

  const putAllIfAbsent = async (
    items: readonly (readonly [key: string, value: Uint8Array])[],
  ): Promise<PutResult[]> => {
    if (items.length === 0) return [];
    const heads: ValueDocument[] = [];
    for (const [key, value] of items) {
      const by = randomBytes(12).toString('hex');
      const count = await parts.put(by, value);
      heads.push({ _id: idOf(key), by, value: count > 0 ? Buffer.alloc(0) : bufferOf(value), parts: count });
    }
    const results = await putEach(heads, {
      insert: (open) => raw.values.insertMany(open, { ordered: false }),
      readBack: (ids) => model.find({ _id: { $in: ids } }, { by: 1 }).lean(),
      isOwn: ({ by }, found) => found.by === by,
    });
    for (const [at, head] of heads.entries()) if (results[at] === 'exists') await parts.remove(head);
    return results;
  };
  /** Undefined where somebody has taken the value away meanwhile. */
  const whole = async (head: ValueDocument): Promise<Uint8Array | undefined> =>
    head.parts === 0
      ? bytesOf(head.value)
      : parts.get(head, async () => (await model.findOne({ _id: head._id }, { by: 1 }).lean()) !== null);
  const get = async (key: string): Promise<Uint8Array | undefined> => {
    const head = await model.findOne({ _id: idOf(key) }).lean();
    return head === null ? undefined : whole(head);
  };

  return {
    putIfAbsent: async (key, value) => (await putAllIfAbsent([[key, value]]))[0] ?? 'exists',
    putAllIfAbsent,
    get,
    async getAll(keys) {
      if (keys.length <= POINT_READS_MAX) return Promise.all(keys.map(get));
      const found = new Map<string, Uint8Array | undefined>();
      for (let at = 0; at < keys.length; at += KEYS_AT_ONCE) {
        const ids = keys.slice(at, at + KEYS_AT_ONCE).map(idOf);
        for (const head of await model.find({ _id: { $in: ids } }).lean())
          found.set(head._id, await whole(head));
      }
      return keys.map((key) => found.get(idOf(key)));
    },
    async last(start) {
      const head = await model
        .findOne({ _id: idsWith(start) })
        .sort({ _id: -1 })
        .lean();
      const value = head === null ? undefined : await whole(head);
      return head === null || value === undefined ? undefined : { key: head._id.slice(prefix.length), value };
    },
    async keys(start) {
      const heads = await model
        .find({ _id: idsWith(start) }, { _id: 1 })
        .sort({ _id: 1 })
        .lean();
      return heads.map(({ _id }) => _id.slice(prefix.length));
    },
    async remove(keys) {
      for (const _id of keys.map(idOf)) {
        const head = await model.findOne({ _id }, { by: 1, parts: 1 }).lean();
        if (head === null) continue;
        // The head first: nobody then begins to read parts that are going away.
        await raw.values.deleteOne({ _id, by: head.by });
        await parts.remove(head);
      }
    },
  };
}
