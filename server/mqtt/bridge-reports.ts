import type {
  BirthMessage,
  ExecutionMessage,
  ExecutionState,
  HelloMessage,
  SignedFact,
} from '#contract/mqtt-topics.ts';
import { countStock, describeMachine, pairBridge } from '../commons/facilities/open-lab.ts';
import { cancelJob } from '../commons/jobs/end-job.ts';
import { attemptOf, hasEnded } from '../commons/jobs/jobs.ts';
import { recordBridgeFact } from '../commons/jobs/record-bridge-fact.ts';
import type { LedgerPort } from '../commons/ledger-port.ts';
import type { CommonsState } from '../commons/state.ts';
import { AppError } from '../errors.ts';
import { isSignedByItsKey } from './bridge-signature.ts';
import type { CoordinatorClock } from './coordinator-ports.ts';
import type { LeaderFirst } from './leader-first.ts';

/** Who asked for a machine to be stopped, until it has. One that another coordinator passed on waits for no answer here. */
export type CancelWish = {
  by: string;
  reason: string;
  resolve?: () => void;
  reject?: (cause: Error) => void;
};

const ENDED: ReadonlySet<ExecutionState> = new Set<ExecutionState>([
  'SUCCEEDED',
  'FAILED',
  'INTERRUPTED',
  'RELEASED',
]);

export type ReportsOptions = {
  ledger: LedgerPort;
  /** Tells the bridge that a fact is durable, or will never be. */
  acknowledge: (lab: string, fact: string) => void;
  leaderFirst: LeaderFirst;
  /** A person asked for it here, and waits. */
  hasCancelWish: (execution: string) => boolean;
  takeCancelWish: (execution: string) => CancelWish | undefined;
  clock: CoordinatorClock;
  log: (sentence: string) => void;
};

/** A store that is away is asked again this often, so that what a bridge says is recorded in the order in which it happened. */
const ASK_AGAIN_MS = 1_000;

/** Turns what a bridge reports into entries. Reports of one lab are taken one after another, as they were sent. */
export class BridgeReports {
  readonly #options: ReportsOptions;
  readonly #last = new Map<string, Promise<void>>();
  /** Facts that wait to be recorded: a bridge repeats them until it has the receipt. */
  readonly #waiting = new Set<string>();
  #isStopped = false;
  readonly #waits = new Set<() => void>();

  constructor(options: ReportsOptions) {
    this.#options = options;
  }

  /** Resolves when everything reported so far is recorded, as far as the store can be reached. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const end of [...this.#waits]) end();
    await Promise.all(this.#last.values());
  }

  /** The key that the bridge signs with; who it is was proven to the broker by the lab's bridge key. */
  pair(lab: string, { key }: HelloMessage): Promise<void> {
    return this.#inOrder(lab, async (heardMs) => {
      const isDone = (state: CommonsState) => state.labs.get(lab)?.bridgeKey === key;
      if (await this.#options.leaderFirst.wait(heardMs, isDone)) return;
      await this.#submit((state, context) => pairBridge(state, { lab, key }, context));
    });
  }

  describe(lab: string, machine: string, { description, stock, countedAt }: BirthMessage): Promise<void> {
    return this.#inOrder(lab, async (heardMs) => {
      if (description.machine !== machine)
        throw new AppError('bad-input', `the birth of ${machine} describes ${description.machine}`);
      // Whether the leader has written all of it is for the rules to say: what is there already gives no entries.
      await this.#options.leaderFirst.wait(heardMs, () => false);
      await this.#submit((state, context) => [
        ...describeMachine(state, { lab, description }, context),
        ...countStock(state, { lab, lots: stock, countedAt }, context),
      ]);
    });
  }

  execution(lab: string, message: ExecutionMessage): Promise<void> {
    const { fact } = message;
    const isRepeat = fact !== undefined && this.#waiting.has(fact.body.id);
    if (isRepeat) return this.#last.get(lab) ?? Promise.resolve();
    if (fact !== undefined) this.#waiting.add(fact.body.id);
    return this.#inOrder(lab, async (heardMs) => {
      if (fact !== undefined)
        await this.#record(lab, message, fact, heardMs).finally(() => this.#waiting.delete(fact.body.id));
      if (message.state === 'CANCELED') await this.#cancelled(lab, message, heardMs);
      else if (ENDED.has(message.state)) this.#tooLateToCancel(lab, message);
    });
  }

  async #record(lab: string, { job }: ExecutionMessage, fact: SignedFact, heardMs: number): Promise<void> {
    const { acknowledge, leaderFirst, log } = this.#options;
    const { body, sig } = fact;
    const isDone = (state: CommonsState) => state.jobs.all.get(job)?.factIds.includes(body.id) === true;
    // The receipt is the leader's to give; should it never come, the bridge sends the fact again.
    if (await leaderFirst.wait(heardMs, isDone)) return;
    try {
      if (!isSignedByItsKey(fact)) throw new AppError('not-allowed', 'its signature does not fit');
      await this.#submit(
        (state, context) => recordBridgeFact(state, { lab, body, sig, bridgeKey: sig.kid }, context),
        // A job that ended long ago has left the state; its facts are in the log all the same.
        { ids: [body.id] },
      );
    } catch (cause) {
      if (!(cause instanceof AppError) || cause.kind === 'unavailable') throw cause;
      // The rules refuse it, today and tomorrow: the bridge is told to forget it, and the log says why.
      log(`${lab} reported ${body.type}, which is not recorded: ${cause.message}`);
    }
    acknowledge(lab, body.id);
  }

  #tooLateToCancel(lab: string, { job, execution, state }: ExecutionMessage): void {
    const there = this.#options.ledger.state().jobs.all.get(job);
    if (there === undefined || attemptOf(there)?.lab !== lab) return;
    const how = state === 'SUCCEEDED' ? 'was finished' : 'had ended';
    const sentence = `The job ${how} before the machine could be stopped: see the board.`;
    this.#options
      .takeCancelWish(execution)
      ?.reject?.(new AppError('conflict', sentence, { code: 'job.ended' }));
  }

  /** The machine stands still: now the ledger may say that the job is cancelled. */
  async #cancelled(
    lab: string,
    { job, execution, fence, line }: ExecutionMessage,
    heardMs: number,
  ): Promise<void> {
    const { leaderFirst, hasCancelWish } = this.#options;
    // Whoever was asked writes it down in that person's name, and leaves it to nobody.
    if (!hasCancelWish(execution)) await leaderFirst.wait(heardMs, (state) => !state.jobs.open.has(job));
    const there = this.#options.ledger.state().jobs.all.get(job);
    const attempt = there && attemptOf(there);
    // Ids are public: a lab speaks for its own attempts only.
    if (attempt?.lab !== lab || attempt.execution !== execution) return;
    const wish = this.#options.takeCancelWish(execution);
    if (there === undefined || hasEnded(there)) {
      wish?.resolve?.();
      return;
    }
    const { by = lab, reason = 'Cancelled at the machine.' } = wish ?? {};
    const stopped = { execution, fence, ...(line !== undefined && { line }) };
    try {
      await this.#submit((state, context) => cancelJob(state, { job, by, reason, stopped }, context));
      wish?.resolve?.();
    } catch (cause) {
      wish?.reject?.(cause instanceof Error ? cause : new Error(String(cause)));
      throw cause;
    }
  }

  /** Until the store takes it, or the rules refuse it. */
  async #submit(...command: Parameters<LedgerPort['submit']>): Promise<void> {
    for (;;)
      try {
        await this.#options.ledger.submit(...command);
        return;
      } catch (cause) {
        const isAway = cause instanceof AppError && cause.kind === 'unavailable';
        if (!isAway || this.#isStopped) throw cause;
        await this.#wait();
      }
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => {
      const takeBack = this.#options.clock.after(ASK_AGAIN_MS, () => end());
      const end = () => {
        takeBack();
        this.#waits.delete(end);
        resolve();
      };
      this.#waits.add(end);
    });
  }

  #inOrder(lab: string, work: (heardMs: number) => Promise<void>): Promise<void> {
    const heardMs = this.#options.clock.nowMs();
    const before = this.#last.get(lab) ?? Promise.resolve();
    const done = before
      .then(() => work(heardMs))
      .catch((cause) => {
        this.#options.log(
          `A report of ${lab} was not recorded: ${cause instanceof Error ? cause.message : String(cause)}`,
        );
      });
    this.#last.set(lab, done);
    return done;
  }
}
