import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { z } from 'zod';
import { JobFile, Requirement } from '#contract/manufacturing.ts';
import { ExecutionMessage, ExecutionState, ResponseMessage } from '#contract/mqtt-topics.ts';

/**
 * What must survive a restart of the bridge: which commands were answered and how, the highest fence of each machine,
 * every execution with its intention to start, and the facts that the ledger has not acknowledged.
 * Nothing is told to the coordinator before it stands here, and no byte of a job goes to a machine before its intention does.
 */

/** Long enough that no retry of a command can find its answer forgotten. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1_000;
const FILE_NAME = 'journal.sqlite';
const LOCK_NAME = 'journal.lock';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS command (id TEXT PRIMARY KEY, response TEXT NOT NULL, atMs INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS machine (id TEXT PRIMARY KEY, maxFence INTEGER NOT NULL, attention TEXT) STRICT;
  CREATE TABLE IF NOT EXISTS execution (
    execution TEXT PRIMARY KEY, machine TEXT NOT NULL, isOpen INTEGER NOT NULL, changedMs INTEGER NOT NULL, body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS openExecution ON execution (isOpen, machine);
  CREATE TABLE IF NOT EXISTS fact (number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, message TEXT NOT NULL) STRICT;
`;

/** A program made from a job's file for this machine. */
export const PreparedProgram = z.object({
  file: JobFile,
  lines: z.int().nonnegative(),
  estimatedSeconds: z.int().nonnegative(),
});
export type PreparedProgram = z.infer<typeof PreparedProgram>;

export const Execution = z.object({
  execution: z.string(),
  job: z.string(),
  machine: z.string(),
  fence: z.int(),
  state: ExecutionState,
  title: z.string(),
  requirement: Requirement,
  file: JobFile,
  filePath: z.string(),
  /** By the wall clock, for the case of a restart; while the process runs its steady clock decides. */
  leaseUntilMs: z.int(),
  program: PreparedProgram.optional(),
  bedClearedBy: z.string().optional(),
  /** Set and on disk before the first byte of the job goes to the machine. */
  intentMs: z.int().optional(),
  startedMs: z.int().optional(),
  /** Somebody wants a job that has begun to be stopped; a controller that could not be told so is told when it is back. */
  isCancelWanted: z.boolean().optional(),
  endedMs: z.int().optional(),
  /** Last line of the program that the machine was known to execute. */
  line: z.int().optional(),
});
export type Execution = z.infer<typeof Execution>;

/** Why a machine takes no work until a person has looked at it. */
export const Attention = z.object({ state: z.enum(['alarm', 'needs-operator']), words: z.string() });
export type Attention = z.infer<typeof Attention>;

/** States that never change again. */
export const ENDED: ReadonlySet<ExecutionState> = new Set<ExecutionState>([
  'SUCCEEDED',
  'FAILED',
  'INTERRUPTED',
  'CANCELED',
  'RELEASED',
]);

type Statement = Pick<ReturnType<Database['prepare']>, 'get' | 'all' | 'run'>;
/** What the journal needs of SQLite. */
export type JournalDatabase = Pick<Database, 'exec' | 'close'> & { prepare: (sql: string) => Statement };

/** Opened by one process at a time; every call is on disk when it returns. */
export class Journal {
  /** Counts the starts of the bridge on this journal, from 1. */
  readonly epoch: number;
  readonly #db: JournalDatabase;
  readonly #lock: Database | undefined;
  readonly #sql: ReturnType<typeof prepareStatements>;
  readonly #nowMs: () => number;

  /**
   * Opens or makes the journal in a folder, locked for this process alone, and counts a new epoch; or goes on with an
   * open database that nobody else uses.
   * Throws a sentence when another bridge has it or the disk refuses.
   */
  constructor(place: string | JournalDatabase, nowMs: () => number) {
    const { db, lock } = typeof place === 'string' ? open(place) : { db: place, lock: undefined };
    if (lock === undefined) db.exec(SCHEMA);
    this.#db = db;
    this.#lock = lock;
    this.#sql = prepareStatements(db);
    this.#nowMs = nowMs;
    this.#sql.forgetCommands.run(nowMs() - KEPT_MS);
    this.#sql.forgetExecutions.run(nowMs() - KEPT_MS);
    const row: unknown = this.#sql.setting.get('epoch');
    this.epoch = (row === undefined ? 0 : numberOf(row, 'value')) + 1;
    this.#sql.setSetting.run('epoch', this.epoch);
  }

  /** All or nothing. Not nested. */
  transact<Result>(work: () => Result): Result {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#db.exec('COMMIT');
      return result;
    } catch (cause) {
      this.#db.exec('ROLLBACK');
      throw cause;
    }
  }

  answerTo(command: string): ResponseMessage | undefined {
    const row: unknown = this.#sql.command.get(command);
    return row === undefined ? undefined : ResponseMessage.parse(JSON.parse(textOf(row, 'response')));
  }

  answer(response: ResponseMessage): void {
    this.#sql.addCommand.run(response.command, JSON.stringify(response), this.#nowMs());
  }

  /** The highest fence that a job on this machine ever had; 0 before the first. */
  maxFence(machine: string): number {
    const row: unknown = this.#sql.machine.get(machine);
    return row === undefined ? 0 : numberOf(row, 'maxFence');
  }

  raiseFence(machine: string, fence: number): void {
    this.#sql.setFence.run(machine, fence);
  }

  fences(): Record<string, number> {
    const rows: unknown[] = this.#sql.machines.all();
    return Object.fromEntries(rows.map((row) => [textOf(row, 'id'), numberOf(row, 'maxFence')]));
  }

  attention(machine: string): Attention | undefined {
    const row = this.#sql.machine.get(machine);
    const text = row === undefined ? undefined : columnOf(row, 'attention');
    return typeof text === 'string' ? Attention.parse(JSON.parse(text)) : undefined;
  }

  setAttention(machine: string, attention: Attention | undefined): void {
    this.#sql.setAttention.run(machine, attention === undefined ? null : JSON.stringify(attention));
  }

  execution(id: string): Execution | undefined {
    const row: unknown = this.#sql.execution.get(id);
    return row === undefined ? undefined : Execution.parse(JSON.parse(textOf(row, 'body')));
  }

  openExecutions(): Execution[] {
    const rows: unknown[] = this.#sql.open.all();
    return rows.map((row) => Execution.parse(JSON.parse(textOf(row, 'body'))));
  }

  /** Open executions, and ended ones whose end the ledger has not acknowledged. */
  untoldExecutions(): Execution[] {
    const open = this.openExecutions();
    const known = new Set(open.map(({ execution }) => execution));
    const untold = new Set(this.facts().map(({ execution }) => execution));
    const ended = [...untold].filter((id) => !known.has(id)).flatMap((id) => this.execution(id) ?? []);
    return [...open, ...ended];
  }

  saveExecution(execution: Execution): void {
    const { execution: id, machine, state } = execution;
    this.#sql.setExecution.run(
      id,
      machine,
      ENDED.has(state) ? 0 : 1,
      this.#nowMs(),
      JSON.stringify(execution),
    );
  }

  addFact(id: string, message: ExecutionMessage): void {
    this.#sql.addFact.run(id, JSON.stringify(message));
  }

  /** Facts that the ledger has not acknowledged, in the order in which they happened. */
  facts(): ExecutionMessage[] {
    const rows: unknown[] = this.#sql.facts.all();
    return rows.map((row) => ExecutionMessage.parse(JSON.parse(textOf(row, 'message'))));
  }

  dropFacts(ids: readonly string[]): void {
    for (const id of ids) this.#sql.dropFact.run(id);
  }

  close(): void {
    this.#db.close();
    this.#lock?.exec('ROLLBACK');
    this.#lock?.close();
  }
}

function prepareStatements(db: JournalDatabase) {
  return {
    setting: db.prepare('SELECT value FROM setting WHERE name = ?'),
    setSetting: db.prepare(
      'INSERT INTO setting VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    ),
    command: db.prepare('SELECT response FROM command WHERE id = ?'),
    addCommand: db.prepare('INSERT INTO command VALUES (?, ?, ?)'),
    machine: db.prepare('SELECT maxFence, attention FROM machine WHERE id = ?'),
    machines: db.prepare('SELECT id, maxFence FROM machine WHERE maxFence > 0'),
    setFence: db.prepare(
      'INSERT INTO machine VALUES (?, ?, NULL) ON CONFLICT (id) DO UPDATE SET maxFence = max(maxFence, excluded.maxFence)',
    ),
    setAttention: db.prepare(
      'INSERT INTO machine VALUES (?, 0, ?) ON CONFLICT (id) DO UPDATE SET attention = excluded.attention',
    ),
    execution: db.prepare('SELECT body FROM execution WHERE execution = ?'),
    open: db.prepare('SELECT body FROM execution WHERE isOpen = 1 ORDER BY changedMs'),
    setExecution: db.prepare(
      `INSERT INTO execution VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (execution) DO UPDATE SET isOpen = excluded.isOpen, changedMs = excluded.changedMs, body = excluded.body`,
    ),
    addFact: db.prepare('INSERT INTO fact (id, message) VALUES (?, ?)'),
    facts: db.prepare('SELECT message FROM fact ORDER BY number'),
    dropFact: db.prepare('DELETE FROM fact WHERE id = ?'),
    forgetCommands: db.prepare('DELETE FROM command WHERE atMs < ?'),
    forgetExecutions: db.prepare('DELETE FROM execution WHERE isOpen = 0 AND changedMs < ?'),
  };
}

type Database = InstanceType<typeof DatabaseSync>;

function open(folder: string): { db: Database; lock: Database } {
  let lock: Database | undefined;
  try {
    mkdirSync(folder, { recursive: true });
    lock = new DatabaseSync(join(folder, LOCK_NAME));
    // Held until the process ends, however it ends: a second bridge on the same journal would start jobs a second time.
    lock.exec('BEGIN EXCLUSIVE');
    const db = new DatabaseSync(join(folder, FILE_NAME));
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    db.exec(SCHEMA);
    return { db, lock };
  } catch (cause) {
    lock?.close();
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      /locked|busy/i.test(words)
        ? `Another bridge is using ${folder}: stop it, or give this one its own data folder.`
        : `The journal in ${folder} cannot be opened (${words}): choose a folder that can be written.`,
      { cause },
    );
  }
}

const Row = z.record(z.string(), z.unknown());
const Text = z.string();
const Whole = z.number();

function columnOf(row: unknown, column: string): unknown {
  return Row.parse(row)[column];
}

function textOf(row: unknown, column: string): string {
  return Text.parse(columnOf(row, column));
}

function numberOf(row: unknown, column: string): number {
  return Whole.parse(columnOf(row, column));
}
