import { createHash } from 'node:crypto';
import { z } from 'zod';
import {
  type HostAnswer,
  type HostQuestion,
  SimulatedHost,
  type SimulatedHostOptions,
} from './simulated-host.ts';
import { SimulatedPrint } from './simulated-print.ts';

/** How long the states in between last, the printer's own ms. */
const IN_BETWEEN_MS = 400;
const ROOM_C = 21.3;
const DEFAULT_KEY = 'SIMULATED-KEY';

type StoredFile = {
  text: string;
  dateS: number;
  prints?: { success: number; failure: number; last: { date: number; success: boolean; printTime?: number } };
};
type Connection = 'Operational' | 'Offline' | 'Offline after error';
/** A state that OctoPrint shows for a moment before it does what it was told. */
type InBetween = { words: 'Starting' | 'Pausing' | 'Resuming' | 'Cancelling' | 'Finishing'; untilMs: number };

const Command = z.object({
  command: z.string(),
  action: z.enum(['pause', 'resume', 'toggle']).optional(),
  print: z.boolean().optional(),
});
type Command = z.infer<typeof Command>;

export type OctoprintSimulatorOptions = SimulatedHostOptions & { key?: string };

/**
 * OctoPrint 1.11 with a printer behind it, as its own REST answers were seen: status codes, shapes, states in between, what
 * it remembers of each print and what a restart makes it forget.
 */
export class OctoprintSimulator {
  readonly network: SimulatedHost;
  readonly files = new Map<string, StoredFile>();
  readonly #key: string;
  #connection: Connection = 'Operational';
  #error = '';
  #chosen: string | undefined;
  #print: SimulatedPrint | undefined;
  #inBetween: InBetween | undefined;
  /** Of the chosen file: set when it was printed to its end. */
  #lastSeconds: number | undefined;

  constructor(options: OctoprintSimulatorOptions = {}) {
    this.network = new SimulatedHost(options);
    this.#key = options.key ?? DEFAULT_KEY;
    this.network.answerWith((question) => this.#answer(question));
  }

  /** Names of the prints that were ever begun, in order. */
  readonly begun: string[] = [];

  /** OctoPrint ends in the middle of whatever it does and comes back without a memory of it. */
  restart(): void {
    this.#print = undefined;
    this.#chosen = undefined;
    this.#inBetween = undefined;
    this.#lastSeconds = undefined;
  }

  /** Somebody at OctoPrint's page, or at the printer, prints a file of their own. */
  startLocally(name: string, text: string): void {
    this.#store(name, text);
    this.#begin(name);
  }

  stopLocally(): void {
    this.#cancel();
  }

  /** The printer halts, as after a heater fault. */
  halt(words: string): void {
    this.#recordEnd(false);
    this.#print = undefined;
    this.#connection = 'Offline after error';
    this.#error = words;
  }

  /** Somebody has looked after the printer; OctoPrint waits until it is told to connect again. */
  acknowledge(): void {
    this.#error = '';
  }

  async #answer(question: HostQuestion): Promise<HostAnswer> {
    const { method, headers } = question;
    this.#settle();
    if (headers['x-api-key'] !== this.#key)
      return method === 'GET'
        ? problem(403, 'You don’t have the permission')
        : problem(400, 'CSRF validation failed');
    const [path = '/'] = question.path.split('?');
    const name = /^\/(?:api|downloads)\/files\/local\/(.+)$/.exec(path)?.[1];
    if (name !== undefined) return this.#file(question, decodeURIComponent(name));
    switch (`${method} ${path}`) {
      case 'GET /api/version':
        return { status: 200, body: { api: '0.1', server: '1.11.8', text: 'OctoPrint 1.11.8' } };
      case 'GET /api/job':
        return { status: 200, body: this.#job() };
      case 'GET /api/printer':
        return this.#printer();
      case 'POST /api/job':
        return this.#jobCommand(Command.parse(JSON.parse(question.body.toString())));
      case 'POST /api/connection':
        this.#connection = 'Operational';
        return { status: 204 };
      case 'POST /api/files/local':
        return this.#upload(question);
      default:
        return problem(404, 'Not found');
    }
  }

  async #upload({ headers, body }: HostQuestion): Promise<HostAnswer> {
    const form = await new Response(new Uint8Array(body), {
      headers: { 'Content-Type': headers['content-type'] ?? '' },
    }).formData();
    const file = form.get('file');
    if (!(file instanceof File)) return problem(400, 'No file to upload and no folder to create');
    if (!/\.(?:gcode|gco|g)$/.test(file.name)) return problem(415, 'Could not upload file, invalid type');
    if (this.#print?.name === file.name)
      return problem(409, 'Trying to overwrite file that is currently being printed');
    this.#store(file.name, await file.text());
    const isChosen = form.get('select') === 'true' && this.#print === undefined;
    if (isChosen) this.#choose(file.name);
    const local = { name: file.name, path: file.name, origin: 'local' };
    return {
      status: 201,
      body: { files: { local }, done: true, effectiveSelect: isChosen, effectivePrint: false },
    };
  }

  #file({ method, path, body }: HostQuestion, name: string): HostAnswer {
    const file = this.files.get(name);
    if (file === undefined) return problem(404, 'File not found');
    if (method === 'GET') {
      if (path.startsWith('/downloads')) return { status: 200, body: file.text };
      const size = Buffer.byteLength(file.text);
      const hash = createHash('sha1').update(file.text).digest('hex');
      const { prints, dateS: date } = file;
      return {
        status: 200,
        body: { name, path: name, type: 'machinecode', origin: 'local', size, hash, date, prints },
      };
    }
    if (method === 'DELETE') {
      if (this.#print?.name === name) return problem(409, 'Trying to delete a file that is currently in use');
      this.files.delete(name);
      if (this.#chosen === name) this.#chosen = undefined;
      return { status: 204 };
    }
    const command = Command.parse(JSON.parse(body.toString()));
    if (command.command !== 'select') return problem(400, 'Unknown command');
    if (this.#connection !== 'Operational' || this.#print !== undefined)
      return problem(409, 'Printer is already printing, cannot select a new file');
    this.#choose(name);
    if (command.print) this.#begin(name);
    return { status: 204 };
  }

  #jobCommand({ command, action = 'toggle' }: Command): HostAnswer {
    const now = this.network.nowMs();
    const print = this.#print;
    if (this.#connection !== 'Operational') return problem(409, 'Printer is not operational');
    if (command === 'start') {
      if (print !== undefined)
        return problem(409, "Printer already has an active print job, did you mean 'restart'?");
      if (this.#chosen !== undefined) this.#begin(this.#chosen);
      return { status: 204 };
    }
    if (print === undefined) return problem(409, 'Printer is neither printing nor paused');
    if (command === 'cancel') this.#cancel();
    else if (command !== 'pause') return problem(400, 'Unknown command');
    else if (action === 'pause' || (action === 'toggle' && !print.isPaused)) this.#pause(print, now);
    else if (print.isPaused) {
      print.resume(now);
      this.#inBetween = { words: 'Resuming', untilMs: now + IN_BETWEEN_MS };
    }
    return { status: 204 };
  }

  #pause(print: SimulatedPrint, now: number): void {
    if (print.isPaused) return;
    print.pause(now);
    this.#inBetween = { words: 'Pausing', untilMs: now + IN_BETWEEN_MS };
  }

  #choose(name: string): void {
    this.#chosen = name;
    this.#lastSeconds = undefined;
  }

  #begin(name: string): void {
    const now = this.network.nowMs();
    const text = this.files.get(name)?.text ?? '';
    this.#choose(name);
    this.begun.push(name);
    const lateMs = this.network.faults.lateMs ?? 0;
    this.#print = new SimulatedPrint(name, text, now + lateMs);
    this.#inBetween = { words: 'Starting', untilMs: now + lateMs + IN_BETWEEN_MS };
  }

  #cancel(): void {
    if (this.#print === undefined) return;
    this.#recordEnd(false);
    this.#print = undefined;
    this.#inBetween = { words: 'Cancelling', untilMs: this.network.nowMs() + IN_BETWEEN_MS };
  }

  #settle(): void {
    const now = this.network.nowMs();
    if (this.#inBetween !== undefined && now >= this.#inBetween.untilMs) this.#inBetween = undefined;
    if (this.#print === undefined || this.#print.isPaused || !this.#print.isDone(now)) return;
    this.#lastSeconds = this.#print.totalSeconds;
    this.#recordEnd(true);
    this.#print = undefined;
    this.#inBetween = { words: 'Finishing', untilMs: now + IN_BETWEEN_MS };
  }

  #recordEnd(success: boolean): void {
    const file = this.#print && this.files.get(this.#print.name);
    if (file === undefined) return;
    const before = file.prints ?? { success: 0, failure: 0 };
    const last = { date: Date.now() / 1_000, success, ...(success && { printTime: this.#lastSeconds ?? 0 }) };
    file.prints = {
      success: before.success + (success ? 1 : 0),
      failure: before.failure + (success ? 0 : 1),
      last,
    };
  }

  #store(name: string, text: string): void {
    this.files.set(name, { text, dateS: Math.floor(Date.now() / 1_000) });
  }

  #words(): string {
    if (this.#connection !== 'Operational') return this.#connection;
    const now = this.network.nowMs();
    const lateMs = this.network.faults.lateMs ?? 0;
    const isHidden = this.#inBetween?.words === 'Starting' && this.#inBetween.untilMs - now > IN_BETWEEN_MS;
    if (isHidden && lateMs > 0) return 'Operational';
    if (this.#inBetween !== undefined) return this.#inBetween.words;
    if (this.#print === undefined) return 'Operational';
    return this.#print.isPaused ? 'Paused' : 'Printing';
  }

  #job(): object {
    const now = this.network.nowMs();
    const state = this.#words();
    const chosen = this.#connection === 'Operational' ? this.#chosen : undefined;
    const file = chosen === undefined ? undefined : this.files.get(chosen);
    const size = file === undefined ? null : Buffer.byteLength(file.text);
    const about = { name: chosen ?? null, path: chosen ?? null, display: chosen ?? null, size };
    const job = {
      file: { ...about, origin: chosen === undefined ? null : 'local', date: file?.dateS ?? null },
      estimatedPrintTime: this.#print?.totalSeconds ?? null,
      lastPrintTime: this.#lastSeconds ?? null,
      filament: { length: null, volume: null },
      user: null,
    };
    const print = state === 'Operational' ? undefined : this.#print;
    let progress: object = { completion: null, filepos: null, printTime: null, printTimeLeft: null };
    if (print !== undefined) {
      const filepos = print.bytesDone(now);
      const printTime = Math.floor(print.seconds(now));
      const printTimeLeft = Math.ceil(print.totalSeconds - print.seconds(now));
      progress = { completion: (filepos / print.bytes) * 100, filepos, printTime, printTimeLeft };
    } else if (this.#lastSeconds !== undefined)
      progress = {
        completion: 100,
        filepos: size,
        printTime: Math.floor(this.#lastSeconds),
        printTimeLeft: 0,
      };
    return { job, progress, state, ...(this.#error !== '' && { error: this.#error }) };
  }

  #printer(): HostAnswer {
    if (this.#connection !== 'Operational') return problem(409, 'Printer is not operational');
    const isHot = this.#print !== undefined;
    const heater = (target: number) => ({
      actual: isHot ? target : ROOM_C,
      target: isHot ? target : 0,
      offset: 0,
    });
    const flags = {
      operational: true,
      printing: isHot && !this.#print?.isPaused,
      paused: this.#print?.isPaused ?? false,
    };
    return {
      status: 200,
      body: {
        temperature: { tool0: heater(210), bed: heater(60) },
        state: { text: this.#words(), flags, error: this.#error },
      },
    };
  }
}

function problem(status: number, error: string): HostAnswer {
  return { status, body: { error } };
}
