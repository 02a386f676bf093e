import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type MachineClock, steadyClock } from '../../machine.ts';

const DEFAULT_HOST = '127.0.0.1';
const BODY_BYTES_MAX = 256 * 1024 * 1024;

/** What may go wrong on the way to a print host, and in it; may be changed while it runs. Times are the host's own. */
export type HostFaults = {
  /** Hangs up on every so-manieth question, as a bad network does. */
  hangUpEvery?: number;
  /** Answers that many of the next questions with an error of the server. */
  brokenAnswers?: number;
  /** Takes that long for each answer, ms. */
  delayMs?: number;
  /** Hangs up on orders and does nothing. */
  losesOrders?: boolean;
  /** Does as it is told, but hangs up on orders before it says so. */
  losesAnswersToOrders?: boolean;
  /** Goes on showing what was before for that long after an accepted start, ms. */
  lateMs?: number;
};

export type SimulatedHostOptions = {
  /** How many times faster than life the printer is; the network is not made faster. */
  speedUp?: number;
  faults?: HostFaults;
  clock?: MachineClock;
  host?: string;
  port?: number;
};

export type HostQuestion = {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: Buffer;
};
export type HostAnswer = { status: number; headers?: Record<string, string>; body?: object | string };
type Answer = (question: HostQuestion) => HostAnswer | Promise<HostAnswer>;

/** The HTTP side of a simulated print host: one address, faults on switches, and time that passes faster than life. */
export class SimulatedHost {
  faults: HostFaults;
  /** Every order that was taken, e.g. `POST /api/job`; what only asks is left out. */
  readonly orders: string[] = [];
  /** How many questions were ever put to it, orders included. */
  questions = 0;
  /** How many orders a fault has swallowed. */
  ordersLost = 0;
  readonly #clock: MachineClock;
  readonly #speedUp: number;
  readonly #place: { host: string; port: number };
  readonly #server: Server;
  #answer: Answer = () => ({ status: 503 });

  constructor(options: SimulatedHostOptions) {
    this.faults = options.faults ?? {};
    this.#clock = options.clock ?? steadyClock;
    this.#speedUp = options.speedUp ?? 1;
    this.#place = { host: options.host ?? DEFAULT_HOST, port: options.port ?? 0 };
    this.#server = createServer((request, response) => {
      // Whoever hangs up in the middle of a question gets no answer.
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  answerWith(answer: Answer): void {
    this.#answer = answer;
  }

  /** The printer's own milliseconds. */
  nowMs(): number {
    return this.#clock.nowMs() * this.#speedUp;
  }

  /** Answers on HTTP; port 0 takes a free one and keeps it. Rejects with a sentence when the port is taken. */
  listen(): Promise<{ host: string; port: number }> {
    const { host, port } = this.#place;
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error) => {
        const what = `The simulated host cannot listen on ${host}:${port} (${error.message})`;
        reject(new Error(`${what}: choose another port.`));
      });
      this.#server.listen(port, host, () => {
        const address = this.#server.address();
        this.#place.port = typeof address === 'object' && address !== null ? address.port : port;
        resolve({ host, port: this.#place.port });
      });
    });
  }

  /** Nobody listens any more; `listen` takes the same address again. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((done) => this.#server.close(() => done()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? 'GET';
    const body = await read(request);
    this.questions += 1;
    const { hangUpEvery, brokenAnswers = 0, delayMs = 0, losesOrders, losesAnswersToOrders } = this.faults;
    const isOrder = method !== 'GET';
    if ((isOrder && losesOrders) || (hangUpEvery !== undefined && this.questions % hangUpEvery === 0)) {
      if (isOrder) this.ordersLost += 1;
      request.socket.destroy();
      return;
    }
    if (delayMs > 0) await new Promise<void>((done) => this.#clock.after(delayMs / this.#speedUp, done));
    if (brokenAnswers > 0) {
      this.faults = { ...this.faults, brokenAnswers: brokenAnswers - 1 };
      send(response, { status: 500, body: 'Internal Server Error' });
      return;
    }
    const path = request.url ?? '/';
    const answer = await this.#answer({ method, path, headers: request.headers, body });
    if (isOrder && answer.status < 400) this.orders.push(`${method} ${path}`);
    if (losesAnswersToOrders && isOrder) request.socket.destroy();
    else send(response, answer);
  }
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request) {
    bytes += piece.length;
    if (bytes > BODY_BYTES_MAX) throw new Error('The question is too long.');
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function send(response: ServerResponse, { status, headers, body }: HostAnswer): void {
  const type = typeof body === 'object' ? 'application/json' : 'text/plain; charset=utf-8';
  response.writeHead(status, { ...(body !== undefined && { 'Content-Type': type }), ...headers });
  response.end(typeof body === 'object' ? JSON.stringify(body) : body);
}
