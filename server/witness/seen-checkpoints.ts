import { fromUtf8, toHex, utf8 } from '#contract/bytes.ts';
import { type Checkpoint, parseCheckpoint } from '#contract/checkpoint.ts';
import { parseNote } from '#contract/signed-note.ts';
import { sha256 } from '../ledger/node-crypto.ts';
import type { Storage } from '../storage/storage.ts';

/** Of each log so many of its newest cosigned checkpoints are kept: one is needed, the rest tells what happened. */
const KEPT_MAX = 64;

export interface SeenCheckpoint extends Checkpoint {
  /** Counts the checkpoints of this log that were cosigned, from 0. */
  readonly number: number;
  /** With the log's signatures and the witness' own. */
  readonly note: string;
}

/**
 * The memory of a witness: of each log, the checkpoints that it cosigned, under dense numbers.
 *
 * The step from one to the next is a put-if-absent of the next number, as with commits: of two processes that judged
 * their checkpoints by the same predecessor one gets the number, the other must judge anew. Sizes would not do as keys:
 * two processes could put two different sizes that both follow from the same predecessor, but not from each other.
 * Old numbers are taken away, so one that was free may have been used; that is why a number counts only while it is
 * the greatest: the greatest is never taken away.
 */
export class SeenCheckpoints {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** The newest one of a log. */
  async newest(origin: string): Promise<SeenCheckpoint | undefined> {
    return this.newestOf(hashOfOrigin(origin));
  }

  /** The newest one, by the SHA-256 of the log's origin in hexadecimal. */
  async newestOf(originHash: string): Promise<SeenCheckpoint | undefined> {
    const found = await this.#storage.last(prefixOf(originHash));
    if (found === undefined) return undefined;
    const note = fromUtf8(found.value);
    return { ...parseCheckpoint(parseNote(note).text), note, number: Number(found.key.slice(-DIGITS)) };
  }

  /**
   * Puts a checkpoint after the one by which it was judged; durable when it resolves.
   * @returns false where another one came first: nothing may be signed then
   */
  async follow(origin: string, before: SeenCheckpoint | undefined, note: string): Promise<boolean> {
    const prefix = prefixOf(hashOfOrigin(origin));
    const number = (before?.number ?? -1) + 1;
    const key = keyOf(prefix, number);
    if ((await this.#storage.putIfAbsent(key, utf8(note))) === 'exists') return false;
    if ((await this.#storage.last(prefix))?.key !== key) {
      await this.#storage.remove([key]);
      return false;
    }
    if (number >= KEPT_MAX) await this.#storage.remove([keyOf(prefix, number - KEPT_MAX)]);
    return true;
  }
}

const DIGITS = 16;

function prefixOf(originHash: string): string {
  return `witness/${originHash}/`;
}

function keyOf(prefix: string, number: number): string {
  return prefix + String(number).padStart(DIGITS, '0');
}

/** How a witness' addresses name a log. */
export function hashOfOrigin(origin: string): string {
  return toHex(sha256(utf8(origin)));
}
