import { DigestGuard } from './digest-guard.ts';
import {
  type HostAnswer,
  type HostQuestion,
  SimulatedHost,
  type SimulatedHostOptions,
} from './simulated-host.ts';
import { SimulatedPrint } from './simulated-print.ts';

const DEFAULT_USER = 'maker';
const DEFAULT_PASSWORD = 'SIMULATED-KEY';
const FILES = '/api/v1/files/usb/';
const ROOM_C = 23.8;
const NO_CONTENT: HostAnswer = { status: 204 };

type EndState = 'FINISHED' | 'STOPPED' | 'ERROR';
type Job = { id: number; print: SimulatedPrint; shownFromMs: number; ended?: EndState; seconds?: number };

export type PrusalinkSimulatorOptions = SimulatedHostOptions & { user?: string; password?: string };

/**
 * A printer with PrusaLink (`/api/v1`): numbered jobs, of which only the last is remembered, orders that name the number,
 * files that are put whole, and a digest at the door.
 */
export class PrusalinkSimulator {
  readonly network: SimulatedHost;
  readonly files = new Map<string, string>();
  /** Names of the prints that were ever begun, in order. */
  readonly begun: string[] = [];
  readonly #guard: DigestGuard;
  #job: Job | undefined;
  /** What is still shown while a start that was accepted is late. */
  #before: Job | undefined;
  #jobs = 297;
  #trouble = '';

  constructor(options: PrusalinkSimulatorOptions = {}) {
    this.network = new SimulatedHost(options);
    this.#guard = new DigestGuard(options.user ?? DEFAULT_USER, options.password ?? DEFAULT_PASSWORD);
    this.network.answerWith((question) => this.#answer(question));
  }

  /** The printer is switched off and on: the print is gone, its files stay. */
  restart(): void {
    this.#job = undefined;
    this.#before = undefined;
  }

  /** Somebody at the panel prints a file of their own. */
  startLocally(name: string, text: string): void {
    this.files.set(name, text);
    this.#begin(name);
  }

  stopLocally(): void {
    this.#end('STOPPED');
  }

  /** The printer stops with an error on its panel, until somebody there has read it. */
  halt(words: string): void {
    this.#end('ERROR');
    this.#trouble = words;
  }

  /** Somebody at the panel takes note of what it says. */
  acknowledge(): void {
    this.#trouble = '';
    if (this.#isOver()) this.#job = undefined;
  }

  #answer(question: HostQuestion): HostAnswer {
    const { method, path } = question;
    const refusal = this.#guard.turnDown(question);
    if (refusal !== undefined) return refusal;
    this.#settle();
    if (path.startsWith(FILES)) return this.#file(question, decodeURIComponent(path.slice(FILES.length)));
    const [, id, verb = ''] = /^\/api\/v1\/job\/(\d+)(?:\/(\w+))?$/.exec(path) ?? [];
    if (id !== undefined) return this.#steer(Number(id), `${method} ${verb}`.trim());
    switch (`${method} ${path}`) {
      case 'GET /api/version':
        return {
          status: 200,
          body: {
            ...{
              api: '2.0.0',
              server: '2.1.2',
              text: 'PrusaLink',
              hostname: 'simulated',
              nozzle_diameter: 0.4,
            },
            capabilities: { 'upload-by-put': true },
          },
        };
      case 'GET /api/v1/status':
        return { status: 200, body: this.#status() };
      case 'GET /api/v1/job':
        return this.#jobNow();
      case 'GET /api/v1/storage':
        return {
          status: 200,
          body: {
            storage_list: [{ type: 'USB', path: '/usb', name: 'usb', available: true, read_only: false }],
          },
        };
      default:
        return method === 'GET' && path.startsWith('/usb/')
          ? this.#download(decodeURIComponent(path.slice('/usb/'.length)))
          : problem(404, 'Not Found');
    }
  }

  #file({ method, headers, body }: HostQuestion, name: string): HostAnswer {
    if (method === 'PUT') return this.#put(headers, body, name);
    const text = this.files.get(name);
    if (text === undefined) return problem(404, 'File not found');
    if (method === 'GET') {
      const refs = { download: `/usb/${encodeURIComponent(name)}` };
      const size = Buffer.byteLength(text);
      return { status: 200, body: { name, display_name: name, type: 'PRINT_FILE', size, refs } };
    }
    const isInUse = this.#job?.print.name === name && !this.#isOver();
    if (method === 'DELETE') {
      if (isInUse) return problem(409, 'File is being printed');
      this.files.delete(name);
      return NO_CONTENT;
    }
    if ((this.#job !== undefined && !this.#isOver()) || this.#trouble !== '')
      return problem(409, 'Printer is not ready to print');
    this.#begin(name);
    return NO_CONTENT;
  }

  #put(headers: HostQuestion['headers'], body: Buffer, name: string): HostAnswer {
    if (!/\.(?:gcode|bgcode)$/.test(name)) return problem(415, 'Unsupported Media Type');
    if (Number(headers['content-length']) !== body.length) return problem(400, 'Missing Content-Length');
    if (this.#job?.print.name === name && !this.#isOver()) return problem(409, 'File is being printed');
    if (this.files.has(name) && headers.overwrite !== '?1') return problem(409, 'File already exists');
    this.files.set(name, body.toString('utf8'));
    if (headers['print-after-upload'] === '?1') this.#begin(name);
    return { status: 201, body: { name, display_name: name, type: 'PRINT_FILE', size: body.length } };
  }

  #download(name: string): HostAnswer {
    const text = this.files.get(name);
    return text === undefined ? problem(404, 'File not found') : { status: 200, body: text };
  }

  #steer(id: number, order: string): HostAnswer {
    const job = this.#job;
    const now = this.network.nowMs();
    if (job === undefined || job.id !== id || this.#isOver()) return problem(404, 'No such job');
    const { print } = job;
    if (order === 'DELETE') this.#end('STOPPED');
    else if (order === 'PUT pause' && !print.isPaused) print.pause(now);
    else if (order === 'PUT resume' && print.isPaused) print.resume(now);
    else return problem(409, 'Not in a state for that');
    return NO_CONTENT;
  }

  #begin(name: string): void {
    const now = this.network.nowMs();
    const lateMs = this.network.faults.lateMs ?? 0;
    this.#before = lateMs > 0 ? this.#job : undefined;
    this.#jobs += 1;
    const print = new SimulatedPrint(name, this.files.get(name) ?? '', now + lateMs);
    this.#job = { id: this.#jobs, print, shownFromMs: now + lateMs };
    this.begun.push(name);
  }

  #end(how: EndState): void {
    if (this.#job === undefined || this.#isOver()) return;
    this.#job.ended = how;
    this.#job.seconds = this.#job.print.seconds(this.network.nowMs());
  }

  #isOver(): boolean {
    return this.#job?.ended !== undefined;
  }

  #settle(): void {
    const { print } = this.#job ?? {};
    if (print !== undefined && !print.isPaused && print.isDone(this.network.nowMs())) this.#end('FINISHED');
  }

  /** What the printer shows, which may lag behind what it does. */
  #shown(): Job | undefined {
    const isLate = this.#job !== undefined && this.network.nowMs() < this.#job.shownFromMs;
    return isLate ? this.#before : this.#job;
  }

  #state(job: Job | undefined): string {
    if (this.#trouble !== '') return 'ERROR';
    if (job === undefined) return 'IDLE';
    return job.ended ?? (job.print.isPaused ? 'PAUSED' : 'PRINTING');
  }

  #status(): object {
    const job = this.#shown();
    const isHot = job !== undefined && job.ended === undefined;
    return {
      storage: { path: '/usb/', name: 'usb', read_only: false },
      printer: {
        state: this.#state(job),
        ...{ temp_bed: isHot ? 60 : ROOM_C, target_bed: isHot ? 60 : 0 },
        ...{ temp_nozzle: isHot ? 215 : ROOM_C, target_nozzle: isHot ? 215 : 0 },
        ...{ axis_z: 0, flow: 100, speed: 100, fan_hotend: 0, fan_print: 0 },
        status_printer: { ok: this.#trouble === '', message: this.#trouble === '' ? 'OK' : this.#trouble },
      },
    };
  }

  #jobNow(): HostAnswer {
    const job = this.#shown();
    if (job === undefined) return NO_CONTENT;
    const { print } = job;
    const now = this.network.nowMs();
    const seconds = job.seconds ?? print.seconds(now);
    const progress = job.ended === 'FINISHED' ? 100 : Math.floor((print.bytesDone(now) / print.bytes) * 100);
    const file = {
      name: 'CW~1.GCO',
      display_name: print.name,
      path: '/usb',
      size: print.bytes,
      refs: { download: `/usb/${encodeURIComponent(print.name)}` },
    };
    return {
      status: 200,
      body: {
        id: job.id,
        state: job.ended ?? (print.isPaused ? 'PAUSED' : 'PRINTING'),
        progress,
        time_printing: Math.floor(seconds),
        time_remaining: Math.ceil(print.totalSeconds - seconds),
        file,
      },
    };
  }
}

function problem(status: number, message: string): HostAnswer {
  return { status, body: { title: message, message } };
}
