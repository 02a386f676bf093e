import { Heater } from './heater.ts';
import type { Faults } from './line-faults.ts';
import { type MarlinCommand, readCommand, readNumbered } from './marlin-command.ts';
import { MarlinMotion, type MarlinOptions } from './marlin-motion.ts';
import {
  FILAMENT_PROMPT,
  identityLines,
  NOT_COUNTED,
  needsStandstill,
  WITHOUT_EFFECT,
} from './marlin-words.ts';
import { PeriodicReport } from './periodic-report.ts';
import { SerialBuffer } from './serial-buffer.ts';

const MS_PER_S = 1_000;
const LINE_CHARACTERS_MAX = 96;
const KEEPALIVE_MS = 2_000;
const HEAT_REPORT_MS = 1_000;
const HOMING_MS = 8_000;
const PROBING_MS = 15_000;
const DAMAGES = {
  'no-sum': 'No Checksum with line number',
  'no-number': 'No Line Number with checksum',
  'wrong-sum': 'checksum mismatch',
} as const;
/** A controller without chance in it. */
const NEVER = () => 1;

type Wait =
  | { kind: 'time'; untilMs: number; then: () => void }
  | { kind: 'heat'; heater: Heater; waitsForCooling: boolean; lastReportMs: number }
  | { kind: 'person' };

/**
 * Marlin 2.1 behind its receive buffer and its queue of commands: what it answers, when, how warm it is and where its nozzle
 * is. Without I/O and without a clock of its own: all times are milliseconds of the machine's time, handed in.
 */
export class MarlinController {
  readonly options: MarlinOptions;
  readonly #say: (line: string) => void;
  /** Machine milliseconds in one millisecond of the link: reports keep the pace of the link. */
  readonly #pace: number;
  readonly #rx: SerialBuffer;
  #motion: MarlinMotion;
  nozzle = new Heater({ ambientC: 21, heatingCPerS: 3, coolingTimeS: 120 });
  bed = new Heater({ ambientC: 21, heatingCPerS: 0.8, coolingTimeS: 500 });
  #line = '';
  #raw = '';
  #queue: { command: MarlinCommand; number: number | undefined }[] = [];
  #lastNumber = 0;
  #wait: Wait | undefined;
  #busySinceMs: number | undefined;
  #isKilled = false;
  readonly #temperatureReport = new PeriodicReport();
  readonly #positionReport = new PeriodicReport();
  lines = 0;
  /** Each happens once: it is taken away when it does. */
  faults: Faults = {};
  readonly #random: () => number;
  /** Each command that was carried out, in order. */
  onExecuted: (text: string) => void = () => undefined;

  constructor(
    options: MarlinOptions,
    pace: number,
    say: (line: string) => void,
    random: () => number = NEVER,
  ) {
    this.#random = random;
    this.options = options;
    this.#pace = pace;
    this.#say = say;
    this.#rx = new SerialBuffer(options.realRxBytes ?? options.rxBytes);
    this.#motion = new MarlinMotion(options);
  }

  get lostBytes(): number {
    return this.#rx.lost;
  }

  plugged(nowMs: number): void {
    if (this.#isKilled && this.options.restartsWhenKilled) this.reset(nowMs);
  }

  reset(nowMs: number): void {
    for (const heater of [this.nozzle, this.bed]) heater.set(0, nowMs);
    const at = this.#motion.planner.position(nowMs);
    this.#motion = new MarlinMotion(this.options);
    this.#motion.planned = at;
    this.#motion.planner.place(at);
    this.#rx.clear();
    this.#line = '';
    this.#raw = '';
    this.#queue = [];
    this.#lastNumber = 0;
    this.#wait = undefined;
    this.#busySinceMs = undefined;
    this.#isKilled = false;
    for (const report of [this.#temperatureReport, this.#positionReport]) report.set(0, nowMs);
    this.#say('start');
    this.#say('echo:Marlin 2.1.2.5');
  }

  receive(bytes: Uint8Array, nowMs: number): void {
    this.run(nowMs);
    for (const byte of bytes) {
      if (this.options.hasEmergencyParser && this.#emergency(byte, nowMs)) continue;
      if (this.#isKilled) continue;
      this.#rx.push(byte);
      if (byte === 10) this.run(nowMs);
    }
    this.run(nowMs);
  }

  nextMs(nowMs: number): number {
    if (this.#isKilled) return Infinity;
    const wait = this.#wait;
    let next = Math.min(this.#temperatureReport.nextMs, this.#positionReport.nextMs);
    if (this.#busySinceMs !== undefined) next = Math.min(next, this.#busySinceMs + KEEPALIVE_MS * this.#pace);
    if (wait?.kind === 'time') next = Math.min(next, wait.untilMs);
    if (wait?.kind === 'heat') {
      next = Math.min(
        next,
        Math.max(nowMs, wait.heater.reachedMs(nowMs)),
        wait.lastReportMs + HEAT_REPORT_MS * this.#pace,
      );
    }
    if (this.#queue.length > 0 && wait === undefined) next = Math.min(next, this.#motion.planner.blockEndMs);
    return next;
  }

  run(nowMs: number): void {
    if (this.#isKilled) return;
    this.#motion.planner.advance(nowMs);
    for (;;) {
      this.#fillQueue();
      const head = this.#queue[0];
      if (head === undefined || this.#isKilled) break;
      if (!this.#isDone(head.command, nowMs)) {
        this.#busySinceMs ??= nowMs;
        break;
      }
      if (this.#queue[0] !== head) continue;
      this.#queue.shift();
      this.#busySinceMs = undefined;
      const isM105 = head.command.code === 'M105';
      this.#answer(isM105 ? ` ${this.#temperatures(nowMs)}` : this.#progress(head.number));
    }
    if (!this.#isKilled) this.#report(nowMs);
  }

  position(nowMs: number): number[] {
    return this.#motion.planner.position(nowMs);
  }

  /** The current comes back: cold, and where it stands is not known. */
  powerUp(nowMs: number): void {
    this.#motion.stop(nowMs);
    this.reset(nowMs);
  }

  kill(words: string, nowMs: number): void {
    this.#motion.stop(nowMs);
    for (const heater of [this.nozzle, this.bed]) heater.set(0, nowMs);
    this.#queue = [];
    this.#wait = undefined;
    this.#isKilled = true;
    if (words !== '') this.#say(`Error:${words}`);
    this.#say('Error:Printer halted. kill() called!');
  }

  /** Marlin watches the bytes as they come in; the line still goes its ordinary way. True when the board was reset. */
  #emergency(byte: number, nowMs: number): boolean {
    if (byte !== 10) {
      if (this.#raw.length < LINE_CHARACTERS_MAX) this.#raw += String.fromCharCode(byte);
      return false;
    }
    if (/^\s*(?:\^X|KILL)\s*$/.test(this.#raw)) {
      this.reset(nowMs);
      return true;
    }
    const code = /^\s*(?:N-?\d+\s*)?M(108|112|410|876)(?!\d)/.exec(this.#raw)?.[1];
    this.#raw = '';
    if (code === '112') this.kill('', nowMs);
    else if (code === '410') this.#motion.stop(nowMs);
    else if (code === '108' && this.#wait?.kind !== 'time') this.#wait = undefined;
    else if (code === '876') this.#endPrompt();
    return false;
  }

  /** The line that met the end of the filament is carried out when a person has said to go on. */
  #askForFilament(): void {
    this.lines -= 1;
    this.#wait = { kind: 'person' };
    for (const line of FILAMENT_PROMPT) this.#say(line);
  }

  #endPrompt(): void {
    if (this.#wait?.kind !== 'person') return;
    this.#wait = undefined;
    this.#say('//action:prompt_end');
    this.#say('//action:resumed');
  }

  #fillQueue(): void {
    while (this.#queue.length < this.options.queueLines) {
      const byte = this.#rx.shift();
      if (byte === undefined) return;
      if (byte !== 10 && byte !== 13) {
        if (this.#line.length < LINE_CHARACTERS_MAX) this.#line += String.fromCharCode(byte);
        continue;
      }
      const line = this.#line;
      this.#line = '';
      if (line.trim() !== '') this.#accept(line);
    }
  }

  #accept(line: string): void {
    const read = readNumbered(line);
    if (read.kind !== 'plain' && read.kind !== 'numbered') {
      this.#askAgain(DAMAGES[read.kind]);
      return;
    }
    const command = readCommand(read.text);
    const number = read.kind === 'numbered' ? read.number : undefined;
    if (command?.code === 'M110') this.#lastNumber = command.values.get('N') ?? number ?? this.#lastNumber;
    else if (number !== undefined && !this.#isInTurn(number)) return;
    if (command !== undefined) this.#queue.push({ command, number });
  }

  #isInTurn(number: number): boolean {
    const isNext = number === this.#lastNumber + 1;
    if (!isNext) this.#askAgain('Line Number is not Last Line Number+1');
    else if (this.#random() < (this.faults.resends ?? 0)) this.#askAgain('checksum mismatch');
    else {
      this.#lastNumber = number;
      return true;
    }
    return false;
  }

  /** What else is in the receive buffer goes with the damaged line. */
  #askAgain(why: string): void {
    this.#say(`Error:${why}, Last Line: ${this.#lastNumber}`);
    this.#rx.clear();
    this.#say(`Resend: ${this.#lastNumber + 1}`);
    if (this.options.saysOkAfterResend) this.#say(`ok${this.#progress(undefined)}`);
  }

  #answer(detail: string): void {
    this.#say(`ok${detail}`);
    if (this.#random() >= (this.faults.needlessResends ?? 0)) return;
    this.#say(`Resend: ${this.#lastNumber + 1}`);
    if (this.options.saysOkAfterResend) this.#say(`ok${this.#progress(undefined)}`);
  }

  /** What ADVANCED_OK adds: the line, free places of the planner, free places of the queue. */
  #progress(number: number | undefined): string {
    if (!this.options.hasAdvancedOk) return '';
    const name = number === undefined ? '' : ` N${number}`;
    return `${name} P${this.#motion.planner.freeBlocks} B${this.options.queueLines - this.#queue.length}`;
  }

  /** True when the command at the head of the queue is carried out; false when it must be asked again later. */
  #isDone(command: MarlinCommand, nowMs: number): boolean {
    const wait = this.#wait;
    if (wait !== undefined) {
      if (!this.#isOver(wait, nowMs)) return false;
      this.#wait = undefined;
      if (wait.kind === 'time') wait.then();
      return true;
    }
    // M108 took the wait away from under the command.
    if (this.#busySinceMs !== undefined && /^M(?:0|1|109|190|600)$/.test(command.code)) return true;
    if (
      /^G[0-3]$/.test(command.code)
        ? this.#motion.planner.freeBlocks === 0
        : needsStandstill(command.code) && !this.#motion.planner.isEmpty
    )
      return false;
    if (!NOT_COUNTED.has(command.code) && this.#meetsFault(nowMs)) return false;
    this.onExecuted(command.text);
    this.#perform(command, nowMs);
    return this.#wait === undefined;
  }

  #isOver(wait: Wait, nowMs: number): boolean {
    if (wait.kind === 'time') return nowMs >= wait.untilMs;
    return wait.kind === 'heat' && wait.heater.isReached(nowMs, wait.waitsForCooling);
  }

  #meetsFault(nowMs: number): boolean {
    this.lines += 1;
    if (this.lines >= (this.faults.alarmAtLine ?? Infinity)) {
      delete this.faults.alarmAtLine;
      this.kill('Thermal Runaway, system stopped! Heater_ID: 0', nowMs);
      return true;
    }
    if (this.lines >= (this.faults.resetAtLine ?? Infinity)) {
      delete this.faults.resetAtLine;
      this.reset(nowMs);
      return true;
    }
    if (this.lines >= (this.faults.filamentEndsAtLine ?? Infinity)) {
      delete this.faults.filamentEndsAtLine;
      this.#askForFilament();
      return true;
    }
    return false;
  }

  #perform(command: MarlinCommand, nowMs: number): void {
    const { code } = command;
    if (/^G[0-3]$/.test(code)) {
      const said = this.#motion.move(command, this.nozzle.temperatureC(nowMs), this.lines, nowMs);
      if (said !== undefined) this.#say(said);
    } else if (
      !this.#motion.setMode(command) &&
      !this.#performHeat(command, nowMs) &&
      !this.#performWait(command, nowMs)
    ) {
      this.#performReport(command, nowMs);
    }
  }

  #performHeat({ code, values }: MarlinCommand, nowMs: number): boolean {
    const heater =
      code === 'M104' || code === 'M109'
        ? this.nozzle
        : code === 'M140' || code === 'M190'
          ? this.bed
          : undefined;
    if (heater === undefined) return false;
    heater.set(values.get('S') ?? values.get('R') ?? 0, nowMs);
    if (code === 'M109' || code === 'M190') {
      this.#wait = { kind: 'heat', heater, waitsForCooling: values.has('R'), lastReportMs: nowMs };
      if (heater.isReached(nowMs, values.has('R'))) this.#wait = undefined;
    }
    return true;
  }

  #performWait({ code, values }: MarlinCommand, nowMs: number): boolean {
    const after = (ms: number, then: () => void) => {
      this.#wait = { kind: 'time', untilMs: nowMs + ms, then };
    };
    if (code === 'G28') after(HOMING_MS, () => this.#motion.home(values));
    else if (code === 'G29') after(PROBING_MS, () => undefined);
    else if (code === 'G4')
      after((values.get('S') ?? 0) * MS_PER_S + (values.get('P') ?? 0), () => undefined);
    else if (code === 'M0' || code === 'M1') {
      this.#wait = { kind: 'person' };
      this.#say('//action:paused');
      this.#say('echo:busy: paused for user');
    } else return code === 'M400';
    return true;
  }

  #performReport({ code, text, values }: MarlinCommand, nowMs: number): void {
    if (code === 'M114') this.#say(this.#motion.report(values.has('R'), nowMs));
    else if (code === 'M115') for (const line of identityLines(this.options)) this.#say(line);
    else if (code === 'M118')
      this.#say(
        text
          .replace(/^M118\s*/i, '')
          .replace(/^E1\s*/, 'echo:')
          .replace(/^A1\s*/, '//'),
      );
    else if (code === 'M154' || code === 'M155') {
      const report = code === 'M154' ? this.#positionReport : this.#temperatureReport;
      report.set((values.get('S') ?? 0) * MS_PER_S * this.#pace, nowMs);
    } else if (code === 'M112') this.kill('', nowMs);
    else if (code === 'M410') this.#motion.stop(nowMs);
    else if (!WITHOUT_EFFECT.has(code)) this.#say(`echo:Unknown command: "${text}"`);
  }

  #temperatures(nowMs: number): string {
    const show = (heater: Heater) => `${heater.temperatureC(nowMs).toFixed(2)} /${heater.target.toFixed(2)}`;
    return `T:${show(this.nozzle)} B:${show(this.bed)} @:${this.nozzle.target > 0 ? 64 : 0} B@:${this.bed.target > 0 ? 64 : 0}`;
  }

  /** Reports that come by themselves, and the sign of life while a command takes its time. */
  #report(nowMs: number): void {
    if (this.#temperatureReport.isDue(nowMs)) this.#say(` ${this.#temperatures(nowMs)}`);
    if (this.#positionReport.isDue(nowMs)) this.#say(this.#motion.report(false, nowMs));
    const wait = this.#wait;
    if (wait?.kind === 'heat' && nowMs - wait.lastReportMs >= HEAT_REPORT_MS * this.#pace) {
      wait.lastReportMs = nowMs;
      this.#say(` ${this.#temperatures(nowMs)} W:?`);
    }
    if (this.#busySinceMs !== undefined && nowMs - this.#busySinceMs >= KEEPALIVE_MS * this.#pace) {
      this.#busySinceMs = nowMs;
      this.#say(`echo:busy: ${wait?.kind === 'person' ? 'paused for user' : 'processing'}`);
    }
  }
}
