import { bare, readLine } from './gcode-line.ts';
import { freshModal, type GrblBlock, type Modal, readBlock } from './grbl-block.ts';
import { freshOffsets, isWithin, moveOf, type Offsets, setOffsets, workOffset } from './grbl-motion.ts';
import { type GrblOptions, grblSettings } from './grbl-settings.ts';
import { obeySystem } from './grbl-system.ts';
import { MotionPlanner } from './motion-planner.ts';
import { PathClock } from './path-clock.ts';
import { straight } from './paths.ts';
import { SerialBuffer } from './serial-buffer.ts';

const LINE_CHARACTERS_MAX = 80;
const MS_PER_S = 1_000;
const S_PER_MIN = 60;
/** Writing EEPROM keeps the receiver's interrupt off about this long for one set of offsets. */
const EEPROM_MS = 40;
const HOMING_MS = 4_000;
const PULL_OFF_MM = 1;
/** Reports between two that tell the work offset. */
const OFFSET_EVERY = 10;
const BANNER = "\r\nGrbl 1.1h ['$' for help]";

export type GrblControllerState = 'Idle' | 'Alarm' | 'Check' | 'Home' | 'Sleep' | 'Jog';

/**
 * GRBL 1.1 behind its receive buffer: what it answers, when, and where its tool is. Without I/O and without a clock of its
 * own: all times are milliseconds of the machine's time, handed in.
 */
export class GrblController {
  readonly options: GrblOptions;
  readonly settings: Map<number, number>;
  readonly offsets: Offsets;
  readonly #say: (line: string) => void;
  readonly #rx: SerialBuffer;
  readonly #clock = new PathClock();
  #planner: MotionPlanner;
  modal: Modal = freshModal();
  mode: GrblControllerState = 'Idle';
  /** Planned machine position, ahead of the tool. */
  planned: number[] = [-PULL_OFF_MM, -PULL_OFF_MM, -PULL_OFF_MM];
  #line = '';
  #isOverlong = false;
  #pending: string | undefined;
  #isHeld = false;
  #busyUntilMs = 0;
  #deafUntilMs = 0;
  /** The line that keeps it busy is answered when that is over. */
  #owesOk = false;
  /** After a limit alarm only a reset is obeyed. */
  #isLocked = false;
  #waitsForLimit = false;
  #reports = 0;
  /** G-code lines taken so far. */
  lines = 0;
  alarmAtLine: number | undefined;
  resetAtLine: number | undefined;

  constructor(options: GrblOptions, say: (line: string) => void) {
    this.options = options;
    this.#say = say;
    this.settings = grblSettings(options);
    this.offsets = freshOffsets(options);
    this.#rx = new SerialBuffer(options.rxBytes);
    this.#planner = this.#newPlanner();
    if (!options.isHomed && options.hasHoming) this.mode = 'Alarm';
  }

  get lostBytes(): number {
    return this.#rx.lost;
  }

  /** A network socket has no reset line: a new host finds the controller as it is. */
  plugged(nowMs: number): void {
    this.run(nowMs);
  }

  get isMoving(): boolean {
    return !this.#planner.isEmpty;
  }

  banner(): void {
    this.#say(BANNER);
    if (this.mode === 'Alarm') this.#say("[MSG:'$H'|'$X' to unlock]");
  }

  receive(bytes: Uint8Array, nowMs: number): void {
    this.run(nowMs);
    for (const byte of bytes) {
      if (nowMs < this.#deafUntilMs) continue;
      if (!this.#realTime(byte, nowMs)) this.#rx.push(byte);
      // The main loop empties the buffer between any two bytes of a serial line.
      if (byte === 10) this.run(nowMs);
    }
    this.run(nowMs);
  }

  /** When something will happen by itself; Infinity for never. */
  nextMs(nowMs: number): number {
    if (this.#isLocked) return Infinity;
    const busy = this.#busyUntilMs > nowMs ? this.#busyUntilMs : Infinity;
    const hold = this.#isHeld && this.#clock.settledMs > nowMs ? this.#clock.settledMs : Infinity;
    const isWaiting = this.#pending !== undefined || this.alarmAtLine !== undefined || this.mode === 'Jog';
    const block = isWaiting ? this.#clock.when(this.#planner.blockEndMs, nowMs) : Infinity;
    return Math.min(busy, hold, block);
  }

  /** Lets time pass up to `nowMs` and does what became possible. */
  run(nowMs: number): void {
    this.#planner.advance(this.#clock.at(nowMs));
    if (this.#isLocked) return;
    this.#watchLimits(nowMs);
    if (this.#owesOk && nowMs >= this.#busyUntilMs) this.#finishBusy();
    while (!this.#isLocked && !this.#isHeld && nowMs >= this.#busyUntilMs) {
      const line = this.#pending ?? this.#readLine();
      if (line === undefined) break;
      this.#pending = line;
      if (!this.#take(line, nowMs)) break;
      this.#pending = undefined;
      if (this.#owesOk && nowMs >= this.#busyUntilMs) this.#finishBusy();
    }
    if (this.mode === 'Jog' && this.#planner.isEmpty) this.mode = 'Idle';
  }

  /** Where the tool is, in machine coordinates. */
  position(nowMs: number): number[] {
    return this.#planner.position(this.#clock.at(nowMs));
  }

  ok(): void {
    this.#say('ok');
  }

  say(line: string): void {
    this.#say(line);
  }

  /** Bytes that come during the write are lost. */
  writeEeprom(nowMs: number): void {
    this.#deafUntilMs = nowMs + EEPROM_MS;
    this.#beBusy(EEPROM_MS, nowMs);
  }

  startHoming(nowMs: number): void {
    this.mode = 'Home';
    this.#beBusy(HOMING_MS, nowMs);
  }

  #beBusy(ms: number, nowMs: number): void {
    this.#busyUntilMs = nowMs + ms;
    this.#owesOk = true;
  }

  reset(nowMs: number): void {
    const wasMoving = !this.#planner.isEmpty && this.#clock.rate(nowMs) > 0;
    this.planned = this.#planner.stop(this.#clock.at(nowMs));
    this.#clock.restart(nowMs);
    this.#rx.clear();
    this.#line = '';
    this.#isOverlong = false;
    this.#pending = undefined;
    this.#isHeld = false;
    this.#busyUntilMs = 0;
    this.#owesOk = false;
    this.#waitsForLimit = false;
    this.modal = freshModal();
    this.offsets.g92 = [0, 0, 0];
    if ((wasMoving && !this.#isLocked) || this.mode === 'Home') {
      this.#say(`ALARM:${this.mode === 'Home' ? 6 : 3}`);
      this.mode = 'Alarm';
    } else if (this.mode !== 'Alarm') {
      this.mode = 'Idle';
    }
    this.#isLocked = false;
    this.#reports = 0;
    this.banner();
  }

  alarm(code: number, nowMs: number): void {
    this.planned = this.#planner.stop(this.#clock.at(nowMs));
    this.#clock.restart(nowMs);
    this.mode = 'Alarm';
    this.#isHeld = false;
    this.#waitsForLimit = false;
    this.#owesOk = false;
    this.#isLocked = code <= 2;
    this.modal = { ...this.modal, spindle: 5, coolant: 9 };
    this.#say(`ALARM:${code}`);
    if (this.#isLocked) this.#say('[MSG:Reset to continue]');
  }

  #newPlanner(): MotionPlanner {
    const { plannerBlocks, junctionDeviationMm } = this.options;
    return new MotionPlanner({ capacity: plannerBlocks, junctionDeviationMm, at: this.planned });
  }

  /** True when the byte was a real-time command; those never reach the buffer. */
  #realTime(byte: number, nowMs: number): boolean {
    const character = String.fromCharCode(byte);
    if (byte === 0x18) this.reset(nowMs);
    else if (character === '?') this.#report(nowMs);
    else if (character === '!') this.#hold(nowMs);
    else if (character === '~') this.#goOn(nowMs);
    else if (byte === 0x85 && this.mode === 'Jog') {
      this.planned = this.#planner.stop(this.#clock.at(nowMs));
      this.mode = 'Idle';
    } else return byte >= 0x80;
    return true;
  }

  #hold(nowMs: number): void {
    if (this.#isHeld || this.#isLocked || (this.mode !== 'Idle' && this.mode !== 'Jog')) return;
    this.#isHeld = true;
    const speed = this.#planner.speed(this.#clock.at(nowMs));
    this.#clock.hold(nowMs, speed, this.options.accelerationMmPerS2);
  }

  #goOn(nowMs: number): void {
    if (!this.#isHeld || this.#waitsForLimit) return;
    this.#isHeld = false;
    const speed = this.#planner.speed(this.#clock.at(nowMs));
    this.#clock.goOn(nowMs, speed, this.options.accelerationMmPerS2);
  }

  #watchLimits(nowMs: number): void {
    if (this.#waitsForLimit && (this.#planner.isEmpty || this.#clock.rate(nowMs) === 0)) this.alarm(2, nowMs);
    const { alarmAtLine } = this;
    if (alarmAtLine === undefined || (this.#planner.tag ?? 0) < alarmAtLine) return;
    this.alarmAtLine = undefined;
    this.alarm(1, nowMs);
  }

  #finishBusy(): void {
    this.#owesOk = false;
    if (this.mode === 'Home') this.#homed();
    this.ok();
  }

  #homed(): void {
    this.planned = [-PULL_OFF_MM, -PULL_OFF_MM, -PULL_OFF_MM];
    this.#planner.place(this.planned);
    this.mode = 'Idle';
  }

  #readLine(): string | undefined {
    for (let byte = this.#rx.shift(); byte !== undefined; byte = this.#rx.shift()) {
      if (byte === 10 || byte === 13) {
        const line = this.#isOverlong ? undefined : this.#line;
        this.#line = '';
        this.#isOverlong = false;
        if (line === undefined) this.#say('error:11');
        else return line;
      } else if (this.#line.length < LINE_CHARACTERS_MAX - 1) {
        this.#line += String.fromCharCode(byte);
      } else {
        this.#isOverlong = true;
      }
    }
    return;
  }

  /** False when the line has to wait for the planner. */
  #take(raw: string, nowMs: number): boolean {
    const line = bare(raw);
    if (line === '') {
      this.ok();
      return true;
    }
    if (line.startsWith('$')) return obeySystem(this, line, nowMs);
    if (this.mode === 'Alarm' || this.mode === 'Jog') {
      this.#say('error:9');
      return true;
    }
    const words = readLine(line.replace(/\//g, ''));
    const block = typeof words === 'number' ? words : readBlock(words, this.modal);
    if (typeof block === 'number') {
      this.lines += 1;
      this.#say(`error:${block}`);
      return true;
    }
    const needsStandstill = block.once !== undefined || block.changesSpindle || block.program !== undefined;
    if (this.mode !== 'Check' && (needsStandstill ? !this.#planner.isEmpty : this.#planner.freeBlocks === 0))
      return false;
    this.lines += 1;
    this.#perform(block, nowMs);
    return true;
  }

  #perform(block: GrblBlock, nowMs: number): void {
    if (this.resetAtLine !== undefined && this.lines >= this.resetAtLine) {
      this.resetAtLine = undefined;
      this.planned = this.#planner.stop(this.#clock.at(nowMs));
      this.mode = 'Idle';
      this.reset(nowMs);
      return;
    }
    if (block.moves && !this.#move(block, nowMs)) return;
    this.modal = block.modal;
    if (block.once !== undefined) this.#once(block, block.once, nowMs);
    if (block.program === 2 || block.program === 30) {
      const { feedMmPerMin } = this.modal;
      this.modal = { ...freshModal(), units: this.modal.units, feedMmPerMin };
      this.#say('[MSG:Pgm End]');
    }
    if (!this.#owesOk) this.ok();
    if (block.program === 0 && this.mode !== 'Check') this.#isHeld = true;
  }

  /** False when the block ended in an error or an alarm. */
  #move(block: GrblBlock, nowMs: number): boolean {
    const move = moveOf(block, this.planned, this.offsets, this.options);
    if (typeof move === 'number') {
      this.#say(`error:${move}`);
      return false;
    }
    if (this.settings.get(20) === 1 && !isWithin(move.path, this.options)) {
      this.#isHeld = true;
      this.#waitsForLimit = true;
      this.#clock.hold(nowMs, this.#planner.speed(this.#clock.at(nowMs)), this.options.accelerationMmPerS2);
      this.#watchLimits(nowMs);
      return false;
    }
    if (this.mode === 'Check') return true;
    this.planned = [...move.path.to];
    if (move.path.lengthMm > 0)
      this.#planner.push(move.path, move.speed, move.acceleration, this.lines, this.#clock.at(nowMs));
    return true;
  }

  /** For `$J=`: false when it would leave the travel. */
  jog(block: GrblBlock, nowMs: number): boolean {
    const move = moveOf(block, this.planned, this.offsets, this.options);
    if (typeof move === 'number' || !isWithin(move.path, this.options)) return false;
    this.mode = 'Jog';
    this.planned = [...move.path.to];
    this.#planner.push(move.path, move.speed, move.acceleration, this.lines, this.#clock.at(nowMs));
    return true;
  }

  #once(block: GrblBlock, once: number, nowMs: number): void {
    if (once === 4) this.#beBusy((block.values.get('P') ?? 0) * MS_PER_S, nowMs);
    else if (once === 28 || once === 30)
      this.#goHome(block, once === 28 ? this.offsets.g28 : this.offsets.g30, nowMs);
    else if (setOffsets(block, once, this.planned, this.offsets)) this.writeEeprom(nowMs);
    this.#reports = 0;
  }

  #goHome(block: GrblBlock, place: readonly number[], nowMs: number): void {
    const named = ['X', 'Y', 'Z'].map((letter) => block.values.has(letter));
    const all = !named.includes(true);
    const to = this.planned.map((value, axis) => (all || named[axis] ? (place[axis] ?? 0) : value));
    const path = straight(this.planned, to);
    if (path.lengthMm === 0) return;
    this.planned = to;
    const { rapidMmPerMin, accelerationMmPerS2 } = this.options;
    this.#planner.push(
      path,
      rapidMmPerMin / S_PER_MIN / 2,
      accelerationMmPerS2 / 2,
      this.lines,
      this.#clock.at(nowMs),
    );
  }

  stateWord(nowMs: number): string {
    if (this.mode === 'Idle' && this.#isHeld)
      return this.#clock.rate(nowMs) > 0 && this.isMoving ? 'Hold:1' : 'Hold:0';
    if (this.mode === 'Idle' && this.isMoving) return 'Run';
    return this.mode;
  }

  /** Silent while homing and after a limit alarm, as GRBL is. */
  #report(nowMs: number): void {
    this.run(nowMs);
    if (this.#isLocked || this.mode === 'Home') return;
    const at = this.position(nowMs);
    const offset = workOffset(this.offsets, this.modal);
    const mask = this.settings.get(10) ?? 1;
    const shown = mask & 1 ? at : at.map((value, axis) => value - (offset[axis] ?? 0));
    const speed = this.#planner.speed(this.#clock.at(nowMs)) * this.#clock.rate(nowMs) * S_PER_MIN;
    const rpm = this.modal.spindle === 5 ? 0 : Math.min(this.modal.speedRpm, this.options.spindleRpmMax);
    const buffer = mask & 2 ? `|Bf:${this.#planner.freeBlocks},${this.#rx.free}` : '';
    const tail =
      this.#reports % OFFSET_EVERY === 0
        ? `|WCO:${triple(offset)}`
        : this.#reports % OFFSET_EVERY === 1
          ? '|Ov:100,100,100'
          : '';
    this.#reports += 1;
    const position = `${mask & 1 ? 'MPos' : 'WPos'}:${triple(shown)}`;
    this.#say(
      `<${this.stateWord(nowMs)}|${position}${buffer}|FS:${Math.round(speed)},${Math.round(rpm)}${tail}>`,
    );
  }
}

function triple(values: readonly number[]): string {
  return values.map((value) => value.toFixed(3)).join(',');
}
