import { AppError } from '../errors.ts';
import type { Storage } from '../storage/storage.ts';
import { type Command, type Decide, type Receipt, type SubmitOptions, unavailable } from './command.ts';
import { COMMIT_ENTRIES_MAX } from './commit.ts';
import { CommitAttempt } from './commit-attempt.ts';
import type { CommittedEntry } from './committed-entry.ts';
import type { Fold } from './fold.ts';
import type { FoldedLog } from './folded-log.ts';
import type { SigningKey } from './log-keys.ts';
import { putOwnCommit } from './put-commit.ts';
import type { StoredEntries } from './stored-entries.ts';

/** Commands that may wait at once; more are refused, so that a flood does not become a queue of minutes. */
export const WAITING_MAX = 4_096;
/** Commits of other writers that are read at once. */
const READ_COMMITS = 256;
/** A writer that lost the race waits so long at the most before it tries again, twice as long each time. */
const FIRST_BACK_OFF_MS = 2;
const LONGEST_BACK_OFF_MS = 200;

export interface AppenderParts<State> {
  storage: Storage;
  fold: Fold<State>;
  log: FoldedLog<State>;
  stored: StoredEntries;
  key: SigningKey;
  /** Whether others may write to the same store. */
  isShared: boolean;
  nowMs: () => number;
  newId: () => string;
  /** 0 to 1. */
  random: () => number;
  delay: (ms: number) => Promise<void>;
  /** Told of every commit, this process' own and others', in the order of the log. */
  onCommitted: (entries: readonly CommittedEntry[]) => void;
  /** Told once: nothing is written any more. */
  onStopped: (error: unknown) => void;
}

/**
 * The one place of this process that writes. Commands are decided one after the other; those that arrive while a commit is
 * being stored share the next one. Where another process took the number first, its commit is taken in and everything is
 * decided anew. No delay is added to fill a commit.
 */
export class Appender<State> {
  readonly #parts: AppenderParts<State>;
  readonly #waiting: Command<State>[] = [];
  #wishes: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  #working: Promise<void> | undefined;
  #stopped: { error: unknown } | undefined;

  constructor(parts: AppenderParts<State>) {
    this.#parts = parts;
  }

  submit(decide: Decide<State>, options: SubmitOptions = {}): Promise<Receipt> {
    return new Promise((resolve, reject) => {
      if (this.#stopped !== undefined) return reject(unavailable(this.#stopped.error));
      if (this.#waiting.length >= WAITING_MAX) return reject(tooBusy());
      this.#waiting.push({ decide, options, resolve, reject });
      this.#begin();
    });
  }

  /** Resolves when the state holds every commit that was in the store before the call. */
  refresh(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#stopped !== undefined) return reject(unavailable(this.#stopped.error));
      this.#wishes.push({ resolve, reject });
      this.#begin();
    });
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
  }

  /** Writes nothing more: what is in memory and what is in the store may differ. */
  stop(error: unknown): void {
    this.#stopped ??= { error };
    for (const { reject } of this.#waiting.splice(0)) reject(unavailable(error));
  }

  #begin(): void {
    this.#working ??= this.#work();
  }

  async #work(): Promise<void> {
    // Commands of the same turn of the event loop share the first commit.
    await Promise.resolve();
    while (this.#waiting.length > 0 || this.#wishes.length > 0) {
      const wishes = this.#wishes;
      this.#wishes = [];
      let taken: Command<State>[] = [];
      try {
        if (wishes.length > 0) await this.#follow();
        for (const { resolve } of wishes) resolve();
        taken = this.#waiting.splice(0, COMMIT_ENTRIES_MAX / 2);
        if (taken.length > 0) await this.#commit(taken);
      } catch (error) {
        this.#fail(error, [...wishes, ...taken]);
      }
    }
    this.#working = undefined;
  }

  /** Takes in what others have written. */
  async #follow(): Promise<boolean> {
    const { storage, log, onCommitted } = this.#parts;
    let hasMoved = false;
    while (this.#stopped === undefined) {
      const commits = await storage.commits(log.head.number, READ_COMMITS);
      for (const commit of commits) onCommitted(await log.takeIn(commit));
      hasMoved ||= commits.length > 0;
      // The store may give fewer than it has.
      if (commits.length === 0) return hasMoved;
    }
    return hasMoved;
  }

  async #commit(taken: Command<State>[]): Promise<void> {
    let backOffMs = FIRST_BACK_OFF_MS;
    let isFresh = !this.#parts.isShared;
    for (;;) {
      const attempt = new CommitAttempt(this.#parts);
      const left = await attempt.decide(taken);
      if (attempt.mayBeStale && !isFresh) {
        // A refusal must not rest on a state that others have moved on from.
        isFresh = true;
        if (await this.#follow()) continue;
      }
      const made = await attempt.make();
      const outcome = made === undefined ? 'ours' : await putOwnCommit(this.#parts, made);
      if (outcome === 'ours') {
        if (made !== undefined) {
          this.#parts.log.takeInOwn(made.commit, made.entries, () => attempt.keep());
          attempt.settle();
          this.#parts.onCommitted(made.entries);
        } else attempt.settle();
        this.#waiting.unshift(...left);
        return;
      }
      await this.#follow();
      await this.#parts.delay(this.#parts.random() * backOffMs);
      backOffMs = Math.min(LONGEST_BACK_OFF_MS, backOffMs * 2);
    }
  }

  /** A store that cannot be reached for a while spoils only the commands of now; anything else ends the writing. */
  #fail(error: unknown, asked: readonly Pick<Command<State>, 'reject'>[]): void {
    // Also those that are settled already: rejecting them again does nothing.
    for (const { reject } of asked) reject(unavailable(error));
    if (error instanceof AppError && error.code === 'storage.out-of-reach') return;
    if (this.#stopped !== undefined) return;
    this.stop(error);
    this.#parts.onStopped(error);
  }
}

function tooBusy(): AppError {
  return new AppError('too-much', 'The ledger has too much to write; try again in a moment.', {
    code: 'ledger.busy',
  });
}
