import type { ExecutionState } from '#contract/mqtt-topics.ts';
import type { AdvanceOptions, Recorder } from './execution-record.ts';
import type { Execution } from './journal.ts';
import type { HostedRun, Machine, MachineClock, MachineEvent, MachineState, RunOutcome } from './machine.ts';
import { isReachable, programNameOf } from './place-program.ts';
import { type EndOptions, finishRun, type RunEnd } from './run-end.ts';
import { type Reading, readRun } from './run-progress.ts';
import { RunSearch } from './run-search.ts';
import { sentenceOf } from './sentence-of.ts';

/** Ten a second is as much as a page can show. */
const TELEMETRY_EVERY_MS = 100;
/** How far behind the journal's last line may be after a crash. */
const LINE_SAVED_EVERY_MS = 1_000;

const RUN_STATES: Partial<Record<MachineState['kind'], ExecutionState>> = {
  running: 'RUNNING',
  paused: 'PAUSED',
};

/** A program made for this machine, ready to be sent. */
export type LoadedProgram = { lines: readonly string[]; planned: Float64Array; estimatedSeconds: number };

export type RunOptions = EndOptions & {
  machine: Machine;
  record: Recorder;
  clock: MachineClock;
  sendReading: (execution: Execution, reading: Reading) => void;
  onChange: (execution: Execution) => void;
  log: (sentence: string) => void;
};

/** One job whose intention to start is on disk already: it is started once or found again, recorded, and ended once. */
export class JobRun {
  readonly #options: RunOptions;
  readonly #program: LoadedProgram;
  readonly #search: RunSearch | undefined;
  readonly #watch: ReturnType<typeof watchTelemetry>;
  readonly #stopListening: () => void;
  readonly #ended: Promise<RunEnd>;
  #tellEnd: (end: RunEnd) => void = () => undefined;
  #execution: Execution;
  #refusal: string | undefined;

  constructor(intended: Execution, program: LoadedProgram, options: RunOptions) {
    const { machine, clock, log } = options;
    this.#options = options;
    this.#execution = intended;
    this.#program = program;
    this.#ended = new Promise((resolve) => {
      this.#tellEnd = resolve;
    });
    const { hosted } = machine;
    if (hosted !== undefined)
      this.#search = new RunSearch({
        ...{ hosted, clock, log },
        name: programNameOf(intended.execution),
        isReachable: () => isReachable(machine),
        onFound: (run) => this.#found(run),
      });
    // After a restart of the bridge only the wall clock knows how long the run has been going on.
    const beforeMs = intended.startedMs === undefined ? 0 : options.nowMs() - intended.startedMs;
    this.#watch = watchTelemetry(program, clock.nowMs() - beforeMs, options, (line) => {
      this.#execution = { ...this.#execution, line };
      options.journal.saveExecution(this.#execution);
    });
    this.#stopListening = machine.onEvent((event) => this.#hear(event));
  }

  /** Sends the program once, and resolves with the ended execution. Never rejects for what a machine does. */
  async start(): Promise<Execution> {
    const { machine } = this.#options;
    const name = machine.hosted === undefined ? undefined : programNameOf(this.#execution.execution);
    machine.start(this.#program.lines, name).then(
      () => this.#markStarted(),
      (cause) => this.#refused(sentenceOf(cause)),
    );
    return this.#end();
  }

  /** For a controller that kept the job while the bridge was away: sends nothing, and resolves as `start` does. */
  async findAgain(): Promise<Execution> {
    this.#search?.ask();
    return this.#end();
  }

  /** The link to the machine is new: what a controller did meanwhile is asked. */
  linkIsBack(): void {
    this.#search?.ask();
  }

  /** Somebody wants the job stopped: written down, for the case that the controller cannot be told now. */
  wantCancelled(): void {
    if (this.#search === undefined) return;
    this.#execution = { ...this.#execution, isCancelWanted: true };
    this.#options.journal.saveExecution(this.#execution);
  }

  /** Lets go of a run that goes on without this bridge; nothing is written any more. */
  leave(): void {
    this.#search?.stop();
    this.#watch.stop();
    this.#stopListening();
  }

  async #end(): Promise<Execution> {
    const end = await this.#ended;
    this.leave();
    if (end.kind !== 'not-started') this.#markStarted();
    finishRun(this.#execution, end, this.#options, (patch, more) => this.#change(patch, more));
    return this.#execution;
  }

  #hear(event: MachineEvent): void {
    if (event.kind === 'ended') {
      if (this.#search === undefined || !isLostContact(event.outcome)) this.#tellEnd(event.outcome);
    } else if (event.kind === 'telemetry' || event.kind === 'acknowledged') this.#watch.hear(this.#execution);
    else if (event.kind === 'state' && this.#execution.startedMs !== undefined) this.#see(event.state.kind);
  }

  #see(kind: MachineState['kind']): void {
    const state = RUN_STATES[kind];
    if (state !== undefined && state !== this.#execution.state) this.#change({ state });
  }

  /** The port promises that nothing was sent; a controller is asked all the same, for it may have begun without saying so. */
  #refused(words: string): void {
    this.#refusal = words;
    if (this.#search === undefined) this.#tellEnd({ kind: 'not-started', words });
    else this.#search.ask();
  }

  #found(run: HostedRun): void {
    switch (run.kind) {
      case 'running':
      case 'paused':
        this.#markStarted();
        this.#see(run.kind);
        // A wish to stop that the controller never heard.
        if (this.#execution.isCancelWanted) this.#cancelAgain();
        break;
      case 'ended':
        this.#tellEnd(this.#asWanted(run.outcome));
        break;
      case 'not-started':
        this.#tellEnd(this.#endOfNothing('The controller never began this job.'));
        break;
      case 'unknown':
        this.#tellEnd(
          this.#refusal === undefined ? { kind: 'unknown', words: run.words } : this.#endOfNothing(run.words),
        );
    }
  }

  /** What has been seen running was started, whatever the controller remembers of it. */
  #endOfNothing(words: string): RunEnd {
    if (this.#execution.startedMs === undefined)
      return { kind: 'not-started', words: this.#refusal ?? words };
    return {
      kind: 'unknown',
      words: 'The controller has no trace of this job any more, though it had begun.',
    };
  }

  /** A controller that only remembers "not finished" was stopped where somebody had wanted that. */
  #asWanted(outcome: RunOutcome): RunOutcome {
    const isWanted = this.#execution.isCancelWanted && outcome.kind === 'failed' && outcome.cause === 'error';
    return isWanted ? { kind: 'cancelled', line: outcome.line } : outcome;
  }

  #cancelAgain(): void {
    const { machine, log } = this.#options;
    machine.cancel().catch((cause) => log(`The job could not be cancelled. ${sentenceOf(cause)}`));
  }

  #markStarted(): void {
    if (this.#execution.startedMs !== undefined || this.#execution.endedMs !== undefined) return;
    const at = this.#options.nowMs();
    const bedClearedBy = this.#execution.bedClearedBy ?? 'automatic';
    this.#change(
      { state: 'STARTED', startedMs: at },
      { facts: [{ type: 'job.started', data: { at, bedClearedBy } }] },
    );
  }

  #change(patch: Partial<Execution>, more?: AdvanceOptions): void {
    this.#execution = this.#options.record.advance(this.#execution, patch, more);
    this.#options.onChange(this.#execution);
  }
}

/** That nobody hears a controller is no end of what it does. */
function isLostContact(outcome: RunOutcome): boolean {
  return outcome.kind === 'failed' && (outcome.cause === 'link-lost' || outcome.cause === 'silent');
}

/**
 * What is known of a program whose lines are not at hand any more: each of them counts the same, so that progress can be
 * shown before, or without, making it again.
 */
export function evenProgram({ program }: Execution): LoadedProgram {
  const { lines, estimatedSeconds } = program ?? { lines: 0, estimatedSeconds: 0 };
  const planned = new Float64Array(lines).map((_, line) => ((line + 1) / lines) * estimatedSeconds);
  return { lines: [], planned, estimatedSeconds };
}

/** At most ten readings a second, the last one always sent, and the line saved now and then. */
function watchTelemetry(
  program: LoadedProgram,
  startedMs: number,
  { machine, clock, sendReading }: RunOptions,
  saveLine: (line: number) => void,
) {
  let lastSentMs = Number.NEGATIVE_INFINITY;
  let lastSavedMs = startedMs;
  let takeBack: (() => void) | undefined;
  const send = (execution: Execution) => {
    takeBack = undefined;
    const now = clock.nowMs();
    lastSentMs = now;
    const measured = machine.telemetry();
    const { planned, estimatedSeconds } = program;
    sendReading(
      execution,
      readRun(measured, machine.state().kind, { planned, estimatedSeconds, elapsedMs: now - startedMs }),
    );
    if (now - lastSavedMs < LINE_SAVED_EVERY_MS) return;
    lastSavedMs = now;
    saveLine(Math.max(0, Math.trunc(measured.line)));
  };
  return {
    hear: (execution: Execution) => {
      if (takeBack !== undefined) return;
      const waitMs = lastSentMs + TELEMETRY_EVERY_MS - clock.nowMs();
      if (waitMs <= 0) send(execution);
      else takeBack = clock.after(waitMs, () => send(execution));
    },
    stop: () => takeBack?.(),
  };
}
