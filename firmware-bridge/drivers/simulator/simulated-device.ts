import { createServer, type Server, type Socket } from 'node:net';
import { type MachineClock, steadyClock } from '../../machine.ts';
import type { Pluggable, PluggedIn } from '../../transport/link.ts';
import { damaged, type Faults, rubbish, seededRandom } from './line-faults.ts';
import { SerialPace } from './serial-pace.ts';

/** What a simulated controller is to the device around it. Times are the machine's own milliseconds. */
export interface SimulatedController {
  receive(bytes: Uint8Array, nowMs: number): void;
  run(nowMs: number): void;
  nextMs(nowMs: number): number;
  /** A host took the line. On a network socket no board resets, so most do nothing. */
  plugged?(nowMs: number): void;
  /** Starts as after switching on. */
  powerUp(nowMs: number): void;
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
/** A board's loader listens for a new firmware this long before the firmware starts. */
const BOOT_MS = 1_500;

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
  #hasLostPower = false;
  /** Without current, or still in its loader. */
  #isDark = false;
  #takeBackTimer: () => void = () => undefined;

  constructor(
    build: (say: (line: string) => void, random: () => number) => Controller,
    options: DeviceOptions,
  ) {
    this.#clock = options.clock ?? steadyClock;
    this.#speedUp = options.speedUp ?? 1;
    this.#faults = options.faults ?? {};
    this.#random = seededRandom(options.seed ?? 1);
    this.#originMs = this.#clock.nowMs();
    this.#place = { host: options.host ?? DEFAULT_HOST, port: options.port ?? 0 };
    this.controller = build((line) => this.#say(line), this.#random);
    this.#server = createServer({ noDelay: true }, (socket) => this.#serve(socket));
  }

  attach(output: Host['output'], hangUp: () => void): PluggedIn {
    if (this.#host !== undefined) {
      hangUp();
      return { receive: () => undefined, detach: () => undefined };
    }
    const { baud, latencyMs = 0 } = this.#faults;
    const isMine = () => this.#host === mine;
    const outward = new SerialPace(this.#clock, { baud, latencyMs }, (bytes) => {
      if (isMine()) output(bytes);
    });
    const inward = new SerialPace(this.#clock, { baud, latencyMs: 0 }, (bytes) => {
      if (isMine()) this.#hear(bytes);
    });
    const mine: Host = { output: (bytes) => outward.carry(bytes), hangUp };
    this.#host = mine;
    if (this.#isDark || this.#faults.resetsOnOpen === true) this.#boot();
    else this.controller.plugged?.(this.#machineMs());
    this.#settle();
    return {
      receive: (bytes) => {
        if (isMine()) inward.carry(bytes);
      },
      detach: () => {
        if (isMine()) this.#host = undefined;
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

  #hear(bytes: Uint8Array): void {
    if (this.#isDark) return;
    this.controller.receive(damaged(bytes, this.#faults, this.#random), this.#machineMs());
    this.#settle();
  }

  /** The loader first: what comes meanwhile goes nowhere. */
  #boot(): void {
    this.#isDark = true;
    this.#clock.after(BOOT_MS / this.#speedUp, () => {
      this.#isDark = false;
      this.controller.powerUp(this.#machineMs());
      this.#settle();
    });
  }

  #say(line: string): void {
    const { silentAtLine = Infinity, droppedOk = 0, repeatedOk = 0, garbage = 0 } = this.#faults;
    if (this.controller?.lines >= silentAtLine) return;
    const isOk = /^ok\b/.test(line);
    if (isOk && droppedOk > 0 && this.#random() < droppedOk) return;
    this.#waiting.push(line);
    if (isOk && repeatedOk > 0 && this.#random() < repeatedOk) this.#waiting.push(line);
    if (garbage > 0 && this.#random() < garbage) this.#waiting.push(rubbish(this.#random));
  }

  /** Sends what was said, then sleeps until the controller has something to do. */
  #settle(): void {
    if (this.#waiting.length > 0) this.#send(Buffer.from(`${this.#waiting.join('\r\n')}\r\n`, 'latin1'));
    this.#waiting = [];
    this.#failOnPurpose();
    this.#takeBackTimer();
    this.#takeBackTimer = () => undefined;
    if (this.#isDark) return;
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

  #send(bytes: Uint8Array): void {
    if (this.#faults.isChunked !== true) {
      this.#host?.output(bytes);
      return;
    }
    for (let at = 0; at < bytes.length; ) {
      const end = at + 1 + Math.floor(this.#random() * (bytes.length - at));
      this.#host?.output(bytes.subarray(at, end));
      at = end;
    }
  }

  #failOnPurpose(): void {
    const { hangUpAtLine = Infinity, powerLossAtLine = Infinity } = this.#faults;
    const { lines } = this.controller;
    if (!this.#hasLostPower && lines >= powerLossAtLine) {
      this.#hasLostPower = true;
      this.#isDark = true;
      this.#cut();
    } else if (!this.#hasHungUp && lines >= hangUpAtLine) {
      this.#hasHungUp = true;
      this.#cut();
    }
  }

  #cut(): void {
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
