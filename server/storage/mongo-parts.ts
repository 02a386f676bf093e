import { AppError } from '../errors.ts';
import { bufferOf, type MongoConnection } from './mongo-connection.ts';
import { putEach } from './mongo-put.ts';

/** A document holds 16 MB at most; a value beyond this is kept in parts of this size. */
const PART_BYTES = 8 * 2 ** 20;

/** What the one document that makes a value visible says of its parts. */
interface PartsHead {
  readonly by: string;
  readonly parts: number;
}

/** Values that are too large for one document. */
export class MongoParts {
  readonly #connection: MongoConnection;
  readonly #log: string;

  constructor(connection: MongoConnection, log: string) {
    this.#connection = connection;
    this.#log = log;
  }

  /**
   * @param by a name that nobody else gives to parts
   * @returns how many parts there are; none where the value fits into its own document.
   */
  async put(by: string, value: Uint8Array): Promise<number> {
    if (value.length <= PART_BYTES) return 0;
    const { raw, parts: model } = this.#connection;
    const ids = this.#ids({ by, parts: Math.ceil(value.length / PART_BYTES) });
    for (const [at, _id] of ids.entries()) {
      const part = { _id, value: bufferOf(value.subarray(at * PART_BYTES, (at + 1) * PART_BYTES)) };
      await putEach([part], {
        insert: () => raw.parts.insertOne(part),
        readBack: (found) => model.find({ _id: found[0] ?? '' }, { _id: 1 }).lean(),
        isOwn: () => true,
      });
    }
    return ids.length;
  }

  /**
   * @param isThere whether the value has not been taken away meanwhile
   * @throws AppError `unavailable` (`storage.damaged`) where a part is missing of a value that is there.
   */
  async get(head: PartsHead, isThere: () => Promise<boolean>): Promise<Uint8Array | undefined> {
    const found: Uint8Array[] = [];
    for (const _id of this.#ids(head)) {
      const part = await this.#connection.parts.findOne({ _id }).lean();
      if (part === null) {
        if (!(await isThere())) return undefined;
        throw new AppError('unavailable', `A value in the database is not whole: ${_id} is missing.`, {
          code: 'storage.damaged',
        });
      }
      found.push(part.value);
    }
    return new Uint8Array(Buffer.concat(found));
  }

  async remove(head: PartsHead): Promise<void> {
    for (const _id of this.#ids(head)) await this.#connection.raw.parts.deleteOne({ _id });
  }

  #ids({ by, parts }: PartsHead): string[] {
    return Array.from({ length: parts }, (_, at) => `${this.#log}/p/${by}/${at}`);
  }
}
