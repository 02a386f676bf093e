import { readFileSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { pick } from '../../firmware-bridge/drivers/simulator/moonraker-host.ts';
import {
  KlipperRefused,
  SimulatedKlipper,
} from '../../firmware-bridge/drivers/simulator/simulated-klipper.ts';

type Params = Record<string, unknown>;
type Question = { id?: number; method: string; params?: Params };
type Watched = Readonly<Record<string, readonly string[] | null>>;
type Connection = { watched: Watched; template: object | undefined };

const END_OF_FRAME = '\x03';
const ENDPOINTS = [
  ...['info', 'list_endpoints', 'register_remote_method', 'emergency_stop', 'gcode/script', 'gcode/help'],
  ...['objects/list', 'objects/query', 'objects/subscribe', 'gcode/subscribe_output', 'gcode/restart'],
  ...['gcode/firmware_restart', 'pause_resume/pause', 'pause_resume/resume', 'pause_resume/cancel'],
  'query_endstops/status',
];

export type KlippyOptions = {
  /** Path of the unix socket that Moonraker looks for. */
  socket: string;
  /** The folder with the print files; Klipper's own folder is beside it. */
  gcodes: string;
  klipperFolder: string;
  speedUp: number;
};

/** Stands in for Klipper's process on its API socket, so that a real Moonraker has a printer without firmware. */
export class FakeKlippy {
  readonly klipper: SimulatedKlipper;
  readonly #options: KlippyOptions;
  readonly #connections = new Map<Socket, Connection>();
  #server: Server | undefined;

  constructor(options: KlippyOptions) {
    this.#options = options;
    this.klipper = new SimulatedKlipper({
      speedUp: options.speedUp,
      readFile: (name) => readOrNothing(join(options.gcodes, name)),
    });
    this.klipper.listen({
      onChange: (changes) => {
        for (const [socket, { watched, template }] of this.#connections) {
          const status = pick(changes, watched);
          if (template === undefined || Object.keys(status).length === 0) continue;
          write(socket, { ...template, params: { eventtime: this.klipper.eventTime(), status } });
        }
      },
      onGone: () => void this.#hangUp(),
      onReady: () => void this.listen(),
    });
  }

  listen(): Promise<void> {
    rmSync(this.#options.socket, { force: true });
    const server = createServer((socket) => this.#serve(socket));
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#options.socket, resolve);
    });
  }

  async close(): Promise<void> {
    this.klipper.close();
    await this.#hangUp();
  }

  async #hangUp(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.#connections.keys()) socket.destroy();
    this.#connections.clear();
    if (server !== undefined) await new Promise<void>((done) => server.close(() => done()));
  }

  #serve(socket: Socket): void {
    const connection: Connection = { watched: {}, template: undefined };
    this.#connections.set(socket, connection);
    let rest = '';
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      const frames = (rest + text).split(END_OF_FRAME);
      rest = frames.pop() ?? '';
      for (const frame of frames) this.#take(socket, connection, JSON.parse(frame) as Question);
    });
    // Moonraker may leave without a word.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#connections.delete(socket));
  }

  #take(socket: Socket, connection: Connection, { id, method, params = {} }: Question): void {
    try {
      write(socket, { id, result: this.#answer(connection, method, params) });
    } catch (cause) {
      if (!(cause instanceof KlipperRefused)) throw cause;
      write(socket, { id, error: { error: 'CommandError', message: cause.message } });
    }
  }

  #answer(connection: Connection, method: string, params: Params): object {
    const { klipper } = this;
    const orders: Record<string, () => void> = {
      'gcode/script': () => klipper.script(String(params.script)),
      'gcode/restart': () => klipper.restart(),
      'gcode/firmware_restart': () => klipper.restart(),
      'pause_resume/pause': () => klipper.pause(),
      'pause_resume/resume': () => klipper.resume(),
      'pause_resume/cancel': () => klipper.cancel(),
      emergency_stop: () => klipper.shutdown('Shutdown due to webhooks request'),
    };
    orders[method]?.();
    switch (method) {
      case 'info':
        return { ...klipper.state, ...this.#about() };
      case 'list_endpoints':
        return { endpoints: ENDPOINTS };
      case 'objects/list':
        return { objects: Object.keys(this.#objects()) };
      case 'objects/subscribe':
        connection.watched = (params.objects ?? {}) as Watched;
        connection.template = (params.response_template ?? {}) as object;
        return this.#status(connection.watched);
      case 'objects/query':
        return this.#status((params.objects ?? {}) as Watched);
      default:
        return {};
    }
  }

  #status(watched: Watched): object {
    return { eventtime: this.klipper.eventTime(), status: pick(this.#objects(), watched) };
  }

  #objects() {
    const config = { virtual_sdcard: { path: this.#options.gcodes } };
    return { ...this.klipper.objects, configfile: { config, settings: config } };
  }

  #about(): object {
    const { klipperFolder } = this.#options;
    return {
      ...{ hostname: 'fake', software_version: 'v0.13.0-fake', process_id: process.pid, cpu_info: '' },
      ...{ klipper_path: klipperFolder, python_path: '/usr/bin/python3', log_file: '', config_file: '' },
    };
  }
}

function write(socket: Socket, said: object): void {
  if (!socket.destroyed) socket.write(JSON.stringify(said) + END_OF_FRAME);
}

function readOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
