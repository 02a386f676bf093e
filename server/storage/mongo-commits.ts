import { sameBytes } from '#contract/bytes.ts';
import { CommitPlaces } from './commit-places.ts';
import {
  bufferOf,
  bytesOf,
  type CommitDocument,
  type MongoConnection,
  POINT_READS_MAX,
} from './mongo-connection.ts';
import { putEach } from './mongo-put.ts';
import { type PutResult, READ_BYTES_MAX, type StoredCommit } from './storage.ts';

/** Ids in one query. */
const IDS_AT_ONCE = 256;

/** The commits of one log. Everything rests on the unique `_id`, which is found by equality alone, never by range. */
export class MongoCommits {
  readonly #connection: MongoConnection;
  readonly #prefix: string;
  readonly #places = new CommitPlaces(async (number) => {
    const found = await this.#connection.commits
      .findOne({ _id: this.#idOf(number) }, { first: 1, n: 1 })
      .lean();
    return found ? { number, first: found.first, count: found.n } : undefined;
  });

  constructor(connection: MongoConnection, log: string) {
    this.#connection = connection;
    this.#prefix = `${log}/c/`;
  }

  /** Matches the ids of this log's commits; for the queries that have an index of their own. */
  get ofLog() {
    // A colon follows the digits in ASCII.
    return { $gte: this.#prefix, $lt: `${this.#prefix}:` };
  }

  numberOf(document: CommitDocument): number {
    return Number(document._id.slice(this.#prefix.length));
  }

  async put(commit: StoredCommit, ids: string[], streams: string[]): Promise<PutResult> {
    const { number, first, count: n, previous, hash, bundle } = commit;
    const document: CommitDocument = {
      ...{ _id: this.#idOf(number), first, n, prev: bufferOf(previous), hash: bufferOf(hash) },
      ...{ bundle: bufferOf(bundle), ids, streams },
    };
    const { raw, commits } = this.#connection;
    const [result = 'exists'] = await putEach([document], {
      insert: () => raw.commits.insertOne(document),
      readBack: (found) => commits.find({ _id: found[0] ?? '' }, { hash: 1 }).lean(),
      // The hash covers everything that the commit says.
      isOwn: (_, found) => sameBytes(found.hash, hash),
    });
    if (result === 'stored') this.#places.add({ number, first, count: n });
    return result;
  }

  async document(number: number): Promise<CommitDocument | undefined> {
    const found = await this.#connection.commits.findOne({ _id: this.#idOf(number) }).lean();
    if (found === null) return undefined;
    this.#places.add({ number, first: found.first, count: found.n });
    return found;
  }

  /** The number of the commit that holds an entry. */
  async numberWith(index: number): Promise<number | undefined> {
    return (await this.#places.find(index))?.number;
  }

  async commitOf(index: number): Promise<StoredCommit | undefined> {
    const number = await this.numberWith(index);
    const document = number === undefined ? undefined : await this.document(number);
    return document && this.#toCommit(document);
  }

  /** See `Storage.commits`. Each query asks for as many as are likely to fit; the first for a few, of unknown size. */
  async run(from: number, limit: number): Promise<StoredCommit[]> {
    const run: StoredCommit[] = [];
    let bytes = 0;
    while (run.length < limit) {
      const fitting = run.length === 0 ? POINT_READS_MAX : (READ_BYTES_MAX - bytes) / (bytes / run.length);
      const width = Math.min(limit - run.length, IDS_AT_ONCE, Math.max(1, Math.floor(fitting)));
      for (const document of await this.#some(from + run.length, width)) {
        if (document === undefined) return run;
        bytes += document.bundle.length;
        if (bytes > READ_BYTES_MAX && run.length > 0) return run;
        run.push(this.#toCommit(document));
      }
    }
    return run;
  }

  /** The commits from a number on, each in its place. */
  async #some(from: number, count: number): Promise<(CommitDocument | undefined)[]> {
    if (count <= POINT_READS_MAX)
      return Promise.all(Array.from({ length: count }, (_, at) => this.document(from + at)));
    const ids = Array.from({ length: count }, (_, at) => this.#idOf(from + at));
    const found = await this.#connection.commits.find({ _id: { $in: ids } }).lean();
    const byId = new Map(found.map((document) => [document._id, document]));
    for (const document of found)
      this.#places.add({ number: this.numberOf(document), first: document.first, count: document.n });
    return ids.map((id) => byId.get(id));
  }

  #idOf(number: number): string {
    return this.#prefix + String(number).padStart(16, '0');
  }

  #toCommit(document: CommitDocument): StoredCommit {
    return {
      ...{ number: this.numberOf(document), first: document.first, count: document.n },
      previous: bytesOf(document.prev),
      hash: bytesOf(document.hash),
      bundle: bytesOf(document.bundle),
    };
  }
}
