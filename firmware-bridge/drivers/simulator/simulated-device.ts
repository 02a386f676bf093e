import { createServer, type Server, type Socket } from 'node:net';
import { type MachineClock, steadyClock } from '../../machine.ts';
import type { Pluggable, PluggedIn } from '../../transport/link.ts';
import { type Faults, seededRandom, withNoise } from './line-faults.ts';

/** What a simulated controller is to the device around it. Times are the machine's own milliseconds. */
export interface SimulatedController {
  receive(bytes: Uint8Array, nowMs: number): void;
  run(nowMs: number): void;
  nextMs(nowMs: number): number;
  /** A host took the line; no board resets on a network socket, so most do nothing. */
  plugged(nowMs: number): void;
  /** G-code lines taken so far. */
  readonly lines: number;
}

export type DeviceOptions = {
  /** How many times faster than life motion, heating and dwells go. The link itself is not made faster. */
  speedUp?: number;
  seed?: number;
  faults?: Faults;
  clock?: MachineClock;
  host?: string;
  port?: number;
};

const DEFAULT_HOST = '127.0.0.1';
/** Timers are no finer; asking more often would only burn the processor. */
const FINEST_WAKE_MS = 1;

type Host = { output: (bytes: Uint8Array) => void; hangUp: () => void };

/**
 * Puts a controller on a clock and a line. It lives on when its host goes: motion runs until the planner is empty, and the
 * next host finds it as it is. One host at a time has the line, as with a cable.
 */
export class SimulatedDevice<Controller extends SimulatedController> implements Pluggable {
  readonly controller: Controller;
  readonly #clock: MachineClock;
  readonly #speedUp: number;
  readonly #faults: Faults;
  readonly #random: () => number;
  readonly #originMs: number;
  readonly #place: { host: string; port: number };
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #host: Host | undefined;
  #waiting: string[] = [];
  #hasHungUp = false;
  #takeBackTimer: () => void = () => undefined;

  constructor(build: (say: (line: string) => void) => Controller, options: DeviceOptions) {
    this.#clock = options.clock ?? steadyClock;
    this.#speedUp = options.speedUp ?? 1;
    this.#faults = options.faults ?? {};
    this.#random = seededRandom(options.seed ?? 1);
    this.#originMs = this.#clock.nowMs();
    this.#place = { host: options.host ?? DEFAULT_HOST, port: options.port ?? 0 };
    this.controller = build((line) => this.#say(line));
    this.#server = createServer({ noDelay: true }, (socket) => this.#serve(socket));
  }

  attach(output: Host['output'], hangUp: () => void): PluggedIn {
    if (this.#host !== undefined) {
      hangUp();
      return { receive: () => undefined, detach: () => undefined };
    }
    const mine = { output, hangUp };
    this.#host = mine;
    this.controller.plugged(this.#machineMs());
    this.#settle();
    return {
      receive: (bytes) => {
        if (this.#host !== mine) return;
        this.controller.receive(withNoise(bytes, this.#faults.noise ?? 0, this.#random), this.#machineMs());
        this.#settle();
      },
      detach: () => {
        if (this.#host === mine) this.#host = undefined;
      },
    };
  }

  /** Answers on TCP; port 0 takes a free one. Rejects with a sentence when the port is taken. */
  listen(): Promise<{ host: string; port: number }> {
    const { host, port } = this.#place;
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error) => {
        const what = `The simulated machine cannot listen on ${host}:${port} (${error.message})`;
        reject(new Error(`${what}: choose another port.`));
      });
      this.#server.listen(port, host, () => {
        const address = this.#server.address();
        resolve({ host, port: typeof address === 'object' && address !== null ? address.port : port });
      });
    });
  }

  async close(): Promise<void> {
    this.#takeBackTimer();
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) await new Promise<void>((done) => this.#server.close(() => done()));
  }

  #machineMs(): number {
    return (this.#clock.nowMs() - this.#originMs) * this.#speedUp;
  }

  #say(line: string): void {
    const { silentAtLine, droppedOk } = this.#faults;
    if (silentAtLine !== undefined && this.controller.lines >= silentAtLine) return;
    if (droppedOk !== undefined && /^ok\b/.test(line) && this.#random() < droppedOk) return;
    this.#waiting.push(line);
  }

  /** Sends what was said, then sleeps until the controller has something to do. */
  #settle(): void {
    if (this.#waiting.length > 0)
      this.#host?.output(Buffer.from(`${this.#waiting.join('\r\n')}\r\n`, 'latin1'));
    this.#waiting = [];
    this.#hangUpOnPurpose();
    this.#takeBackTimer();
    this.#takeBackTimer = () => undefined;
    const nowMs = this.#machineMs();
    const nextMs = this.controller.nextMs(nowMs);
    if (nextMs === Infinity) return;
    this.#takeBackTimer = this.#clock.after(
      Math.max(FINEST_WAKE_MS, (nextMs - nowMs) / this.#speedUp),
      () => {
        this.controller.run(this.#machineMs());
        this.#settle();
      },
    );
  }

  #hangUpOnPurpose(): void {
    const { hangUpAtLine } = this.#faults;
    if (this.#hasHungUp || hangUpAtLine === undefined || this.controller.lines < hangUpAtLine) return;
    this.#hasHungUp = true;
    const leaving = this.#host;
    this.#host = undefined;
    leaving?.hangUp();
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    const plugged = this.attach(
      (bytes) => {
        if (!socket.destroyed) socket.write(bytes);
      },
      () => socket.destroySoon(),
    );
    socket.on('data', (bytes) => plugged.receive(bytes));
    // A reset by the host is an ordinary way to go.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      plugged.detach();
    });
  }
}
