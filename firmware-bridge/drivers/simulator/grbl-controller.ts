import { bare, readLine } from './gcode-line.ts';
import { freshModal, type GrblBlock, type Modal, readBlock } from './grbl-block.ts';
import { SafetyDoor } from './grbl-door.ts';
import { bannerOf, realTimeOf } from './grbl-flavour.ts';
import {
  freshOffsets,
  homeward,
  isWithin,
  moveOf,
  type Offsets,
  setOffsets,
  workOffset,
} from './grbl-motion.ts';
import { Overrides } from './grbl-overrides.ts';
import { LineReceiver } from './grbl-receiver.ts';
import { reportLine } from './grbl-report.ts';
import { type GrblOptions, grblSettings } from './grbl-settings.ts';
import { obeySystem } from './grbl-system.ts';
import { HeldMotion } from './held-motion.ts';
import type { Faults } from './line-faults.ts';

const MS_PER_S = 1_000;
const S_PER_MIN = 60;
const HOMING_MS = 4_000;
/** Where homing leaves the tool: pulled off its switches, mm. */
const HOME = [-1, -1, -1];
const PERCENT = 100;
const CENTRE_BYTES = { reset: 0x18, door: 0x84, jogCancel: 0x85, firstHigh: 0x80 } as const;
/** How long somebody has the door open. */
const DOOR_MS = 5_000;

export type GrblControllerState = 'Idle' | 'Alarm' | 'Check' | 'Home' | 'Sleep' | 'Jog' | 'Tool';

/**
 * GRBL 1.1 behind its receive buffer: what it answers, when, and where its tool is. Without I/O and without a clock of its
 * own: all times are milliseconds of the machine's time, handed in.
 */
export class GrblController {
  readonly options: GrblOptions;
  readonly settings: Map<number, number>;
  readonly offsets: Offsets;
  readonly motion: HeldMotion;
  readonly #say: (line: string) => void;
  readonly #rx: LineReceiver;
  readonly #door = new SafetyDoor();
  readonly #overrides = new Overrides();
  modal: Modal = freshModal();
  mode: GrblControllerState = 'Idle';
  #pending: string | undefined;
  #isHeld = false;
  #busyUntilMs = 0;
  /** The line that keeps it busy is answered when that is over. */
  #owesOk = false;
  /** After a limit alarm only a reset is obeyed. */
  #isLocked = false;
  #waitsForLimit = false;
  #reports = 0;
  /** G-code lines taken so far. */
  lines = 0;
  /** Each happens once: it is taken away when it does. */
  faults: Faults = {};
  /** Each line of G-code that was carried out or planned, in order. */
  onExecuted: (line: string) => void = () => undefined;

  constructor(options: GrblOptions, say: (line: string) => void) {
    this.options = options;
    this.#say = say;
    this.settings = grblSettings(options);
    this.offsets = freshOffsets(options);
    this.#rx = new LineReceiver(options.realRxBytes ?? options.rxBytes);
    this.motion = new HeldMotion(options, HOME);
    if (!options.isHomed && options.hasHoming) this.mode = 'Alarm';
  }

  get lostBytes(): number {
    return this.#rx.lost;
  }

  get isMoving(): boolean {
    return !this.motion.isEmpty;
  }

  banner(): void {
    this.#say(bannerOf(this.options));
    if (this.mode === 'Alarm') this.#say("[MSG:'$H'|'$X' to unlock]");
  }

  receive(bytes: Uint8Array, nowMs: number): void {
    this.run(nowMs);
    for (const byte of bytes) {
      if (nowMs < this.#rx.deafUntilMs) continue;
      if (!this.#realTime(byte, nowMs)) this.#rx.push(byte);
      // The main loop empties the buffer between any two bytes of a serial line.
      if (byte === 10) this.run(nowMs);
    }
    this.run(nowMs);
  }

  /** When something will happen by itself; Infinity for never. */
  nextMs(nowMs: number): number {
    if (this.#isLocked) return Infinity;
    const { alarmAtLine, doorAtLine } = this.faults;
    const awaitsLine = alarmAtLine !== undefined || doorAtLine !== undefined;
    const isWaiting = this.#pending !== undefined || this.mode === 'Jog' || awaitsLine;
    const held = this.#isHeld ? this.motion.settledMs : Infinity;
    const ahead = [this.#busyUntilMs, held, this.#door.shutsAtMs].filter((ms) => ms > nowMs);
    return Math.min(...ahead, isWaiting ? this.motion.blockEndMs(nowMs) : Infinity);
  }

  /** Lets time pass up to `nowMs` and does what became possible. */
  run(nowMs: number): void {
    this.motion.advance(nowMs);
    if (this.#isLocked) return;
    this.#watchLimits(nowMs);
    if (this.#owesOk && nowMs >= this.#busyUntilMs) this.#finishBusy();
    while (!this.#isLocked && !this.#isHeld && this.mode !== 'Tool' && nowMs >= this.#busyUntilMs) {
      const line = this.#pending ?? this.#readLine();
      if (line === undefined) break;
      this.#pending = line;
      if (!this.#take(line, nowMs)) break;
      this.#pending = undefined;
      if (this.#owesOk && nowMs >= this.#busyUntilMs) this.#finishBusy();
    }
    if (this.mode === 'Jog' && this.motion.isEmpty) this.mode = 'Idle';
  }

  /** Where the tool is, in machine coordinates. */
  position(nowMs: number): number[] {
    return this.motion.position(nowMs);
  }

  ok(): void {
    this.#say('ok');
  }

  say(line: string): void {
    this.#say(line);
  }

  /** Bytes that come during the write are lost. */
  writeEeprom(nowMs: number): void {
    this.#rx.deafUntilMs = nowMs + this.options.eepromMs;
    this.#beBusy(this.options.eepromMs, nowMs);
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
    const wasMoving = this.motion.isRunning(nowMs);
    this.motion.stop(nowMs);
    this.#rx.clear();
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
    this.#overrides.reset();
    this.#door.reset();
    this.banner();
  }

  alarm(code: number, nowMs: number): void {
    this.motion.stop(nowMs);
    this.mode = 'Alarm';
    this.#isHeld = false;
    this.#waitsForLimit = false;
    this.#owesOk = false;
    this.#isLocked = code <= 2;
    this.modal = { ...this.modal, spindle: 5, coolant: 9 };
    this.#say(`ALARM:${code}`);
    if (this.#isLocked) this.#say('[MSG:Reset to continue]');
  }

  /** True when the byte was a real-time command; those never reach the buffer. */
  #realTime(byte: number, nowMs: number): boolean {
    const character = realTimeOf(byte, this.options);
    if (byte === CENTRE_BYTES.reset) this.reset(nowMs);
    else if (character === '?') this.#report(nowMs);
    else if (character === '!') this.#hold(nowMs);
    else if (character === '~') this.#goOn(nowMs);
    else if (byte === CENTRE_BYTES.door) {
      this.#door.trip();
      this.#obeyDoor(nowMs);
    } else if (byte === CENTRE_BYTES.jogCancel && this.mode === 'Jog') {
      this.motion.stop(nowMs);
      this.mode = 'Idle';
    } else return this.#overrides.obey(byte) || byte >= CENTRE_BYTES.firstHigh;
    return true;
  }

  #obeyDoor(nowMs: number): void {
    this.#hold(nowMs);
    this.#say('[MSG:Check Door]');
  }

  #hold(nowMs: number): void {
    if (this.#isHeld || this.#isLocked || (this.mode !== 'Idle' && this.mode !== 'Jog')) return;
    this.#isHeld = true;
    this.motion.hold(nowMs);
  }

  #goOn(nowMs: number): void {
    if (this.mode === 'Tool') {
      this.mode = 'Idle';
      this.ok();
    }
    if (!this.#isHeld || this.#waitsForLimit || this.#door.isOpen) return;
    this.#door.isHolding = false;
    this.#isHeld = false;
    this.motion.goOn(nowMs);
  }

  #watchLimits(nowMs: number): void {
    if (this.#waitsForLimit && !this.motion.isRunning(nowMs)) this.alarm(2, nowMs);
    const { alarmAtLine, alarmCode = 1, doorAtLine, doorMs = DOOR_MS } = this.faults;
    const line = this.motion.tag;
    if (alarmAtLine !== undefined && line >= alarmAtLine) {
      delete this.faults.alarmAtLine;
      this.alarm(alarmCode, nowMs);
    }
    this.#door.look(nowMs);
    if (doorAtLine === undefined || line < doorAtLine) return;
    delete this.faults.doorAtLine;
    this.#door.open(nowMs + doorMs);
    this.#obeyDoor(nowMs);
  }

  #finishBusy(): void {
    this.#owesOk = false;
    if (this.mode === 'Home') this.#homed();
    this.ok();
  }

  #homed(): void {
    this.motion.place(HOME);
    this.mode = 'Idle';
  }

  #readLine(): string | undefined {
    for (;;) {
      const line = this.#rx.next();
      if (line?.isOverlong !== true) return line?.text;
      this.#say('error:11');
    }
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
    const block = typeof words === 'number' ? words : readBlock(words, this.modal, this.options.flavour);
    if (typeof block === 'number') {
      this.lines += 1;
      this.#say(`error:${block}`);
      return true;
    }
    const needsStandstill = block.once !== undefined || block.changesSpindle || block.program !== undefined;
    if (this.mode !== 'Check' && (needsStandstill ? !this.motion.isEmpty : this.motion.freeBlocks === 0))
      return false;
    this.lines += 1;
    this.#perform(block, line, nowMs);
    return true;
  }

  #perform(block: GrblBlock, line: string, nowMs: number): void {
    if (this.lines >= (this.faults.resetAtLine ?? Infinity)) {
      delete this.faults.resetAtLine;
      this.motion.stop(nowMs);
      this.mode = 'Idle';
      this.reset(nowMs);
      return;
    }
    if (block.moves && !this.#move(block, nowMs)) return;
    this.modal = block.modal;
    this.onExecuted(line);
    if (block.once !== undefined) this.#once(block, block.once, nowMs);
    if (block.program === 2 || block.program === 30) {
      const { feedMmPerMin } = this.modal;
      this.modal = { ...freshModal(), units: this.modal.units, feedMmPerMin };
      this.#say('[MSG:Pgm End]');
    }
    if (block.changesTool && this.mode !== 'Check') this.mode = 'Tool';
    else if (!this.#owesOk) this.ok();
    if (block.program === 0 && this.mode !== 'Check') this.#isHeld = true;
  }

  /** False when the block ended in an error or an alarm. */
  #move(block: GrblBlock, nowMs: number): boolean {
    const move = moveOf(block, this.motion.planned, this.offsets, this.options);
    if (typeof move === 'number') {
      this.#say(`error:${move}`);
      return false;
    }
    if (this.settings.get(20) === 1 && !isWithin(move.path, this.options)) {
      this.#isHeld = true;
      this.#waitsForLimit = true;
      this.motion.hold(nowMs);
      this.#watchLimits(nowMs);
      return false;
    }
    if (this.mode === 'Check') return true;
    const percent = block.modal.motion === 0 ? this.#overrides.rapid : this.#overrides.feed;
    const speed = (move.speed * percent) / PERCENT;
    if (move.path.lengthMm > 0) this.motion.plan(move.path, speed, move.acceleration, this.lines, nowMs);
    return true;
  }

  /** For `$J=`: false when it would leave the travel. */
  jog(block: GrblBlock, nowMs: number): boolean {
    const move = moveOf(block, this.motion.planned, this.offsets, this.options);
    if (typeof move === 'number' || !isWithin(move.path, this.options)) return false;
    this.mode = 'Jog';
    this.motion.plan(move.path, move.speed, move.acceleration, this.lines, nowMs);
    return true;
  }

  #once(block: GrblBlock, once: number, nowMs: number): void {
    if (once === 4) this.#beBusy((block.values.get('P') ?? 0) * MS_PER_S, nowMs);
    else if (once === 28 || once === 30)
      this.#goHome(block, once === 28 ? this.offsets.g28 : this.offsets.g30, nowMs);
    else if (setOffsets(block, once, this.motion.planned, this.offsets)) this.writeEeprom(nowMs);
    this.#reports = 0;
  }

  #goHome(block: GrblBlock, place: readonly number[], nowMs: number): void {
    const path = homeward(block, place, this.motion.planned);
    const { rapidMmPerMin, accelerationMmPerS2 } = this.options;
    if (path.lengthMm > 0)
      this.motion.plan(path, rapidMmPerMin / S_PER_MIN / 2, accelerationMmPerS2 / 2, this.lines, nowMs);
  }

  stateWord(nowMs: number): string {
    const isSlowing = this.motion.isRunning(nowMs);
    if (this.#door.isHolding && this.#isHeld) return this.#door.stateWord(isSlowing);
    if (this.mode === 'Idle' && this.#isHeld) return isSlowing ? 'Hold:1' : 'Hold:0';
    if (this.mode === 'Idle' && this.isMoving) return 'Run';
    return this.mode;
  }

  /** Silent while homing and after a limit alarm, as GRBL is. */
  #report(nowMs: number): void {
    this.run(nowMs);
    if (this.#isLocked || this.mode === 'Home') return;
    const { spindle, speedRpm } = this.modal;
    const rpm = spindle === 5 ? 0 : Math.min(speedRpm, this.options.spindleRpmMax);
    const line = reportLine({
      stateWord: this.stateWord(nowMs),
      at: this.position(nowMs),
      offset: workOffset(this.offsets, this.modal),
      mask: this.settings.get(10) ?? 1,
      plannerFree: this.motion.freeBlocks,
      rxFree: this.#rx.free,
      feedMmPerMin: this.motion.speed(nowMs) * S_PER_MIN,
      spindleRpm: (rpm * this.#overrides.spindle) / PERCENT,
      overrides: this.#overrides.get(),
      pins: this.#door.isOpen ? 'D' : '',
      count: this.#reports,
    });
    this.#reports += 1;
    this.#say(line);
  }

  /** The current comes back: nothing is known of the position any more. */
  powerUp(nowMs: number): void {
    this.motion.stop(nowMs);
    this.motion.place([0, 0, 0]);
    this.mode = 'Idle';
    this.#isLocked = false;
    if (this.options.hasHoming) this.mode = 'Alarm';
    this.reset(nowMs);
  }
}
