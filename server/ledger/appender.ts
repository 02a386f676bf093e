import { AppError } from '../errors.ts';
import type { Storage } from '../storage/storage.ts';
import { type Command, type Decide, type Receipt, type SubmitOptions, unavailable } from './command.ts';
import { COMMIT_ENTRIES_MAX } from './commit.ts';
import { CommitAttempt, type MadeCommit } from './commit-attempt.ts';
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
 * The one place of this process that writes. Commands are decided one after the other. Those that arrive while a commit is
 * being stored share the next one, and are decided and signed meanwhile, for the case that it goes through. Where another process
 * took the number first, its commit is taken in and everything is decided anew. No delay is added to fill a commit.
 */
export class Appender<State> {
  readonly #parts: AppenderParts<State>;
  readonly #waiting: Command<State>[] = [];
  #wishes: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  #working: Promise<void> | undefined;
  #stopped: { error: unknown } | undefined;
  /** Tells whoever waits for a commit to be stored that there is something to decide meanwhile. */
  #onArrival: (() => void) | undefined;

  constructor(parts: AppenderParts<State>) {
    this.#parts = parts;
  }

  submit(decide: Decide<State>, options: SubmitOptions = {}): Promise<Receipt> {
    return new Promise((resolve, reject) => {
      if (this.#stopped !== undefined) return reject(unavailable(this.#stopped.error));
      if (this.#waiting.length >= WAITING_MAX) return reject(tooBusy());
      this.#waiting.push({ decide, options, resolve, reject });
      this.#onArrival?.();
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
    let ahead: CommitAttempt<State> | undefined;
    while (this.#waiting.length > 0 || this.#wishes.length > 0 || ahead !== undefined) {
      const attempt = ahead;
      ahead = undefined;
      const wishes = this.#wishes;
      this.#wishes = [];
      try {
        const hasMoved = wishes.length > 0 && (await this.#follow());
        for (const { resolve } of wishes) resolve();
        if (attempt !== undefined && (hasMoved || this.#stopped !== undefined)) this.#giveBack(attempt);
        else if (attempt !== undefined || this.#waiting.length > 0) ahead = await this.#commit(attempt);
      } catch (error) {
        this.#fail(error, [...wishes, ...(attempt?.commands ?? [])]);
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

  /**
   * Stores one commit, of what was decided ahead and what waits.
   * @returns what was decided for the next one meanwhile.
   */
  async #commit(ahead: CommitAttempt<State> | undefined): Promise<CommitAttempt<State> | undefined> {
    let attempt = ahead ?? new CommitAttempt(this.#parts);
    let backOffMs = FIRST_BACK_OFF_MS;
    let isFresh = !this.#parts.isShared;
    try {
      for (;;) {
        await this.#decideWaiting(attempt);
        // A refusal must not rest on a state that others have moved on from.
        const isInDoubt = attempt.mayBeStale && !isFresh;
        isFresh ||= isInDoubt;
        if (isInDoubt && (await this.#follow())) {
          attempt = this.#anew(attempt);
          continue;
        }
        const made = await attempt.make();
        if (made === undefined) {
          attempt.settle();
          return undefined;
        }
        const { next, outcome } = await this.#storeAndDecideAhead(attempt, made);
        if (outcome === 'ours') {
          this.#parts.log.takeInOwn(made.commit, made.entries, () => attempt.keep());
          attempt.settle();
          this.#parts.onCommitted(made.entries);
          return next;
        }
        if (next !== undefined) this.#giveBack(next);
        await this.#follow();
        await this.#parts.delay(this.#parts.random() * backOffMs);
        backOffMs = Math.min(LONGEST_BACK_OFF_MS, backOffMs * 2);
        attempt = this.#anew(attempt);
      }
    } catch (error) {
      this.#fail(error, attempt.commands);
      return undefined;
    }
  }

  /** Puts a commit, and decides what arrives meanwhile as if it had gone through. */
  async #storeAndDecideAhead(
    attempt: CommitAttempt<State>,
    made: MadeCommit,
  ): Promise<{ outcome: 'ours' | 'theirs'; next: CommitAttempt<State> | undefined }> {
    let isStored = false;
    let next: CommitAttempt<State> | undefined;
    const stored = putOwnCommit(this.#parts, made).finally(() => {
      isStored = true;
      this.#onArrival?.();
    });
    // What it throws is told below.
    stored.catch(() => undefined);
    try {
      while (!isStored) {
        if (this.#waiting.length > 0 && next?.isOpen !== false) {
          next ??= new CommitAttempt(this.#parts, { attempt, made });
          await this.#decideWaiting(next);
        }
        if (!isStored) await this.#arrival();
      }
    } catch {
      // Trouble with what comes next does not spoil what is being stored; whoever is next meets it in their own turn.
      if (next !== undefined) this.#giveBack(next);
      next = undefined;
    }
    try {
      return { outcome: await stored, next };
    } catch (error) {
      if (next !== undefined) this.#giveBack(next);
      throw error;
    }
  }

  /** Resolves at the next command, or when what is being stored is stored. */
  #arrival(): Promise<void> {
    return new Promise((resolve) => {
      this.#onArrival = () => {
        this.#onArrival = undefined;
        resolve();
      };
    });
  }

  /** Decides what waits, as far as there is room. What could not be decided waits on. */
  async #decideWaiting(attempt: CommitAttempt<State>): Promise<void> {
    const left = await attempt.decide(this.#waiting.splice(0, COMMIT_ENTRIES_MAX / 2));
    this.#waiting.unshift(...left);
  }

  #anew(attempt: CommitAttempt<State>): CommitAttempt<State> {
    this.#giveBack(attempt);
    return new CommitAttempt(this.#parts);
  }

  /** Whoever was decided in an attempt that came to nothing is the first again, unless nothing is written any more. */
  #giveBack(attempt: CommitAttempt<State>): void {
    if (this.#stopped === undefined) this.#waiting.unshift(...attempt.commands);
    else for (const { reject } of attempt.commands) reject(unavailable(this.#stopped.error));
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
