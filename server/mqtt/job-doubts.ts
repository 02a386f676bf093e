import { doubtJob } from '../commons/jobs/end-job.ts';
import type { LedgerPort } from '../commons/ledger-port.ts';
import { AppError } from '../errors.ts';
import type { CoordinatorClock } from './coordinator-ports.ts';
import type { JobDispatch } from './job-dispatch.ts';
import type { LabWatch } from './lab-watch.ts';

/** Long enough for a bridge that lost its connection to be back; a job must not be doubted for a hiccup. */
export const DOUBT_AFTER_MS = 3_000;
/** After a restart of the coordinator or its broker every bridge has to find back first. */
const RETURN_MS = 15_000;
/** A bridge says something at least every 15 s; four times that is silence, whatever its connection claims. */
const SILENCE_MS = 60_000;

export type DoubtsOptions = {
  ledger: LedgerPort;
  watch: LabWatch;
  dispatch: JobDispatch;
  clock: CoordinatorClock;
  doubtAfterMs: number;
  /** Among several coordinators, the one that leads doubts; the others keep count, and it may become their turn. */
  mayDoubt: () => boolean;
  log: (sentence: string) => void;
};

/**
 * Lost contact after the start means `unknown`: never failed, never started again. The bridge's own words, or a person's,
 * end the doubt.
 */
export class JobDoubts {
  readonly #options: DoubtsOptions;
  readonly #takeBack = new Map<string, () => void>();
  #isStopped = false;

  constructor(options: DoubtsOptions) {
    this.#options = options;
  }

  /** The bridge's connection broke. */
  bridgeLost(lab: string): void {
    this.#later(lab, this.#options.doubtAfterMs, 'Contact with the bridge was lost while the machine ran.');
  }

  /** All connections broke with ours: every bridge gets time to come back. */
  allLost(): void {
    for (const lab of this.#options.ledger.state().labs.keys())
      this.#later(lab, RETURN_MS, 'The bridge did not come back after the coordinator did.');
  }

  /** The bridge's journal is known again: it answers for the jobs it names, and for no others. */
  bridgeGreeted(lab: string): void {
    this.#takeBack.get(lab)?.();
    this.#takeBack.delete(lab);
    const { executions } = this.#options.watch.bridge(lab);
    const hasForgotten = this.#running(lab).some(({ execution }) => !executions.has(execution));
    if (hasForgotten)
      this.#later(lab, this.#options.doubtAfterMs, 'The bridge does not know the job any more.', executions);
  }

  /** Called now and then: a connection that nobody speaks on is none. Returns the labs that have fallen silent. */
  checkSilence(): string[] {
    const { watch, clock } = this.#options;
    const silent: string[] = [];
    for (const lab of watch.labs()) {
      const bridge = watch.bridge(lab);
      if (!bridge.isOnline || clock.nowMs() - bridge.lastHeardMs < SILENCE_MS) continue;
      watch.lose(lab);
      this.bridgeLost(lab);
      silent.push(lab);
    }
    return silent;
  }

  stop(): void {
    this.#isStopped = true;
    for (const takeBack of this.#takeBack.values()) takeBack();
    this.#takeBack.clear();
  }

  #later(
    lab: string,
    delayMs: number,
    reason: string,
    known: ReadonlyMap<string, unknown> = new Map(),
  ): void {
    this.#takeBack.get(lab)?.();
    const takeBack = this.#options.clock.after(delayMs, () => {
      this.#takeBack.delete(lab);
      void this.#doubt(lab, reason, known);
    });
    this.#takeBack.set(lab, takeBack);
  }

  async #doubt(lab: string, reason: string, known: ReadonlyMap<string, unknown>): Promise<void> {
    const { ledger, watch, mayDoubt, log } = this.#options;
    // What has ended at another coordinator must not be doubted because we have not read of it yet.
    await ledger.refresh().catch((cause) => log(`The ledger could not be read: ${String(cause)}`));
    if (this.#isStopped || !mayDoubt()) return;
    const lines = new Map(watch.telemetry().map(({ job, line }) => [job, line]));
    for (const { id: job, execution, machine } of this.#running(lab)) {
      if (known.has(execution)) continue;
      const line = lines.get(job);
      log(`${lab}/${machine}: a running job is in doubt. ${reason}`);
      try {
        await ledger.submit((state, context) =>
          doubtJob(state, { job, reason, ...(line !== undefined && { line }) }, context),
        );
      } catch (cause) {
        if (!(cause instanceof AppError)) log(`A doubt was not recorded: ${String(cause)}`);
      }
    }
  }

  #running(lab: string) {
    return this.#options.dispatch
      .given()
      .filter((given) => given.lab === lab && given.job.phase.state === 'running');
  }
}
