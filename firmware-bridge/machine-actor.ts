import type { CommandMessage, MachineStateMessage, ResponseMessage } from '#contract/mqtt-topics.ts';
import { type Command, type CommandRefusal, refuseAssign, refuseStart } from './command-checks.ts';
import { HeldJob, type HeldJobOptions } from './held-job.ts';
import { JobRun, type LoadedProgram } from './job-run.ts';
import type { Attention, Execution } from './journal.ts';
import type { MachineState } from './machine.ts';
import type { Reading } from './run-progress.ts';
import { sentenceOf } from './sentence-of.ts';
import { within } from './within.ts';

/** A machine that cannot stop within this is left to its own emergency stop; the bridge ends and says so. */
const STOP_TIMEOUT_MS = 5_000;
const DEFAULT_LEASE_MS = 60_000;

export type ActorOptions = Omit<HeldJobOptions, 'onChange'> & {
  sendReading: (execution: Execution, reading: Reading) => void;
  /** The machine's state as others see it may have changed. */
  onState: () => void;
};

export type ActorState = Pick<MachineStateMessage, 'state' | 'words' | 'execution'>;
type Verdict = CommandRefusal | 'accepted' | 'done';
type Steering = Command<'renew' | 'pause' | 'resume' | 'cancel' | 'release'>;

/** One machine with its one job: the only code that starts it. */
export class MachineActor {
  readonly #options: ActorOptions;
  readonly #held: HeldJob;
  readonly #stopListening: () => void;
  #run: JobRun | undefined;
  #running: Promise<void> | undefined;
  #stopReason: 'cancel' | 'shutdown' | undefined;

  constructor(options: ActorOptions) {
    this.#options = options;
    this.#held = new HeldJob({ ...options, onChange: options.onState });
    this.#stopListening = options.machine.onEvent((event) => {
      if (event.kind === 'state') options.onState();
    });
    const { execution, program, hasBegun } = this.#held;
    if (hasBegun && execution !== undefined && program !== undefined)
      this.#follow(execution, program, 'findAgain');
    else void this.#held.prepare();
  }

  /** Obeys or refuses; the answer to a repeated command is the one it got before. */
  obey(command: CommandMessage): ResponseMessage {
    const known = this.#options.journal.answerTo(command.command);
    if (known !== undefined) return known;
    const response = answerOf(command, this.#judge(command));
    // A renewal may be repeated without harm; all other answers must be the same for ever.
    if (command.type !== 'renew') this.#keepAnswer(response);
    if (response.result === 'accepted') this.#carryOut(command);
    return response;
  }

  /** The deed stands in the journal already: where the answer cannot, a repeat gets the same one from that. */
  #keepAnswer(response: ResponseMessage): void {
    const { journal, log, config } = this.#options;
    try {
      journal.answer(response);
    } catch (cause) {
      log(`${config.name}: an answer could not be written down. ${sentenceOf(cause)}`);
    }
  }

  state(): ActorState {
    const { machine, journal, config } = this.#options;
    return describeState(machine.state(), journal.attention(config.machine), this.#held.execution);
  }

  /** Whether a job runs that ends with this process; a controller that holds its program does without. */
  get isRunning(): boolean {
    return this.#held.hasBegun && this.#options.machine.hosted === undefined;
  }

  /** Resolves when a job that needs this process has ended by itself. */
  async finished(): Promise<void> {
    if (this.isRunning) await this.#running;
  }

  linkIsBack(): void {
    this.#run?.linkIsBack();
  }

  /**
   * Resolves when a running job was stopped and written down, or when the machine does not stop in time. A controller that
   * holds its program goes on and is found again after the next start.
   */
  async stop(): Promise<void> {
    const { machine, clock, config, log } = this.#options;
    this.#stopListening();
    this.#held.stopPreparing('The bridge is stopping.');
    this.#held.endLease();
    if (!this.#held.hasBegun) return;
    if (machine.hosted !== undefined) {
      this.#run?.leave();
      log(`${config.name} goes on with "${this.#held.execution?.title}" by itself.`);
      return;
    }
    this.#stopReason = 'shutdown';
    log(
      `${config.name} is stopped in the middle of "${this.#held.execution?.title}", since the bridge ends.`,
    );
    const stopped = machine.cancel().then(() => this.#running);
    const settled = stopped.catch((cause) => log(`${config.name} did not stop: ${sentenceOf(cause)}`));
    await within(clock, STOP_TIMEOUT_MS, settled);
  }

  #judge(command: CommandMessage): Verdict {
    switch (command.type) {
      case 'assign':
        return this.#assign(command);
      case 'start':
        return this.#start(command);
      case 'clear-fault':
        return this.#held.hasBegun
          ? { code: 'busy', sentence: `${this.#options.config.name} is working.` }
          : 'accepted';
      default:
        return this.#steer(command);
    }
  }

  #assign(command: Command<'assign'>): Verdict {
    const { config, journal, machine } = this.#options;
    const { execution } = this.#held;
    if (execution?.execution === command.execution && execution.fence === command.fence) {
      this.#held.renew(command.leaseMs);
      return 'accepted';
    }
    const refusal = refuseAssign(command, {
      config,
      maxFence: journal.maxFence(config.machine),
      known: journal.execution(command.execution),
      open: execution,
      state: machine.state(),
      attention: journal.attention(config.machine),
    });
    if (refusal !== undefined) return refusal;
    this.#held.take(command);
    return 'accepted';
  }

  #start(command: Command<'start'>): Verdict {
    const { config, journal, machine } = this.#options;
    const held = this.#held.execution;
    const refusal = refuseStart(command, {
      execution: held?.execution === command.execution ? held : journal.execution(command.execution),
      maxFence: journal.maxFence(config.machine),
      leaseIsAlive: this.#held.leaseIsAlive,
      state: machine.state(),
      attention: journal.attention(config.machine),
      name: config.name,
    });
    if (refusal !== undefined) return refusal.code === 'already-started' ? 'done' : refusal;
    if (this.#held.program === undefined)
      return { code: 'not-ready', sentence: 'The program is still being loaded.' };
    // On disk before the first byte goes out: from here on this execution is never started again.
    return this.#held.intend(command.bedClearedBy) === undefined
      ? { code: 'not-ready', sentence: 'The job is not here any more.' }
      : 'accepted';
  }

  #steer(command: Steering): Verdict {
    const { journal, record } = this.#options;
    const known = journal.execution(command.execution);
    if (known === undefined)
      return { code: 'unknown-execution', sentence: 'This bridge was never given that job.' };
    if (known.fence !== command.fence)
      return { code: 'stale-fence', sentence: `Its fence is ${known.fence}.` };
    if (this.#held.execution?.execution !== command.execution) {
      record.repeat(known);
      return 'done';
    }
    return this.#held.hasBegun ? steerRunning(command) : this.#steerWaiting(command);
  }

  #steerWaiting({ type, leaseMs = DEFAULT_LEASE_MS }: Steering): Verdict {
    switch (type) {
      case 'renew':
        this.#held.renew(leaseMs);
        return 'accepted';
      case 'pause':
      case 'resume':
        return { code: 'not-started', sentence: 'The job has not begun.' };
      case 'cancel':
        this.#held.giveBack('It was cancelled.', 'CANCELED');
        return 'accepted';
      case 'release':
        this.#held.giveBack('The coordinator took it back.');
        return 'accepted';
    }
  }

  /** What follows an accepted command, after its answer is on disk. */
  #carryOut({ type }: CommandMessage): void {
    const { machine, config, log } = this.#options;
    const say = (cause: unknown) => log(`${config.name}: ${type} failed. ${sentenceOf(cause)}`);
    if (type === 'assign') void this.#held.prepare();
    if (type === 'clear-fault') this.#clearFault().catch(say);
    const { execution, program, hasBegun } = this.#held;
    if (!hasBegun || execution === undefined || program === undefined) return;
    if (type === 'start') this.#follow(execution, program, 'start');
    if (type === 'pause') machine.pause().catch(say);
    if (type === 'resume') machine.resume().catch(say);
    if (type !== 'cancel') return;
    this.#stopReason ??= 'cancel';
    this.#run?.wantCancelled();
    machine.cancel().catch(say);
  }

  #follow(intended: Execution, program: LoadedProgram, how: 'start' | 'findAgain'): void {
    const { config, log } = this.#options;
    this.#stopReason = undefined;
    const run = new JobRun(intended, program, {
      ...this.#options,
      onChange: (execution) => this.#held.keep(execution),
      stopReason: () => this.#stopReason,
    });
    this.#run = run;
    this.#running = run[how]().then(
      (ended) => log(`${config.name}: "${ended.title}" ended as ${ended.state}.`),
      (cause) => log(`${config.name}: the job's end could not be written down. ${sentenceOf(cause)}`),
    );
  }

  async #clearFault(): Promise<void> {
    const { machine, journal, config, onState } = this.#options;
    if (machine.state().kind === 'alarm') await machine.clearFault();
    journal.setAttention(config.machine, undefined);
    onState();
  }
}

/** Repeating them changes nothing: pausing a paused machine is the driver's no-operation. */
function steerRunning({ type }: Steering): Verdict {
  if (type === 'renew') return 'done';
  if (type === 'release')
    return {
      code: 'already-started',
      sentence: 'The machine was started: the job can be cancelled, not given back.',
    };
  return 'accepted';
}

function answerOf(command: CommandMessage, verdict: Verdict): ResponseMessage {
  const about = {
    v: 1 as const,
    command: command.command,
    ...('execution' in command && { execution: command.execution }),
  };
  if (typeof verdict === 'string') return { ...about, result: verdict };
  return { ...about, result: 'rejected', code: verdict.code, sentence: verdict.sentence.slice(0, 500) };
}

function describeState(
  machine: MachineState,
  attention: Attention | undefined,
  held: Execution | undefined,
): ActorState {
  const about = held === undefined ? {} : { execution: held.execution };
  switch (machine.kind) {
    case 'offline':
      return { state: 'offline', words: machine.reason.slice(0, 500), ...about };
    case 'busy':
      return { state: 'busy', words: machine.words.slice(0, 500), ...about };
    case 'alarm':
      return { state: 'alarm', words: machine.words.slice(0, 500), ...about };
    case 'idle':
      return attention === undefined ? { state: 'idle', ...about } : { ...attention, ...about };
    default:
      return { state: machine.kind, ...about };
  }
}
