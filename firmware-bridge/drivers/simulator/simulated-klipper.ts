import { type MachineClock, steadyClock } from '../../machine.ts';
import { Heater } from './heater.ts';
import { type PlannedLine, planFile } from './klipper-plan.ts';

/** Klipper tells changed objects four times a second. */
const TELL_EVERY_MS = 250;
const RESTART_MS = 1_500;
const MS_PER_S = 1_000;
/** Also after a shutdown. */
const OBEYED_ALWAYS = new Set(['FIRMWARE_RESTART', 'RESTART', 'M112']);

export type KlipperObjects = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
type Draft = Record<string, Record<string, unknown>>;

/** What Klipper answers no with. */
export class KlipperRefused extends Error {
  override readonly name = 'KlipperRefused';
}

export type KlipperOptions = {
  /** Text of a print file; nothing where there is none of that name. */
  readFile: (name: string) => string | undefined;
  clock?: MachineClock;
  /** How many times faster than life files are worked off. */
  speedUp?: number;
};

export type KlipperListener = {
  /** Objects with only the fields that changed. */
  onChange: (changes: KlipperObjects) => void;
  /** Every connection to it is gone; it comes back as ready. */
  onGone: () => void;
  onReady: () => void;
};

type Printing = { plan: readonly PlannedLine[]; next: number; doneMs: number; bytes: number };

/**
 * Klipper as its API shows it: objects, the virtual SD card, heaters, shutdown and restart. Moves take the time that their
 * feed says; there is no planner, and what G-code means besides is not simulated.
 */
export class SimulatedKlipper {
  readonly #options: KlipperOptions;
  readonly #clock: MachineClock;
  readonly #speedUp: number;
  readonly #heaters = {
    nozzle: new Heater({ ambientC: 21, heatingCPerS: 3, coolingTimeS: 120 }),
    bed: new Heater({ ambientC: 21, heatingCPerS: 0.8, coolingTimeS: 500 }),
  };
  #objects: Draft = freshObjects();
  #told: Draft = freshObjects();
  #listener: KlipperListener = { onChange: () => {}, onGone: () => {}, onReady: () => {} };
  #printing: Printing | undefined;
  #lastMs = 0;
  #isThere = true;
  #takeBackTick: () => void = () => undefined;
  #takeBackRestart: () => void = () => undefined;
  /** Says yes to a start and does nothing: what happens when a macro of the printer swallows it. */
  ignoresStarts = false;
  /** Says yes to a cancel and does nothing, as while it waits for heat. */
  ignoresCancels = false;
  /** Called before each line of a file, counted from 1. */
  onLine: (line: number) => void = () => undefined;
  /** Every order that was given, in order. */
  readonly orders: string[] = [];

  constructor(options: KlipperOptions) {
    this.#options = options;
    this.#clock = options.clock ?? steadyClock;
    this.#speedUp = options.speedUp ?? 1;
  }

  get isThere(): boolean {
    return this.#isThere;
  }

  get objects(): KlipperObjects {
    return this.#objects;
  }

  get state(): { state: string; state_message: string } {
    const { state, state_message } = this.#objects.webhooks ?? {};
    return { state: String(state), state_message: String(state_message) };
  }

  listen(listener: KlipperListener): void {
    this.#listener = listener;
  }

  eventTime(): number {
    return this.#clock.nowMs() / MS_PER_S;
  }

  /** `SDCARD_PRINT_FILE FILENAME="…"`, the commands about the print, and G-code that means nothing here. */
  script(text: string): void {
    for (const line of text.split('\n')) this.#obey(line.trim());
  }

  pause(): void {
    this.#mustBeReady();
    this.orders.push('pause');
    if (this.#stats('state') !== 'printing') return;
    this.#advance();
    this.#set({ print_stats: { state: 'paused' }, pause_resume: { is_paused: true } });
  }

  resume(): void {
    this.#mustBeReady();
    this.orders.push('resume');
    if (this.#stats('state') !== 'paused') return;
    this.#advance();
    // A print that goes on has lasted longer than before it stood still; Moonraker tells a new print by that.
    const total_duration = Number(this.#stats('total_duration')) + 0.001;
    this.#set({ print_stats: { state: 'printing', total_duration }, pause_resume: { is_paused: false } });
  }

  cancel(): void {
    this.#mustBeReady();
    this.orders.push('cancel');
    if (this.ignoresCancels || this.#printing === undefined) return;
    this.#advance();
    this.#endPrint('cancelled', '');
  }

  shutdown(words: string): void {
    this.orders.push('shutdown');
    this.#takeBackTick();
    this.#printing = undefined;
    for (const heater of Object.values(this.#heaters)) heater.set(0, this.#machineMs());
    this.#set({
      webhooks: {
        state: 'shutdown',
        state_message: `${words}\nOnce the underlying issue is corrected, use the\n"FIRMWARE_RESTART" command to reset the firmware.\nPrinter is shutdown\n`,
      },
    });
  }

  /** Gone for a moment, with everything it knew; heaters are off afterwards. */
  restart(): void {
    this.orders.push('restart');
    this.#takeBackTick();
    this.#printing = undefined;
    this.#isThere = false;
    for (const heater of Object.values(this.#heaters)) heater.set(0, this.#machineMs());
    this.#objects = freshObjects();
    this.#told = freshObjects();
    this.#listener.onGone();
    this.#takeBackRestart();
    this.#takeBackRestart = this.#clock.after(RESTART_MS / this.#speedUp, () => {
      this.#isThere = true;
      this.#listener.onReady();
    });
  }

  close(): void {
    this.#takeBackTick();
    this.#takeBackRestart();
  }

  #obey(line: string): void {
    const word = line.toUpperCase();
    const file = /^SDCARD_PRINT_FILE\s+FILENAME="?([^"]+)"?/i.exec(line)?.[1];
    if (!OBEYED_ALWAYS.has(word)) this.#mustBeReady();
    if (word === 'M112') this.shutdown('Shutdown due to M112 command');
    else if (OBEYED_ALWAYS.has(word)) this.restart();
    else if (file !== undefined) this.#start(file);
    else if (word === 'PAUSE') this.pause();
    else if (word === 'RESUME') this.resume();
    else if (word === 'CANCEL_PRINT') this.cancel();
  }

  #start(file: string): void {
    this.orders.push(`start ${file}`);
    if (this.#printing !== undefined) throw new KlipperRefused('SD busy');
    const text = this.#options.readFile(file);
    if (text === undefined) throw new KlipperRefused('Unable to open file');
    if (this.ignoresStarts) return;
    this.#printing = { plan: planFile(text), next: 0, doneMs: 0, bytes: Buffer.byteLength(text) };
    this.#lastMs = this.#machineMs();
    this.#set({
      print_stats: { ...freshObjects().print_stats, filename: file, state: 'printing' },
      virtual_sdcard: { file_position: 0, progress: 0, is_active: true, file_path: file },
    });
    this.#tickLater();
  }

  #tickLater(): void {
    this.#takeBackTick();
    this.#takeBackTick = this.#clock.after(TELL_EVERY_MS / Math.min(this.#speedUp, 10), () => {
      this.#advance();
      if (this.#printing !== undefined) this.#tickLater();
    });
  }

  /** Works off the lines whose time has come. */
  #advance(): void {
    const printing = this.#printing;
    if (printing === undefined) return;
    const nowMs = this.#machineMs();
    const passedMs = nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    const isPaused = this.#stats('state') === 'paused';
    if (!isPaused) printing.doneMs += passedMs;
    for (let line = printing.plan[printing.next]; line !== undefined; line = printing.plan[printing.next]) {
      if (isPaused || line.endMs > printing.doneMs) break;
      if (line.heat !== undefined) this.#heaters[line.heat.heater].set(line.heat.targetC, nowMs);
      printing.next += 1;
      this.onLine(printing.next);
      // What the line's listener did may have ended the print.
      if (this.#printing !== printing) return;
    }
    this.#tell(printing, passedMs / MS_PER_S, isPaused);
    if (printing.next >= printing.plan.length) this.#endPrint('complete', '');
  }

  #tell(printing: Printing, passedS: number, isPaused: boolean): void {
    const last = printing.plan[printing.next - 1];
    const file_position = last?.endByte ?? 0;
    const nowMs = this.#machineMs();
    const show = (heater: Heater) => ({
      temperature: Math.round(heater.temperatureC(nowMs) * 100) / 100,
      target: heater.target,
    });
    this.#set({
      print_stats: {
        total_duration: Number(this.#stats('total_duration')) + passedS,
        print_duration: Number(this.#stats('print_duration')) + (isPaused ? 0 : passedS),
      },
      virtual_sdcard: { file_position, progress: Math.min(1, file_position / printing.bytes) },
      ...(last !== undefined && { gcode_move: { gcode_position: [...last.at, 0] } }),
      extruder: show(this.#heaters.nozzle),
      heater_bed: show(this.#heaters.bed),
    });
  }

  #endPrint(state: 'complete' | 'cancelled' | 'error', message: string): void {
    this.#takeBackTick();
    this.#printing = undefined;
    this.#set({
      print_stats: { state, message },
      virtual_sdcard: { is_active: false },
      pause_resume: { is_paused: false },
    });
  }

  /** A print that stops with an error of its own, e.g. a move out of reach. */
  failPrint(message: string): void {
    this.#endPrint('error', message);
  }

  #mustBeReady(): void {
    const { state, state_message } = this.state;
    if (state !== 'ready') throw new KlipperRefused(state_message.trim());
  }

  #stats(field: string): unknown {
    return this.#objects.print_stats?.[field];
  }

  #set(changes: Draft): void {
    for (const [name, fields] of Object.entries(changes))
      this.#objects[name] = { ...this.#objects[name], ...fields };
    const changed: Draft = {};
    for (const [name, fields] of Object.entries(this.#objects))
      for (const [field, value] of Object.entries(fields)) {
        if (JSON.stringify(this.#told[name]?.[field]) === JSON.stringify(value)) continue;
        changed[name] = { ...changed[name], [field]: value };
        this.#told[name] = { ...this.#told[name], [field]: value };
      }
    if (Object.keys(changed).length > 0) this.#listener.onChange(changed);
  }

  #machineMs(): number {
    return this.#clock.nowMs() * this.#speedUp;
  }
}

function freshObjects(): Draft {
  return {
    webhooks: { state: 'ready', state_message: 'Printer is ready' },
    print_stats: {
      filename: '',
      total_duration: 0,
      print_duration: 0,
      filament_used: 0,
      state: 'standby',
      message: '',
      info: { total_layer: null, current_layer: null },
    },
    virtual_sdcard: { progress: 0, file_position: 0, is_active: false, file_path: null, file_size: 0 },
    display_status: { progress: 0, message: null },
    pause_resume: { is_paused: false },
    idle_timeout: { state: 'Ready', printing_time: 0 },
    gcode_move: { gcode_position: [0, 0, 0, 0], speed: 1_500, absolute_coordinates: true },
    toolhead: {
      homed_axes: 'xyz',
      position: [0, 0, 0, 0],
      axis_minimum: [0, 0, 0, 0],
      axis_maximum: [235, 235, 250, 0],
    },
    extruder: { temperature: 21, target: 0 },
    heater_bed: { temperature: 21, target: 0 },
    heaters: { available_heaters: ['heater_bed', 'extruder'], available_sensors: ['heater_bed', 'extruder'] },
  };
}
