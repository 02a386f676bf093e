import { createHash } from 'node:crypto';
import { type MachineClock, steadyClock } from '../../machine.ts';
import { MoonrakerHistory } from './moonraker-history.ts';
import { type KlipperObjects, SimulatedKlipper } from './simulated-klipper.ts';

const MS_PER_S = 1_000;

export class MoonrakerRefused extends Error {
  override readonly name = 'MoonrakerRefused';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export type HostOptions = { clock?: MachineClock; speedUp?: number };

/** One client of a socket: what it watches, and how it is told. */
export type Client = {
  id: number;
  isIdentified: boolean;
  watched: Readonly<Record<string, readonly string[] | null>>;
  tell: (method: string, params: readonly unknown[]) => void;
};

/** Moonraker between its clients and one Klipper: files, history, and who is told what. Without I/O. */
export class MoonrakerHost {
  readonly klipper: SimulatedKlipper;
  readonly files = new Map<string, { text: string; modified: number }>();
  readonly history: MoonrakerHistory;
  readonly clients = new Set<Client>();
  readonly #clock: MachineClock;
  #state: 'ready' | 'shutdown' | 'disconnected' = 'ready';
  /** That many uploads arrive damaged. */
  damagedUploads = 0;

  constructor(options: HostOptions = {}) {
    this.#clock = options.clock ?? steadyClock;
    this.klipper = new SimulatedKlipper({ ...options, readFile: (name) => this.files.get(name)?.text });
    this.history = new MoonrakerHistory({
      nowS: () => this.nowS(),
      exists: (name) => this.files.has(name),
      onChange: (action, job) => this.#tellAll('notify_history_changed', [{ action, job }]),
    });
    this.klipper.listen({
      onChange: (changes) => this.#hear(changes),
      onGone: () => {
        this.history.finish('klippy_disconnect');
        this.#enter('disconnected');
        for (const client of this.clients) client.watched = {};
      },
      onReady: () => this.#enter('ready'),
    });
    this.history.takeOver(this.klipper.objects);
  }

  get klippyState(): string {
    return this.#state;
  }

  nowS(): number {
    return this.#clock.nowMs() / MS_PER_S;
  }

  /** Klipper, or the refusal that every question to it gets while it is away. */
  reached(): SimulatedKlipper {
    if (this.#state === 'disconnected') throw new MoonrakerRefused(503, 'Klippy Host not connected');
    return this.klipper;
  }

  upload(name: string, text: string, checksum: string | undefined, startsPrint: boolean): object {
    const isDamaged = this.damagedUploads > 0;
    this.damagedUploads -= isDamaged ? 1 : 0;
    const arrived = isDamaged ? text.slice(0, -1) : text;
    const calculated = createHash('sha256').update(arrived).digest('hex');
    if (checksum !== undefined && checksum.toLowerCase() !== calculated)
      throw new MoonrakerRefused(
        422,
        `File checksum mismatch: expected ${checksum.toLowerCase()}, calculated ${calculated}`,
      );
    this.#mustNotBePrinting(name);
    this.files.set(name, { text: arrived, modified: this.nowS() });
    const item = this.#item(name);
    this.#tellAll('notify_filelist_changed', [{ action: 'create_file', item }]);
    const isFree = !this.#isUnderWay();
    if (startsPrint && isFree) this.reached().script(`SDCARD_PRINT_FILE FILENAME="${name}"`);
    const print_started = startsPrint && isFree && this.#isUnderWay();
    return { item, print_started, print_queued: false, action: 'create_file' };
  }

  delete(name: string): object {
    if (!this.files.has(name)) throw new MoonrakerRefused(400, `Invalid file path: gcodes/${name}`);
    this.#mustNotBePrinting(name);
    const item = { ...this.#item(name), size: 0, modified: 0 };
    this.files.delete(name);
    this.#tellAll('notify_filelist_changed', [{ action: 'delete_file', item }]);
    return { item, action: 'delete_file' };
  }

  /** Moonraker's own restart: Klipper notices nothing. */
  restart(): void {
    this.history.finish('server_exit');
    this.history.takeOver(this.klipper.objects);
    this.clients.clear();
  }

  /** Tells a change that is older than what was told last, as a slow message would. */
  tellLate(changes: KlipperObjects): void {
    for (const client of this.clients) this.#tellStatus(client, changes);
  }

  close(): void {
    this.klipper.close();
  }

  #hear(changes: KlipperObjects): void {
    this.history.hear(changes);
    for (const client of this.clients) this.#tellStatus(client, changes);
    if (changes.webhooks?.state !== 'shutdown' || this.#state === 'shutdown') return;
    this.history.finish('klippy_shutdown');
    this.#enter('shutdown');
  }

  #enter(state: 'ready' | 'shutdown' | 'disconnected'): void {
    this.#state = state;
    this.#tellAll(`notify_klippy_${state}`, []);
  }

  #tellStatus(client: Client, changes: KlipperObjects): void {
    const wanted = pick(changes, client.watched);
    if (Object.keys(wanted).length > 0)
      client.tell('notify_status_update', [wanted, this.klipper.eventTime()]);
  }

  #tellAll(method: string, params: readonly unknown[]): void {
    for (const client of this.clients) client.tell(method, params);
  }

  #isUnderWay(): boolean {
    const state = this.klipper.objects.print_stats?.state;
    return state === 'printing' || state === 'paused';
  }

  #mustNotBePrinting(name: string): void {
    if (this.#isUnderWay() && this.klipper.objects.print_stats?.filename === name)
      throw new MoonrakerRefused(403, 'File currently in use');
  }

  #item(name: string): object {
    const { text = '', modified = 0 } = this.files.get(name) ?? {};
    return { path: name, root: 'gcodes', modified, size: Buffer.byteLength(text), permissions: 'rw' };
  }
}

/** Of each object the fields that are wanted; `null` wants all of them. */
export function pick(
  objects: KlipperObjects,
  wanted: Readonly<Record<string, readonly string[] | null>>,
): KlipperObjects {
  const picked: Record<string, Record<string, unknown>> = {};
  for (const [name, fields] of Object.entries(wanted)) {
    const known = objects[name];
    if (known === undefined) continue;
    const kept = Object.entries(known).filter(([field]) => fields === null || fields.includes(field));
    if (kept.length > 0) picked[name] = Object.fromEntries(kept);
  }
  return picked;
}
