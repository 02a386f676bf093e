import { toBase64Url, utf8 } from '#contract/bytes.ts';
import { canonicalJson } from '#contract/canonical-json.ts';
import { type EntryBody, type EntrySignature, signingBytes } from '#contract/log-entry.ts';
import { leafHash } from '#contract/merkle.ts';
import { AppError } from '../errors.ts';
import type { Storage } from '../storage/storage.ts';
import { COMMIT_ENTRIES_MAX, type CommitHead, headAfter, makeCommit } from './commit.ts';
import {
  bodyOf,
  type CommittedEntry,
  type Draft,
  linkAfter,
  requireGoodSignatures,
} from './committed-entry.ts';
import type { EntryChain } from './entry-chain.ts';
import type { LogKeys } from './log-keys.ts';
import { sha256 } from './node-crypto.ts';

/** How entries become state. `evolve` may change the state it is given, and never the entry. */
export interface Fold<State> {
  initial(): State;
  evolve(state: State, entry: CommittedEntry): State;
}

export interface DecideContext {
  /** Milliseconds since 1970 in UTC, never less than the time of the newest entry. */
  readonly nowMs: number;
  newId(): string;
}

export interface Receipt {
  /** The entries that say so: new ones, or the old ones where the same ids came before. */
  readonly entries: readonly CommittedEntry[];
}

type Decide<State> = (state: State, context: DecideContext) => readonly Draft[];

interface Waiting<State> {
  decide: Decide<State>;
  resolve: (receipt: Receipt) => void;
  reject: (error: unknown) => void;
}

/** Commands that may wait at once; more are refused, so that a flood does not become a queue of minutes. */
const WAITING_MAX = 4_096;

interface AppenderParts<State> {
  storage: Storage;
  fold: Fold<State>;
  keys: LogKeys;
  nowMs: () => number;
  newId: () => string;
  chain: EntryChain;
  /** Folded from the stored entries, twice: rules decide on one, the other is what is durable. */
  states: { decided: State; durable: State };
  head: CommitHead;
  entryById: (id: string) => Promise<CommittedEntry | undefined>;
  onCommitted: (entries: readonly CommittedEntry[]) => void;
  onStopped: (error: unknown) => void;
}

/**
 * The one place that writes. Commands are decided one after the other; those that arrive while a commit is being
 * stored share the next one. No delay is added to fill a commit.
 */
export class Appender<State> {
  readonly #parts: AppenderParts<State>;
  readonly #waiting: Waiting<State>[] = [];
  /** What rules decide on: also holds the entries of the commit that is being built. */
  #decided: State;
  /** What everyone else sees: a state that no crash can take back. */
  #durable: State;
  #head: CommitHead;
  #building: CommittedEntry[] = [];
  #working: Promise<void> | undefined;
  #stopped: { error: unknown } | undefined;

  constructor(parts: AppenderParts<State>) {
    this.#parts = parts;
    this.#decided = parts.states.decided;
    this.#durable = parts.states.durable;
    this.#head = parts.head;
  }

  /** The fold of the durable entries. */
  get state(): State {
    return this.#durable;
  }

  get size(): number {
    return this.#head.first;
  }

  submit(decide: Decide<State>): Promise<Receipt> {
    return new Promise((resolve, reject) => {
      if (this.#stopped !== undefined) return reject(unavailable(this.#stopped.error));
      if (this.#waiting.length >= WAITING_MAX) return reject(tooBusy());
      this.#waiting.push({ decide, resolve, reject });
      this.#working ??= this.#work();
    });
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
  }

  /** Writes nothing more: what is in memory and what is on the disk may differ. */
  stop(error: unknown): void {
    this.#stopped ??= { error };
    for (const { reject } of this.#waiting.splice(0)) reject(unavailable(error));
  }

  async #work(): Promise<void> {
    // Commands of the same turn of the event loop share the first commit.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#commitOnce();
    this.#working = undefined;
  }

  async #commitOnce(): Promise<void> {
    const done: { command: Waiting<State>; receipt: Receipt }[] = [];
    let taken: Waiting<State> | undefined;
    this.#building = [];
    try {
      // Half a commit is left free, so that a command of many entries still fits whole.
      while (this.#building.length < COMMIT_ENTRIES_MAX / 2) {
        const command = this.#waiting.shift();
        if (command === undefined) break;
        taken = command;
        const bodies = await this.#decide(command, done);
        if (bodies === undefined) continue;
        done.push({ command, receipt: { entries: bodies.map((item) => this.#add(item.body, item.sigs)) } });
      }
      await this.#store();
    } catch (error) {
      // Also one that is settled already: rejecting it again does nothing.
      for (const command of [...done.map((item) => item.command), taken]) command?.reject(unavailable(error));
      this.stop(error);
      this.#parts.onStopped(error);
      return;
    }
    for (const { command, receipt } of done) command.resolve(receipt);
    if (this.#building.length > 0) this.#parts.onCommitted(this.#building);
  }

  /** Everything that can refuse happens here, before the state changes. Undefined where the command is settled. */
  async #decide(
    command: Waiting<State>,
    done: { command: Waiting<State>; receipt: Receipt }[],
  ): Promise<{ body: EntryBody; sigs: EntrySignature[] }[] | undefined> {
    try {
      const { newId } = this.#parts;
      const drafts = command.decide(this.#decided, { nowMs: this.#nowMs(), newId });
      if (drafts.length > COMMIT_ENTRIES_MAX / 2) throw tooMany(drafts.length);
      const bodies = drafts.map((draft) => ({ body: bodyOf(draft), sigs: [...(draft.sigs ?? [])] }));
      if (new Set(bodies.map(({ body }) => body.id)).size !== bodies.length)
        throw new TypeError('a command made two entries with the same id');
      const repeated = await this.#earlier(bodies.map(({ body }) => body));
      if (repeated.length > 0) {
        // A command is in the log whole or not at all: its other entries have been written with this one.
        done.push({ command, receipt: { entries: repeated } });
        return undefined;
      }
      for (const { body, sigs } of bodies) requireGoodSignatures(body, sigs);
      return bodies;
    } catch (error) {
      command.reject(error);
      return undefined;
    }
  }

  async #earlier(bodies: readonly EntryBody[]): Promise<CommittedEntry[]> {
    const found: CommittedEntry[] = [];
    for (const body of bodies) {
      const earlier =
        this.#building.find((entry) => entry.body.id === body.id) ?? (await this.#parts.entryById(body.id));
      if (earlier === undefined) continue;
      if (canonicalJson(earlier.body) !== canonicalJson(body)) throw idConflict(body.id);
      found.push(earlier);
    }
    return found;
  }

  #add(body: EntryBody, given: EntrySignature[]): CommittedEntry {
    const { keys, chain, fold } = this.#parts;
    const own = { kid: keys.entries.didKey, sig: toBase64Url(keys.entries.sign(signingBytes(body))) };
    const sigs = [...given, own];
    const log = { ...linkAfter(chain.endOf(body.stream)), time: this.#nowMs() };
    const text = canonicalJson({ body, log, sigs });
    const index = this.#head.first + this.#building.length;
    const entry = { body, log, sigs, index, text, leafHash: leafHash(sha256, utf8(text)) };
    this.#building.push(entry);
    chain.add(entry);
    this.#decided = fold.evolve(this.#decided, entry);
    return entry;
  }

  async #store(): Promise<void> {
    if (this.#building.length === 0) return;
    const leaves = this.#building.map(({ text }) => utf8(text));
    const commit = makeCommit(this.#head, leaves);
    const rows = this.#building.map(({ index, body, log, leafHash: hash }) => ({
      index,
      commit: commit.number,
      stream: body.stream,
      rev: log.rev,
      id: body.id,
      leafHash: hash,
    }));
    if ((await this.#parts.storage.putCommit(commit, rows)) === 'exists')
      throw new Error(`commit ${commit.number} is there already: another process writes to the same ledger`);
    this.#head = headAfter(commit);
    for (const entry of this.#building) this.#durable = this.#parts.fold.evolve(this.#durable, entry);
  }

  #nowMs(): number {
    return Math.max(this.#parts.chain.latestMs, Math.floor(this.#parts.nowMs()));
  }
}

function idConflict(id: string): AppError {
  return new AppError('conflict', `The id ${id} was used before for something else. Use a fresh one.`, {
    code: 'ledger.id-conflict',
  });
}

function tooBusy(): AppError {
  return new AppError('too-much', 'The ledger has too much to write; try again in a moment.', {
    code: 'ledger.busy',
  });
}

function tooMany(count: number): AppError {
  return new AppError(
    'too-much',
    `This would write ${count} entries at once; the limit is ${COMMIT_ENTRIES_MAX / 2}. Do it in several steps.`,
    { code: 'ledger.too-many' },
  );
}

function unavailable(cause: unknown): AppError {
  return new AppError(
    'unavailable',
    'The ledger has stopped writing, and it is not certain that this was kept. Look at the disk, then start the server again.',
    { code: 'ledger.stopped', cause },
  );
}
