import type { CommandMessage, ResponseMessage } from '#contract/mqtt-topics.ts';
import { cancelJob } from '../commons/jobs/end-job.ts';
import { type Attempt, attemptOf, type Job } from '../commons/jobs/jobs.ts';
import type { LedgerPort } from '../commons/ledger-port.ts';
import { knownJob, knownLab, knownMachine } from '../commons/state.ts';
import { AppError } from '../errors.ts';
import type { CancelWish } from './bridge-reports.ts';
import type { CommandOutbox } from './command-outbox.ts';
import type { Coordinator, CoordinatorClock } from './coordinator-ports.ts';
import type { JobDispatch } from './job-dispatch.ts';
import type { LabWatch } from './lab-watch.ts';

/** A person waits for the answer: after this they are told that it is on its way. */
const ANSWER_MS = 10_000;
/** A machine brakes, lifts its tool and cools before it has stopped. */
const STOP_MS = 30_000;

export type CommandsOptions = {
  ledger: LedgerPort;
  watch: LabWatch;
  outbox: CommandOutbox;
  dispatch: JobDispatch;
  clock: CoordinatorClock;
  newId: () => string;
};

/** Wishes that other coordinators passed on: more than can be under way, and a bound for all that was never answered. */
const OVERHEARD_MAX = 1_000;

type Steering = 'pause' | 'resume' | 'cancel' | 'release';

/** What people ask of jobs under way. */
export class JobCommands {
  readonly #options: CommandsOptions;
  readonly #wishes = new Map<string, CancelWish>();
  readonly #overheard = new Map<string, CancelWish>();

  constructor(options: CommandsOptions) {
    this.#options = options;
  }

  hasCancelWish(execution: string): boolean {
    return this.#wishes.has(execution);
  }

  /** The wish of a person here, or else the one that another coordinator passed on. */
  takeCancelWish(execution: string): CancelWish | undefined {
    const wish = this.#wishes.get(execution) ?? this.#overheard.get(execution);
    this.#wishes.delete(execution);
    this.#overheard.delete(execution);
    return wish;
  }

  /** Any coordinator's order to cancel: should that one be lost, its person's words are not. */
  overhearCancel(execution: string, by: string, reason: string): void {
    const [oldest] = this.#overheard.keys();
    if (this.#overheard.size >= OVERHEARD_MAX && oldest !== undefined) this.#overheard.delete(oldest);
    this.#overheard.set(execution, { by, reason });
  }

  readonly commands: Coordinator['commands'] = {
    pause: (job) => this.#steer(job, 'pause'),
    resume: (job) => this.#steer(job, 'resume'),
    cancel: (job, by, reason) => this.#cancel(job, by, reason),
    clearBed: (job, by) => this.#clearBed(job, by),
    clearFault: async (lab, machine) => {
      knownMachine(this.#options.ledger.state(), lab, machine);
      this.#demandGreeted(lab);
      const { newId } = this.#options;
      await this.#ask(lab, { v: 1, command: newId(), type: 'clear-fault', machine });
    },
  };

  async #steer(id: string, type: 'pause' | 'resume'): Promise<void> {
    const { job, attempt } = this.#attempt(id);
    if (job.phase.state !== 'running' && job.phase.state !== 'unknown')
      throw notNow(`A job that is ${job.phase.state} cannot be ${type === 'pause' ? 'paused' : 'resumed'}.`);
    this.#demandGreeted(attempt.lab);
    await this.#ask(attempt.lab, this.#steering(attempt, type));
  }

  async #clearBed(id: string, by: string): Promise<void> {
    const { watch, dispatch } = this.#options;
    const { job, attempt } = this.#attempt(id);
    if (job.phase.state !== 'preparing')
      throw notNow(`The bed is asked for when the job is prepared; it is ${job.phase.state}.`);
    this.#demandGreeted(attempt.lab);
    if (watch.bridge(attempt.lab).executions.get(attempt.execution) !== 'READY')
      throw notNow('The machine is not ready for this job yet: wait a moment and press again.');
    await this.#answered((onAnswer) => {
      dispatch.start(attempt, by, onAnswer);
    });
  }

  async #cancel(id: string, by: string, reason: string): Promise<void> {
    const { ledger, outbox, dispatch } = this.#options;
    const job = knownJob(ledger.state(), id);
    const attempt = attemptOf(job);
    const isAtMachine =
      attempt !== undefined && dispatch.mayHaveStarted({ job, execution: attempt.execution });
    if (!isAtMachine || attempt === undefined) {
      await ledger.submit((state, context) => cancelJob(state, { job: id, by, reason }, context));
      if (attempt === undefined) return;
      outbox.withdraw(attempt.execution);
      // Nobody waits for the answer: the bridge gives the job back now, or at its next hello, or when its lease ends.
      outbox.send(attempt.lab, this.#steering(attempt, 'release'), () => {});
      return;
    }
    this.#demandGreeted(attempt.lab);
    try {
      await this.#stopMachine(attempt, by, reason);
    } catch (cause) {
      const isUnknownThere = cause instanceof AppError && cause.code === 'bridge.unknown-execution';
      if (!isUnknownThere) throw cause;
      // The bridge lost its journal: for a job that is not known to have started a person's word is enough.
      await ledger.submit((state, context) => cancelJob(state, { job: id, by, reason }, context));
    }
  }

  /** Resolves when the bridge has said that the machine stands still and the ledger holds that. */
  async #stopMachine(attempt: Attempt, by: string, reason: string): Promise<void> {
    const { clock } = this.#options;
    const stopped = new Promise<void>((resolve, reject) => {
      this.#wishes.set(attempt.execution, { by, reason, resolve, reject });
    });
    const late = new Promise<never>((_resolve, reject) => {
      const takeBack = clock.after(STOP_MS, () =>
        reject(
          late503(
            'The machine has not said yet that it stopped. It was told to; look at it, and at the board.',
          ),
        ),
      );
      void stopped.then(takeBack, takeBack);
    });
    try {
      await this.#ask(attempt.lab, { ...this.#steering(attempt, 'cancel'), by, reason });
    } catch (cause) {
      this.#wishes.delete(attempt.execution);
      late.catch(() => {});
      throw cause;
    }
    await Promise.race([stopped, late]);
  }

  #attempt(id: string): { job: Job; attempt: Attempt } {
    const job = knownJob(this.#options.ledger.state(), id);
    const attempt = attemptOf(job);
    if (attempt === undefined) throw notNow('Nobody has taken this job yet.');
    return { job, attempt };
  }

  #demandGreeted(lab: string): void {
    const { name } = knownLab(this.#options.ledger.state(), lab);
    if (this.#options.watch.bridge(lab).isGreeted) return;
    throw new AppError(
      'unavailable',
      `The bridge of ${name} cannot be reached now. Go to the machine, or try again when it is back.`,
      { code: 'bridge.offline', details: { lab } },
    );
  }

  #steering({ machine, execution, fence }: Attempt, type: Steering) {
    return { v: 1 as const, command: this.#options.newId(), type, machine, execution, fence };
  }

  #ask(lab: string, command: CommandMessage): Promise<void> {
    return this.#answered((onAnswer) => this.#options.outbox.send(lab, command, onAnswer));
  }

  #answered(send: (onAnswer: (response: ResponseMessage) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const takeBack = this.#options.clock.after(ANSWER_MS, () =>
        reject(late503('The bridge has not answered yet. It gets the order as soon as it can be reached.')),
      );
      send(({ result, code, sentence }) => {
        takeBack();
        if (result !== 'rejected') return resolve();
        reject(
          new AppError('conflict', sentence ?? 'The machine refused.', {
            code: `bridge.${code ?? 'refused'}`,
          }),
        );
      });
    });
  }
}

function notNow(sentence: string): AppError {
  return new AppError('conflict', sentence, { code: 'job.not-possible-now' });
}

function late503(sentence: string): AppError {
  return new AppError('unavailable', sentence, { code: 'bridge.silent' });
}
