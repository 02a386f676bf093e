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
} from '../../machine.ts';
import { prepareMarlinProgram } from '../marlin/marlin-program.ts';
import { measureProgram, type ProgramBytes, textOf } from '../print-host/program-bytes.ts';
import type { ProgramRules } from '../untrusted-program/program-limits.ts';
import { findRun, type RunFound } from './find-run.ts';
import { downloadProgram, type FileExchange, uploadProgram } from './moonraker-files.ts';
import { followLine, newRun, outcomeOf, type PrintRun } from './print-run.ts';
import { PrinterLink } from './printer-link.ts';
import { isUnderWay, machineStateOf } from './printer-status.ts';
import { PrinterWaits } from './printer-waits.ts';
import { type OpenSocket, RpcRefused } from './rpc-link.ts';

export type MoonrakerOptions = FileExchange & { openSocket: OpenSocket; rules: ProgramRules };

/** A start that nothing was seen of for so long is asked after. */
const SEEN_WITHIN_MS = 20_000;
/** What Moonraker has not written down yet is asked again after this, and given up as unknown in the end. */
const ASK_AGAIN_MS = 1_000;
const UNSETTLED_MAX_MS = 60_000;
/** A print that has just begun may not be in the history yet. */
const UNKNOWN_MAX_MS = 5_000;
/** An order that is still on its way would look like one that never came. */
const SURE_AFTER_MS = 3_000;
/** Klipper reads no cancel while it waits for heat: after this it is stopped the hard way. */
const CANCELLED_WITHIN_MS = 30_000;
const STANDS_WITHIN_MS = 120_000;

/**
 * A Klipper printer behind Moonraker. It holds the program, so it goes on printing whatever becomes of the link or the
 * bridge; how a print ended is asked, never guessed from silence.
 */
export class MoonrakerMachine implements Machine {
  readonly hosted: HostedPrograms;
  readonly #options: MoonrakerOptions;
  readonly #clock: MachineClock;
  readonly #listeners = new Set<MachineListener>();
  readonly #waits: PrinterWaits;
  readonly #link: PrinterLink;
  readonly #placed = new Map<string, ProgramBytes>();
  #state: MachineState = { kind: 'offline', reason: 'Not connected yet.' };
  #telemetry: MachineTelemetry = { line: 0, linesTotal: 0, linesAcknowledged: 0 };
  #run: PrintRun | undefined;
  #isSettling = false;
  #takeBackSettling: () => void = () => undefined;

  constructor(options: MoonrakerOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#waits = new PrinterWaits(options.clock);
    this.#link = new PrinterLink({
      ...options,
      onFrame: (direction, text) => this.#say({ kind: 'log', direction, text }),
      onReport: () => this.#take(),
      onAway: (reason) => this.#setState({ kind: 'offline', reason }),
      onWritten: (file) => {
        if (file === this.#run?.file) this.#settleAfter(0);
      },
    });
    this.hosted = {
      place: (program, name) => this.#place(program, name),
      findAgain: (name) => this.#findAgain(name),
    };
  }

  state = () => this.#state;
  telemetry = () => this.#telemetry;

  onEvent(listener: MachineListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async connect(): Promise<MachineIdentity> {
    this.#link.close();
    this.#setState({ kind: 'connecting' });
    const { software_version: version } = await this.#link.open();
    return { firmware: 'Klipper', version, capabilities };
  }

  async start(program: readonly string[], name?: string): Promise<void> {
    if (name === undefined) throw new Error('A controller that keeps programs starts them by their name.');
    if (this.#state.kind !== 'idle') throw new Error(`It is not started: ${inWords(this.#state)}`);
    prepareMarlinProgram(program, this.#options.rules);
    if (!this.#placed.has(name)) await this.#place(program, name);
    const session = this.#link.klipper();
    if (this.#state.kind !== 'idle') throw new Error(`It is not started: ${inWords(this.#state)}`);
    const run = newRun(name, this.#clock.nowMs(), this.#placed.get(name));
    this.#run = run;
    this.#settleAfter(SEEN_WITHIN_MS);
    session.print('start', { filename: name }).catch((cause) => {
      if (!(cause instanceof RpcRefused)) return;
      run.refusal = cause.message;
      this.#settleAfter(0);
    });
    await this.#waits.until(() => run.phase !== 'begun');
    if (run.problem !== undefined) throw new Error(run.problem);
  }

  async pause(): Promise<void> {
    if (this.#state.kind !== 'paused') await this.#bring('paused', 'pause', 'could be paused');
  }

  async resume(): Promise<void> {
    if (this.#state.kind !== 'running') await this.#bring('running', 'resume', 'could go on');
  }

  /** Never stops what somebody else has started on the printer. */
  async cancel(): Promise<void> {
    const run = this.#run;
    if (run === undefined) return;
    const session = this.#link.klipper();
    const { print } = this.#link.report;
    if (print.file !== run.file && isUnderWay(print.state))
      throw new Error(`The printer is at "${print.file}", which this bridge did not start.`);
    run.isCancelWanted = true;
    const takeBack = this.#clock.after(CANCELLED_WITHIN_MS, () => {
      run.isStopped = true;
      session.emergencyStop().catch(() => undefined);
    });
    const ended = this.#waits.until(() => run.phase === 'ended', STANDS_WITHIN_MS);
    const ordered = session.print('cancel').then(
      () => ended,
      (cause) => {
        if (!(cause instanceof RpcRefused)) throw cause;
        // Most often it has just ended.
        this.#settleAfter(0);
        return ended;
      },
    );
    try {
      await Promise.race([ended, ordered]);
    } finally {
      takeBack();
    }
  }

  async clearFault(): Promise<void> {
    if (this.#run !== undefined) throw new Error('The printer is busy: cancel the job first.');
    if (this.#state.kind === 'idle') return;
    // Klipper goes away over its own restart, often before it has answered.
    this.#link
      .moonraker()
      .firmwareRestart()
      .catch(() => undefined);
    await this.#waits.until(() => this.#state.kind === 'idle', STANDS_WITHIN_MS);
  }

  async close(): Promise<void> {
    this.#takeBackSettling();
    this.#link.close();
    const run = this.#run;
    const reason = 'The bridge let go of the printer.';
    if (run !== undefined)
      this.#end(run, { kind: 'failed', cause: 'link-lost', words: reason, line: run.line });
    this.#waits.giveUp(reason);
    this.#setState({ kind: 'offline', reason });
  }

  async #place(program: readonly string[], name: string): Promise<void> {
    prepareMarlinProgram(program, this.#options.rules);
    this.#link.moonraker();
    const text = textOf(program);
    await uploadProgram(this.#options, name, text);
    this.#placed.set(name, measureProgram(text));
  }

  async #bring(kind: 'running' | 'paused', order: 'pause' | 'resume', what: string): Promise<void> {
    const run = this.#run;
    if (run === undefined || run.phase === 'begun') throw new Error('No job is running.');
    await this.#link.klipper().print(order);
    await this.#waits.until(() => run.phase === 'ended' || this.#state.kind === kind, STANDS_WITHIN_MS);
    if (run.phase === 'ended') throw new Error(`The job ended before it ${what}.`);
  }

  async #findAgain(name: string): Promise<HostedRun> {
    let found = await this.#find(name);
    if (found.kind === 'not-started') {
      await this.#pass(SURE_AFTER_MS);
      found = await this.#find(name);
      if (found.kind === 'not-started') await this.#link.klipper().withdraw(name);
    }
    if (found.kind === 'unsettled') throw new Error(found.words);
    if (found.kind === 'running' || found.kind === 'paused') await this.#adopt(name);
    else if (this.#run?.file === name) this.#drop(this.#run, 'The printer never began to print it.');
    if (found.kind !== 'running' && found.kind !== 'paused') this.#take();
    return found;
  }

  /** Asks Klipper in one piece and Moonraker's history after it, so that no end can fall between the two. */
  async #find(file: string): Promise<RunFound> {
    const report = await this.#link.refresh();
    if (report.klipper.kind === 'starting') throw new Error('Klipper is starting.');
    const history = await this.#link.klipper().history();
    const wasSeen = this.#run?.file === file && this.#run.phase === 'seen';
    return findRun(file, { report, history, wasSeen });
  }

  /** A run of an earlier life of the bridge, which goes on. */
  async #adopt(name: string): Promise<void> {
    if (this.#run?.file === name) return this.#take();
    const text = this.#placed.has(name)
      ? undefined
      : await downloadProgram(this.#options, name).catch(() => undefined);
    const program = text === undefined ? this.#placed.get(name) : measureProgram(text);
    this.#run = { ...newRun(name, this.#clock.nowMs(), program), phase: 'seen' };
    this.#take();
  }

  /** Makes of what Klipper says what it means for the machine and for the run that is under way. */
  #take(): void {
    const report = this.#link.report;
    const run = this.#run;
    if (run !== undefined) followLine(run, report);
    this.#measure(report.telemetry);
    if (run === undefined) this.#setState(machineStateOf(report));
    else if (
      report.klipper.kind === 'ready' &&
      report.print.file === run.file &&
      isUnderWay(report.print.state)
    ) {
      run.phase = 'seen';
      run.askedSinceMs = undefined;
      this.#takeBackSettling();
      this.#setState(machineStateOf(report, run.file));
    } else {
      this.#setState({ kind: 'busy', words: 'The printer is asked what became of the job.' });
      if (run.phase === 'seen' || report.klipper.kind === 'down') this.#settleAfter(0);
    }
    this.#waits.look();
  }

  #settleAfter(delayMs: number): void {
    this.#takeBackSettling();
    this.#takeBackSettling = this.#clock.after(delayMs, () => void this.#settle());
  }

  /** Finds out about a run that the printer is not at. Without a link nothing is said of it, however long that takes. */
  async #settle(): Promise<void> {
    const run = this.#run;
    if (run === undefined || this.#isSettling) return;
    this.#isSettling = true;
    if (this.#link.isKlipperThere) run.askedSinceMs ??= this.#clock.nowMs();
    try {
      const found = await this.#find(run.file);
      if (run === this.#run) await this.#conclude(run, found);
    } catch {
      this.#settleAfter(ASK_AGAIN_MS);
    } finally {
      this.#isSettling = false;
    }
  }

  async #conclude(run: PrintRun, found: RunFound): Promise<void> {
    const ageMs = this.#clock.nowMs() - run.sinceMs;
    if (found.kind === 'running' || found.kind === 'paused') return this.#take();
    if (found.kind === 'ended') {
      this.#end(run, found.outcome);
      return this.#take();
    }
    if (run.refusal !== undefined && found.kind !== 'unsettled') {
      this.#drop(run, `The printer did not start it: ${run.refusal}`);
      return this.#take();
    }
    if (run.phase === 'begun' && found.kind !== 'unsettled' && ageMs < SEEN_WITHIN_MS)
      return this.#settleAfter(ASK_AGAIN_MS);
    if (found.kind === 'not-started') {
      await this.#link.klipper().withdraw(run.file);
      this.#drop(run, 'The printer accepted the start but did not begin; the file was taken away.');
      return this.#take();
    }
    const askedMs = this.#clock.nowMs() - (run.askedSinceMs ?? 0);
    if (askedMs < (found.kind === 'unsettled' ? UNSETTLED_MAX_MS : UNKNOWN_MAX_MS))
      return this.#settleAfter(ASK_AGAIN_MS);
    // Not for a driver to decide: whoever holds the job asks again over the next link.
    this.#end(run, { kind: 'failed', cause: 'link-lost', words: found.words, line: run.line });
    this.#link.lose(found.words);
  }

  #end(run: PrintRun, outcome: Parameters<typeof outcomeOf>[1]): void {
    this.#drop(run);
    if (outcome.kind === 'succeeded' && run.program !== undefined) run.line = run.program.ends.length;
    this.#measure({}, run);
    this.#say({ kind: 'ended', outcome: outcomeOf(run, outcome) });
  }

  #drop(run: PrintRun, problem?: string): void {
    if (problem !== undefined && run.phase === 'begun') run.problem = problem;
    run.phase = 'ended';
    this.#placed.delete(run.file);
    this.#takeBackSettling();
    if (this.#run === run) this.#run = undefined;
    this.#waits.look();
  }

  #measure(measured: Partial<MachineTelemetry>, run = this.#run): void {
    const linesTotal = run?.program?.ends.length ?? 0;
    const lines = run && {
      ...{ linesTotal, linesAcknowledged: run.line },
      line: Math.max(0, Math.min(run.line, linesTotal - 1)),
    };
    this.#telemetry = { ...this.#telemetry, ...measured, ...lines };
    this.#say({ kind: 'telemetry', telemetry: this.#telemetry });
  }

  #setState(state: MachineState): void {
    if (JSON.stringify(state) === JSON.stringify(this.#state)) return;
    this.#state = state;
    this.#say({ kind: 'state', state });
    this.#waits.look();
  }

  #say(event: MachineEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  #pass(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.after(ms, resolve);
    });
  }
}

const capabilities = {
  jobHost: 'controller' as const,
  pause: 'drain' as const,
  positionKeptAfterCancel: true,
  hasHeaters: true,
  window: { unit: 'lines' as const, size: 1 },
};

function inWords(state: MachineState): string {
  if (state.kind === 'offline') return state.reason;
  return 'words' in state ? state.words : `the printer is ${state.kind}.`;
}
