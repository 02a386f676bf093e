import type { Command } from './command-checks.ts';
import type { Recorder } from './execution-record.ts';
import type { Prepare } from './job-preparation.ts';
import { evenProgram, type LoadedProgram } from './job-run.ts';
import { ENDED, type Execution, type Journal } from './journal.ts';
import { createLease, type Lease } from './lease.ts';
import type { Machine, MachineClock } from './machine.ts';
import type { MachineConfig } from './machine-config.ts';
import { placeProgram, programNameOf } from './place-program.ts';
import { sentenceOf } from './sentence-of.ts';

export type HeldJobOptions = {
  config: MachineConfig;
  machine: Machine;
  journal: Journal;
  record: Recorder;
  prepare: Prepare;
  clock: MachineClock;
  nowMs: () => number;
  onChange: () => void;
  log: (sentence: string) => void;
};

/** The one job that a machine has, from its assignment to its end, with its lease and its program. */
export class HeldJob {
  readonly #options: HeldJobOptions;
  readonly #lease: Lease;
  #execution: Execution | undefined;
  #program: LoadedProgram | undefined;
  #preparing: AbortController | undefined;

  constructor(options: HeldJobOptions) {
    this.#options = options;
    this.#lease = createLease(options.clock, () =>
      this.giveBack('The lease ended before the job was started.'),
    );
    const { journal, config, machine, nowMs } = options;
    const left = journal.openExecutions().find((execution) => execution.machine === config.machine);
    if (left === undefined) return;
    this.#execution = left;
    const leftMs = left.leaseUntilMs - nowMs();
    // A controller that holds its programs may still be at it: it is asked once it can be, and until then nothing is said.
    if (left.intentMs !== undefined && machine.hosted !== undefined) this.#program = evenProgram(left);
    else if (left.intentMs !== undefined) this.#interrupt(left);
    else if (leftMs <= 0) this.giveBack('The lease ended while the bridge was away.');
    else this.#lease.renew(leftMs);
  }

  get execution(): Execution | undefined {
    return this.#execution;
  }

  /** There once the job is READY. */
  get program(): LoadedProgram | undefined {
    return this.#program;
  }

  get leaseIsAlive(): boolean {
    return this.#lease.isAlive();
  }

  /** Whether the order to start has been written down: from then on the job can only end. */
  get hasBegun(): boolean {
    return this.#execution?.intentMs !== undefined;
  }

  /** Takes a job that was checked before; whatever was held and had not begun is given back. */
  take(command: Command<'assign'>): void {
    const { config, journal, record, nowMs } = this.#options;
    this.giveBack('The coordinator gave the machine a newer job.');
    const { execution, job, fence, title, requirement, file, filePath, leaseMs } = command;
    const machine = config.machine;
    const leaseUntilMs = nowMs() + leaseMs;
    const assigned: Execution = {
      ...{ execution, job, machine, fence, title, requirement, file, filePath, leaseUntilMs },
      state: 'ASSIGNED',
    };
    const also = () => journal.raiseFence(machine, fence);
    this.keep(record.advance(assigned, { state: 'FETCHING' }, { also }));
    this.#lease.renew(leaseMs);
  }

  renew(leaseMs: number): void {
    if (this.#execution === undefined || this.hasBegun) return;
    this.#lease.renew(leaseMs);
    this.#execution = { ...this.#execution, leaseUntilMs: this.#options.nowMs() + leaseMs };
    this.#options.journal.saveExecution(this.#execution);
  }

  /** Writes the intention to start: on disk when it returns. */
  intend(bedClearedBy: string): Execution | undefined {
    const { journal, record, config, nowMs } = this.#options;
    if (this.#execution === undefined) return undefined;
    const also = () => journal.setAttention(config.machine, undefined);
    const intended = record.advance(
      this.#execution,
      { state: 'STARTED', intentMs: nowMs(), bedClearedBy },
      { also },
    );
    this.#lease.end();
    this.keep(intended);
    return intended;
  }

  keep(execution: Execution): void {
    const hasEnded = ENDED.has(execution.state);
    this.#execution = hasEnded ? undefined : execution;
    if (hasEnded) this.#program = undefined;
    this.#options.onChange();
  }

  /** Ends a job that has not begun; does nothing to one that has. */
  giveBack(why: string, state: 'RELEASED' | 'CANCELED' = 'RELEASED'): void {
    const { config, record, nowMs, log } = this.#options;
    if (this.#execution === undefined || this.hasBegun) return;
    log(`${config.name}: "${this.#execution.title}" is given back. ${why}`);
    this.stopPreparing(why);
    this.#lease.end();
    // A person's cancelling is the coordinator's entry to make; giving a job back is the bridge's own fact.
    const facts = state === 'CANCELED' ? [] : [{ type: 'job.released' as const, data: { reason: why } }];
    this.keep(record.advance(this.#execution, { state, endedMs: nowMs() }, { facts }));
  }

  stopPreparing(why: string): void {
    this.#preparing?.abort(new Error(why));
    this.#preparing = undefined;
  }

  endLease(): void {
    this.#lease.end();
  }

  /** Fetches the file and makes the program, unless that is done or under way. */
  async prepare(): Promise<void> {
    const given = this.#execution;
    if (given === undefined || this.hasBegun || this.#preparing !== undefined || this.#program !== undefined)
      return;
    const control = new AbortController();
    this.#preparing = control;
    const isStill = () => !control.signal.aborted && this.#execution?.execution === given.execution;
    try {
      const made = await this.#options.prepare(given, control.signal);
      await this.#place(given, made.loaded, control.signal);
      if (!isStill() || this.#execution === undefined) return;
      this.#program = made.loaded;
      // After a restart of the bridge the fact stands in the journal already; it is ready again only now.
      if (this.#execution.state === 'READY') return this.#options.record.repeat(this.#execution);
      const { file, lines, estimatedSeconds } = made.program;
      const facts = [{ type: 'job.prepared' as const, data: { program: file, lines, estimatedSeconds } }];
      this.keep(
        this.#options.record.advance(this.#execution, { state: 'READY', program: made.program }, { facts }),
      );
    } catch (cause) {
      if (isStill()) this.#fail(cause);
    } finally {
      if (this.#preparing === control) this.#preparing = undefined;
    }
  }

  /** What lies on a controller is not running yet; a job that is taken away meanwhile never becomes READY. */
  async #place({ execution }: Execution, { lines }: LoadedProgram, signal: AbortSignal): Promise<void> {
    const { machine, clock } = this.#options;
    const { hosted } = machine;
    if (hosted === undefined) return;
    const name = programNameOf(execution);
    await placeProgram({ state: () => machine.state(), hosted }, { lines, name }, { clock, signal });
  }

  #fail(cause: unknown): void {
    const { config, record, nowMs, log } = this.#options;
    if (this.#execution === undefined) return;
    const words = sentenceOf(cause);
    log(`${config.name}: "${this.#execution.title}" cannot be prepared. ${words}`);
    this.#lease.end();
    const why = cause instanceof Error && cause.name === 'FileRefused' ? 'bad-file' : 'cannot-prepare';
    const data = { at: nowMs(), cause: why, words, started: false } as const;
    const facts = [{ type: 'job.failed' as const, data }];
    this.keep(record.advance(this.#execution, { state: 'FAILED', endedMs: nowMs() }, { facts }));
  }

  /** An intention without an end in the journal: what the machine did since is unknown, so nothing is sent again. */
  #interrupt(execution: Execution): void {
    const { config, journal, record, nowMs, log } = this.#options;
    const { line } = execution;
    const words =
      line === undefined
        ? 'The bridge ended between the order to start and the first answer: look whether the machine moved.'
        : `The bridge ended while the job ran; line ${line + 1} is the last one known to be executed.`;
    log(`${config.name}: "${execution.title}" was interrupted. ${words}`);
    const at = nowMs();
    const failed = {
      type: 'job.failed' as const,
      data: { at, cause: 'interrupted' as const, words, started: true, ...(line !== undefined && { line }) },
    };
    const begun = {
      type: 'job.started' as const,
      data: { at: execution.intentMs ?? at, bedClearedBy: execution.bedClearedBy ?? 'automatic' },
    };
    // Whether the first byte went out is unknown: the careful reading is that it did, and that material is gone.
    const facts = execution.startedMs === undefined ? [begun, failed] : [failed];
    const also = () => journal.setAttention(config.machine, { state: 'needs-operator', words });
    this.#execution = undefined;
    record.advance(execution, { state: 'INTERRUPTED', endedMs: at }, { facts, also });
  }
}
