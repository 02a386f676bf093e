import { canonicalJson } from '#contract/canonical-json.ts';
import { AppError } from '../errors.ts';
import type { EntryRow, StoredCommit } from '../storage/storage.ts';
import type { AppenderParts } from './appender.ts';
import { BundleWriter } from './bundle-writer.ts';
import type { Command, ExpectedRevision, Receipt } from './command.ts';
import { COMMIT_ENTRIES_MAX, type CommitHead, headAfter, makeCommit } from './commit.ts';
import {
  type CommittedEntry,
  type Draft,
  entryText,
  linkAfter,
  type MadeBody,
  makeBody,
  requireGoodSignatures,
  type StreamEnd,
} from './committed-entry.ts';
import { OwnSignatures } from './own-signatures.ts';

/** Half a commit is left free, so that a command of many entries still fits whole. */
const FILLED = COMMIT_ENTRIES_MAX / 2;
/** A commit that is as large takes no further command, in characters; most are a tenth of this. */
const FILLED_CHARS = 2 ** 20;
/** A command of more would not fit into one document of MongoDB (16 MB) beside the others of its commit, in UTF-8. */
const COMMAND_CHARS_MAX = 3 * 2 ** 20;

interface Pending extends MadeBody {
  readonly draft: Draft;
}

/** Bytes of an entry beside its body, about: links and two signatures. */
const OTHER_BYTES = 512;

/** What became of a command in this attempt; it is told only when the commit is stored. */
type Outcome<State> = { command: Command<State> } & (
  | { kind: 'new'; from: number; count: number }
  | { kind: 'earlier'; entries: readonly CommittedEntry[]; inCommit: readonly number[] }
  | { kind: 'refused'; error: unknown }
);

type AttemptParts<State> = Pick<AppenderParts<State>, 'fold' | 'log' | 'stored' | 'key' | 'nowMs' | 'newId'>;

/** What an attempt builds on: the log as far as it was taken in, or the commit before it, which is being stored. */
interface Ground<State> {
  readonly state: State;
  readonly latestMs: number;
  readonly head: CommitHead;
  endOf(stream: string): StreamEnd | undefined;
}

export interface MadeCommit {
  readonly commit: StoredCommit;
  readonly rows: readonly EntryRow[];
  readonly entries: readonly CommittedEntry[];
}

class StoreTrouble extends Error {}

/** One try to turn waiting commands into the next commit. A try that is dropped has changed nothing. */
export class CommitAttempt<State> {
  readonly #parts: AttemptParts<State>;
  #ground: Ground<State>;
  /** Ids of the commit that is being stored before this one. */
  readonly #underWay: ReadonlyMap<string, number> | undefined;
  readonly #head: CommitHead;
  readonly #fork: { state: State; keep(into: State): void };
  readonly #pending: Pending[] = [];
  readonly #byId = new Map<string, number>();
  /** Newest revision of the streams that this commit goes on. */
  readonly #revs = new Map<string, number>();
  /** Where those streams end: before this commit, and once it is made, after it. */
  readonly #ends = new Map<string, StreamEnd | undefined>();
  readonly #signatures: OwnSignatures;
  readonly #taken: Command<State>[] = [];
  readonly #outcomes: Outcome<State>[] = [];
  #isBlocked = false;
  #chars = 0;
  #entries: CommittedEntry[] = [];
  readonly #nowMs: number;

  /** @param before a commit that was made and is being stored: this one is for the case that it goes through. */
  constructor(parts: AttemptParts<State>, before?: { attempt: CommitAttempt<State>; made: MadeCommit }) {
    this.#parts = parts;
    this.#ground = before === undefined ? parts.log : before.attempt.#groundAfter(before.made);
    this.#underWay = before === undefined ? undefined : before.attempt.#byId;
    this.#head = this.#ground.head;
    this.#fork = parts.fold.fork(this.#ground.state);
    this.#nowMs = Math.max(this.#ground.latestMs, Math.floor(parts.nowMs()));
    this.#signatures = new OwnSignatures(parts.key);
  }

  /** Those that it has taken, in their order. */
  get commands(): readonly Command<State>[] {
    return this.#taken;
  }

  /** Whether it takes further commands. */
  get isOpen(): boolean {
    return !this.#isBlocked && this.#pending.length < FILLED && this.#chars < FILLED_CHARS;
  }

  /** Whether something was answered from the state alone, which another writer may have changed. */
  get mayBeStale(): boolean {
    return this.#outcomes.some((outcome) => outcome.kind !== 'new' || outcome.count === 0);
  }

  /**
   * Takes commands and decides them in their order, after those that were decided before. Gives those back that found no room,
   * or have to wait for what is being stored.
   * @throws whatever the store throws; it has taken them all then, and is of no further use.
   */
  async decide(commands: readonly Command<State>[]): Promise<Command<State>[]> {
    this.#taken.push(...commands);
    const left = await this.#decideAll(commands);
    this.#taken.splice(this.#taken.length - left.length);
    return left;
  }

  async #decideAll(commands: readonly Command<State>[]): Promise<Command<State>[]> {
    for (const [at, command] of commands.entries()) {
      this.#isBlocked ||= this.#isUnderWay(command.options.ids ?? []);
      if (!this.isOpen) return commands.slice(at);
      try {
        const waiting = this.#decideOne(command);
        // Most commands need nothing from the store, and a wait for nothing costs each of them a turn.
        if (waiting !== undefined) await waiting;
      } catch (error) {
        // Trouble of the store is nobody's refusal.
        if (error instanceof StoreTrouble) throw error.cause;
        this.#outcomes.push({ command, kind: 'refused', error });
      }
      if (this.#isBlocked) return commands.slice(at);
    }
    this.#signatures.begin();
    return [];
  }

  /** Signs, links and bundles what was decided; undefined where there is nothing to store. */
  async make(): Promise<MadeCommit | undefined> {
    if (this.#pending.length === 0) return undefined;
    const own = await this.#signatures.all();
    const writer = new BundleWriter(this.#chars + this.#pending.length * OTHER_BYTES);
    const rows: EntryRow[] = [];
    for (const [at, { body, text: bodyText, draft }] of this.#pending.entries()) {
      const { stream, id } = body;
      const link = { ...linkAfter(this.#ends.get(stream)), time: this.#nowMs };
      const ownSignature = own.get(at);
      const sigs = [...(draft.sigs ?? []), ...(ownSignature === undefined ? [] : [ownSignature])];
      const text = entryText(bodyText, link, sigs);
      const leafHash = writer.add(text);
      const index = this.#head.first + at;
      this.#ends.set(stream, { rev: link.rev, leafHash });
      rows.push({ index, commit: this.#head.number, stream, rev: link.rev, id, leafHash });
      this.#entries.push({ body, log: link, sigs, index, text, leafHash });
    }
    const commit = makeCommit(this.#head, { bundle: writer.bundle(), count: writer.count });
    return { commit, rows, entries: this.#entries };
  }

  /** Writes what was decided into the state of the log; call it when the commit is stored. */
  keep(): void {
    const { log } = this.#parts;
    this.#fork.keep(log.state);
    // Otherwise each attempt would hold the one before it, and so all of them.
    this.#ground = log;
  }

  /** Tells every command what became of it. */
  settle(): void {
    for (const outcome of this.#outcomes) {
      if (outcome.kind === 'refused') outcome.command.reject(outcome.error);
      else outcome.command.resolve(this.#receiptOf(outcome));
    }
  }

  #receiptOf(outcome: Exclude<Outcome<State>, { kind: 'refused' }>): Receipt {
    if (outcome.kind === 'new')
      return { entries: this.#entries.slice(outcome.from, outcome.from + outcome.count) };
    const now = outcome.inCommit.flatMap((at) => this.#entries[at] ?? []);
    return { entries: [...outcome.entries, ...now] };
  }

  /** A promise only where the store has to be asked. */
  #decideOne(command: Command<State>): Promise<void> | undefined {
    const { expected = [] } = command.options;
    return expected.length === 0 ? this.#judge(command) : this.#judgeAt(command, expected);
  }

  async #judgeAt(
    command: Command<State>,
    expected: NonNullable<Command<State>['options']['expected']>,
  ): Promise<void> {
    for (const { stream, revision } of expected) await this.#requireRevision(stream, revision);
    await this.#judge(command);
  }

  #judge(command: Command<State>): Promise<void> | undefined {
    const { newId } = this.#parts;
    let drafts: readonly Draft[];
    try {
      drafts = command.decide(this.#fork.state, { nowMs: this.#nowMs, newId });
    } catch (refusal) {
      return this.#refuse(command, refusal);
    }
    const bodies = bodiesOf(drafts);
    this.#isBlocked = this.#isUnderWay(bodies.map(({ body }) => body.id));
    if (this.#isBlocked) return undefined;
    if (bodies.some((made) => this.#mustAskAbout(made))) return this.#takeIfNew(command, bodies);
    this.#take(command, bodies);
    return undefined;
  }

  /** Whether only the store knows if the id was used before, or where the stream ends. */
  #mustAskAbout({ body: { id, stream } }: Pending): boolean {
    const { log } = this.#parts;
    return this.#byId.has(id) || log.mayHave(id) || !log.ends.isKnown(stream);
  }

  async #refuse(command: Command<State>, refusal: unknown): Promise<void> {
    const before = await this.#known(command.options.ids ?? []);
    if (before === undefined) throw refusal;
    // The first of these commands went through, and its repeat is refused only because of what came of it.
    this.#outcomes.push({ command, kind: 'earlier', ...before });
  }

  async #takeIfNew(command: Command<State>, bodies: readonly Pending[]): Promise<void> {
    const { log } = this.#parts;
    const earlier = await this.#earlier(bodies);
    if (earlier !== undefined) {
      // A command is in the log whole or not at all: its other entries were written with this one.
      this.#outcomes.push({ command, kind: 'earlier', ...earlier });
      return;
    }
    await this.#ask(
      log.ends.prepare(
        bodies.map(({ body }) => body.stream),
        log.size,
      ),
    );
    this.#take(command, bodies);
  }

  #take(command: Command<State>, bodies: readonly Pending[]): void {
    for (const made of bodies) requireGoodSignatures(made, made.draft.sigs ?? []);
    this.#outcomes.push({ command, kind: 'new', from: this.#pending.length, count: bodies.length });
    for (const made of bodies) this.#add(made);
  }

  #add(made: Pending): void {
    const { fold } = this.#parts;
    const { stream, id } = made.body;
    const at = this.#pending.length;
    this.#byId.set(id, at);
    if (!this.#ends.has(stream)) this.#ends.set(stream, this.#ground.endOf(stream));
    this.#revs.set(stream, (this.#revs.get(stream) ?? this.#ends.get(stream)?.rev ?? -1) + 1);
    this.#pending.push(made);
    this.#chars += made.text.length;
    if (made.draft.standsAlone !== true) this.#signatures.add(at, made.text);
    const index = this.#head.first + at;
    fold.evolve(this.#fork.state, { index, body: made.body, log: { time: this.#nowMs } });
  }

  #isUnderWay(ids: readonly string[]): boolean {
    return this.#underWay !== undefined && ids.some((id) => this.#underWay?.has(id) === true);
  }

  #groundAfter({ commit }: MadeCommit): Ground<State> {
    return {
      state: this.#fork.state,
      latestMs: this.#nowMs,
      head: headAfter(commit),
      endOf: (stream) => this.#ends.get(stream) ?? this.#ground.endOf(stream),
    };
  }

  async #known(
    ids: readonly string[],
  ): Promise<{ entries: CommittedEntry[]; inCommit: number[] } | undefined> {
    const { log, stored } = this.#parts;
    const inCommit = ids.flatMap((id) => this.#byId.get(id) ?? []);
    const rows = ids.length === 0 ? [] : await this.#ask(log.rowsById(ids));
    const entries = await Promise.all(rows.map(({ index }) => this.#ask(stored.entry(index))));
    return inCommit.length + rows.length === 0
      ? undefined
      : { entries: entries.flatMap((entry) => entry ?? []), inCommit };
  }

  /** The entries that have these ids already, in this commit or in the log. */
  async #earlier(
    bodies: readonly MadeBody[],
  ): Promise<{ entries: CommittedEntry[]; inCommit: number[] } | undefined> {
    const { log, stored } = this.#parts;
    const inCommit: number[] = [];
    for (const { body, text } of bodies) {
      const at = this.#byId.get(body.id);
      if (at === undefined) continue;
      if (this.#pending[at]?.text !== text) throw idConflict(body.id);
      inCommit.push(at);
    }
    const rows = await this.#ask(log.rowsById(bodies.map(({ body }) => body.id)));
    const entries: CommittedEntry[] = [];
    for (const row of rows) {
      const entry = await this.#ask(stored.entry(row.index));
      const same = bodies.find(({ body }) => body.id === row.id);
      if (entry === undefined || canonicalJson(entry.body) !== same?.text) throw idConflict(row.id);
      entries.push(entry);
    }
    return inCommit.length + entries.length === 0 ? undefined : { entries, inCommit };
  }

  async #requireRevision(stream: string, expected: ExpectedRevision): Promise<void> {
    const { log } = this.#parts;
    await this.#ask(log.ends.prepare([stream], log.size));
    const newest = this.#revs.get(stream) ?? this.#ground.endOf(stream)?.rev;
    const isMet =
      expected === 'any' ||
      (expected === 'exists' && newest !== undefined) ||
      (expected === 'none' && newest === undefined) ||
      expected === newest;
    if (!isMet) throw wrongRevision(stream, expected, newest);
  }

  async #ask<Answer>(question: Promise<Answer>): Promise<Answer> {
    try {
      return await question;
    } catch (cause) {
      throw new StoreTrouble('the store did not answer', { cause });
    }
  }
}

function bodiesOf(drafts: readonly Draft[]): Pending[] {
  if (drafts.length > FILLED) throw tooMany(drafts.length);
  const bodies = drafts.map((draft) => ({ ...makeBody(draft), draft }));
  if (bodies.reduce((chars, { text }) => chars + text.length, 0) > COMMAND_CHARS_MAX) throw tooLong();
  if (bodies.length > 1 && new Set(bodies.map(({ body }) => body.id)).size !== bodies.length)
    throw new TypeError('a command made two entries with the same id');
  return bodies;
}

function idConflict(id: string): AppError {
  return new AppError('conflict', `The id ${id} was used before for something else. Use a fresh one.`, {
    code: 'ledger.id-conflict',
  });
}

function wrongRevision(stream: string, expected: ExpectedRevision, newest: number | undefined): AppError {
  const is = newest === undefined ? 'has no entry yet' : `stands at revision ${newest}`;
  return new AppError(
    'conflict',
    `${stream} ${is}, where ${expected} was expected. Look at it again first.`,
    {
      code: 'ledger.wrong-revision',
      details: { stream, expected, newest: newest ?? null },
    },
  );
}

function tooMany(count: number): AppError {
  return new AppError(
    'too-much',
    `This would write ${count} entries at once; the limit is ${FILLED}. Do it in several steps.`,
    { code: 'ledger.too-many' },
  );
}

function tooLong(): AppError {
  return new AppError(
    'too-much',
    'This says more at once than one commit of the ledger can hold. Do it in several steps.',
    { code: 'ledger.too-long' },
  );
}
