import type {
  HostedPrograms,
  HostedRun,
  Machine,
  MachineClock,
  MachineEvent,
  MachineIdentity,
  MachineListener,
  MachineState,
  MachineTelemetry,
  RunOutcome,
} from '../../machine.ts';
import { sentenceOf } from '../../sentence-of.ts';
import { endUnseen, type HostRun, inWords, lineOf } from './host-run.ts';
import { AccessRefused, HostRefused } from './http-host.ts';
import type { HostReport, PrintHost } from './print-host.ts';
import { measureProgram, type ProgramBytes, textOf } from './program-bytes.ts';
import { WaitingRoom } from './waiting-room.ts';

const LOOK_EVERY_MS = 1_000;
/** One answer that is lost on the way is no lost link. */
const MISSES_MAX = 3;
/** Hosts were seen to go on showing the job before for almost a minute after they had accepted a start. */
const SEEN_WITHIN_MS = 90_000;
/** A host that has just ended a print needs a moment until its records say so. */
const SURE_AFTER_MS = 3_000;
const STANDS_WITHIN_MS = 120_000;

const NOTHING: MachineTelemetry = { line: 0, linesTotal: 0, linesAcknowledged: 0 };

const capabilities = {
  jobHost: 'controller' as const,
  pause: 'drain' as const,
  positionKeptAfterCancel: false,
  hasHeaters: true,
  window: { unit: 'lines' as const, size: 1 },
};

export type HostedPrinterOptions = {
  clock: MachineClock;
  /** Throws a sentence that names the line when a program must not reach the printer; the host itself checks nothing. */
  check: (program: readonly string[]) => void;
};

/** A printer behind a host that keeps its programs: asked once a second, one question at a time. */
export class HostedPrinter implements Machine {
  readonly hosted: HostedPrograms;
  readonly #host: PrintHost;
  readonly #clock: MachineClock;
  readonly #check: HostedPrinterOptions['check'];
  readonly #listeners = new Set<MachineListener>();
  readonly #placed = new Map<string, ProgramBytes>();
  readonly #waiting: WaitingRoom;
  #state: MachineState = { kind: 'offline', reason: 'Not connected yet.' };
  #telemetry = NOTHING;
  #run: HostRun | undefined;
  #startProblem: string | undefined;
  #misses = 0;
  /** Between `connect` and the loss or the end of the link; nobody is asked outside of it. */
  #isLinked = false;
  #takeBackLook: (() => void) | undefined;
  /** Questions are put one after another, so that no older report follows a newer one. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(host: PrintHost, { clock, check }: HostedPrinterOptions) {
    this.#host = host;
    this.#clock = clock;
    this.#check = check;
    this.#waiting = new WaitingRoom(clock);
    this.hosted = {
      place: (program, name) => this.#inTurn(() => this.#place(program, name)),
      findAgain: (name) => this.#inTurn(() => this.#findAgain(name)),
    };
  }

  state = () => this.#state;
  telemetry = () => this.#telemetry;

  onEvent(listener: MachineListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async connect(): Promise<MachineIdentity> {
    this.#stopLooking();
    this.#setState({ kind: 'connecting' });
    try {
      return await this.#inTurn(async () => {
        const { firmware, version } = await this.#host.identify();
        const report = await this.#host.look();
        if (report.condition.kind === 'away') throw new Error(report.condition.reason);
        this.#misses = 0;
        this.#isLinked = true;
        await this.#take(report);
        this.#lookLater();
        return { firmware, version, capabilities };
      });
    } catch (cause) {
      this.#lose(sentenceOf(cause));
      throw cause;
    }
  }

  async start(program: readonly string[], name?: string): Promise<void> {
    if (name === undefined) throw new Error('A host that keeps programs starts them by a name of their own.');
    await this.#inTurn(() => this.#begin(program, name));
    await this.#waiting.until(() => this.#run?.phase !== 'begun', Infinity);
    const problem = this.#startProblem;
    if (problem !== undefined) throw new Error(problem);
  }

  async pause(): Promise<void> {
    const { name } = this.#running();
    if (this.#state.kind === 'paused') return;
    await this.#inTurn(() => this.#host.pause(name));
    this.#lookSoon();
    await this.#waiting.until(
      () => this.#run?.name !== name || this.#state.kind === 'paused',
      STANDS_WITHIN_MS,
    );
    if (this.#run?.name !== name) throw new Error('The job ended before it could be paused.');
  }

  async resume(): Promise<void> {
    const { name } = this.#running();
    if (this.#state.kind === 'running') return;
    await this.#inTurn(() => this.#host.resume(name));
    this.#lookSoon();
    await this.#waiting.until(
      () => this.#run?.name !== name || this.#state.kind === 'running',
      STANDS_WITHIN_MS,
    );
    if (this.#run?.name !== name) throw new Error('The job ended before it could go on.');
  }

  /** Never stops what somebody else has started on the host. */
  async cancel(): Promise<void> {
    const run = this.#run;
    if (run === undefined) return;
    await this.#inTurn(async () => {
      if (this.#run !== run) return;
      run.isCancelWanted = true;
      await this.#cancelIt(run);
    });
    this.#lookSoon();
    await this.#waiting.until(() => this.#run !== run, STANDS_WITHIN_MS);
  }

  async clearFault(): Promise<void> {
    if (this.#run !== undefined) throw new Error('The machine is busy: cancel the job first.');
    await this.#inTurn(() => this.#host.clearFault());
    this.#lookSoon();
    await this.#waiting.until(() => this.#state.kind === 'idle', STANDS_WITHIN_MS);
  }

  async close(): Promise<void> {
    this.#stopLooking();
    await this.#turn.catch(() => undefined);
    this.#stopLooking();
    const reason = 'The bridge let go of the machine.';
    this.#waiting.empty(reason);
    this.#setState({ kind: 'offline', reason });
  }

  async #cancelIt({ name }: HostRun): Promise<void> {
    try {
      await this.#host.cancel(name);
    } catch (cause) {
      // It has just ended, or has not begun yet: the next look says which.
      if (!(cause instanceof HostRefused)) throw cause;
    }
  }

  async #place(program: readonly string[], name: string): Promise<void> {
    this.#check(program);
    const text = textOf(program);
    await this.#host.upload(name, text);
    this.#placed.set(name, measureProgram(text));
  }

  async #begin(program: readonly string[], name: string): Promise<void> {
    this.#check(program);
    const report = await this.#host.look();
    if (report.condition.kind !== 'idle') throw new Error(`It is not started: ${inWords(report)}`);
    if (!this.#placed.has(name)) await this.#place(program, name);
    const about = { isCancelWanted: false, program: this.#placed.get(name), share: 0 };
    this.#run = { name, phase: 'begun', sinceMs: this.#clock.nowMs(), ...about };
    this.#startProblem = undefined;
    try {
      await this.#host.begin(name);
    } catch (cause) {
      // Without an answer the order may have arrived: the host is watched until it is known.
      if (!(cause instanceof HostRefused)) return;
      this.#run = undefined;
      throw cause;
    } finally {
      this.#lookSoon();
    }
  }

  async #findAgain(name: string): Promise<HostedRun> {
    const run = await this.#judge(name);
    if (run.kind !== 'not-started') return run;
    // What the host has not written down yet would look the same; what is taken away can never begin.
    await this.#pass(SURE_AFTER_MS);
    const again = await this.#judge(name);
    if (again.kind !== 'not-started') return again;
    if (!(await this.#host.withdraw(name))) throw new Error(`The host does not let go of ${name}.`);
    this.#startProblem = 'The host never began to print it.';
    this.#forget(name);
    return again;
  }

  async #judge(name: string): Promise<HostedRun> {
    const report = await this.#host.look();
    const { kind } = report.condition;
    if (report.name === name && (kind === 'working' || kind === 'paused')) {
      if (this.#run?.name !== name) await this.#adopt(name);
      await this.#take(report);
      return { kind: kind === 'paused' ? 'paused' : 'running' };
    }
    const recalled = await this.#host.recall(name, report);
    if (recalled.kind === 'ended') this.#forget(name);
    else if (this.#run?.name === name && this.#run.phase === 'begun')
      throw new Error('The host has accepted the start and does not show yet whether it began.');
    return recalled;
  }

  async #adopt(name: string): Promise<void> {
    const text = this.#placed.has(name) ? undefined : await this.#host.download(name);
    const program = text === undefined ? this.#placed.get(name) : measureProgram(text);
    const about = { isCancelWanted: false, program, share: 0 };
    this.#run = { name, phase: 'seen', sinceMs: this.#clock.nowMs(), ...about };
  }

  #forget(name: string): void {
    if (this.#run?.name === name) this.#run = undefined;
    this.#waiting.look();
  }

  async #look(): Promise<void> {
    if (!this.#isLinked) return;
    let report: HostReport;
    try {
      report = await this.#host.look();
      this.#misses = 0;
      await this.#take(report);
    } catch (cause) {
      this.#misses += 1;
      if (this.#misses >= MISSES_MAX || cause instanceof AccessRefused) return this.#lose(sentenceOf(cause));
    }
    this.#lookLater();
  }

  /** Makes of a report what it means for the machine and for the run that is under way. */
  async #take(report: HostReport): Promise<void> {
    const run = this.#run;
    const { kind } = report.condition;
    if (run === undefined) this.#tell(report);
    else if (report.name === run.name && (kind === 'working' || kind === 'paused'))
      await this.#progress(run, report);
    else await this.#isOver(run, report);
    this.#waiting.look();
  }

  async #progress(run: HostRun, report: HostReport): Promise<void> {
    const isLate = run.phase === 'begun' && run.isCancelWanted;
    run.phase = 'seen';
    run.share = Math.max(run.share, report.share ?? 0);
    this.#setState({ kind: report.condition.kind === 'paused' ? 'paused' : 'running' });
    this.#measure(run, report);
    if (isLate) await this.#cancelIt(run);
  }

  /** The host does not work on the run: it has ended, or has not begun yet. */
  async #isOver(run: HostRun, report: HostReport): Promise<void> {
    const recalled = await this.#host.recall(run.name, report);
    if (recalled.kind === 'ended') return this.#end(run, recalled.outcome, report);
    if (run.phase === 'seen') return this.#end(run, endUnseen(run, report, lineOf(run)), report);
    if (this.#clock.nowMs() - run.sinceMs > SEEN_WITHIN_MS && (await this.#host.withdraw(run.name))) {
      this.#startProblem =
        'The host did not begin to print, though it was told to; the file was taken away from it.';
      this.#run = undefined;
    }
    if (this.#run === undefined || this.#run.phase === 'begun') this.#tell(report);
  }

  #end(run: HostRun, outcome: RunOutcome, report: HostReport): void {
    this.#run = undefined;
    this.#placed.delete(run.name);
    if (outcome.kind === 'succeeded') run.share = 1;
    this.#measure(run, report);
    const isCancelled = run.isCancelWanted && outcome.kind === 'failed' && report.condition.kind === 'idle';
    const line = lineOf(run);
    const ended = outcome.kind === 'succeeded' ? outcome : { ...outcome, line };
    this.#say({ kind: 'ended', outcome: isCancelled ? { kind: 'cancelled', line } : ended });
    this.#tell(report);
  }

  #measure(run: HostRun, { temperatures }: HostReport): void {
    const line = lineOf(run);
    const linesTotal = run.program?.ends.length ?? 0;
    this.#telemetry = { temperatures, line, linesTotal, linesAcknowledged: line };
    this.#say({ kind: 'telemetry', telemetry: this.#telemetry });
  }

  /** The machine while no run of ours is on it. */
  #tell(report: HostReport): void {
    const { condition, temperatures } = report;
    this.#telemetry = { ...this.#telemetry, temperatures };
    switch (condition.kind) {
      case 'away':
        this.#lose(condition.reason);
        break;
      case 'alarm':
        this.#setState({ ...condition, positionLost: true });
        break;
      case 'idle':
        this.#setState({ kind: 'idle' });
        break;
      default:
        this.#setState({ kind: 'busy', words: inWords(report) });
    }
  }

  #running(): HostRun {
    if (this.#run === undefined || this.#run.phase !== 'seen') throw new Error('No job is running.');
    return this.#run;
  }

  #lose(reason: string): void {
    this.#stopLooking();
    // A start that was not answered waits on: what became of it is known when the host is back.
    this.#waiting.giveUp(reason);
    this.#setState({ kind: 'offline', reason });
  }

  #setState(state: MachineState): void {
    if (JSON.stringify(state) === JSON.stringify(this.#state)) return;
    this.#state = state;
    this.#say({ kind: 'state', state });
  }

  #say(event: MachineEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  #lookLater(delayMs = LOOK_EVERY_MS): void {
    if (!this.#isLinked) return;
    this.#takeBackLook?.();
    this.#takeBackLook = this.#clock.after(delayMs, () => {
      this.#takeBackLook = undefined;
      void this.#inTurn(() => this.#look());
    });
  }

  #lookSoon(): void {
    if (this.#takeBackLook !== undefined) this.#lookLater(0);
  }

  #stopLooking(): void {
    this.#isLinked = false;
    this.#takeBackLook?.();
    this.#takeBackLook = undefined;
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work, work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  #pass(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.after(ms, resolve);
    });
  }
}
