import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { type MachineClock, steadyClock } from '../../machine.ts';
import { type Client, MoonrakerHost, MoonrakerRefused } from './moonraker-host.ts';
import { methodNamed } from './moonraker-methods.ts';
import { KlipperRefused } from './simulated-klipper.ts';

export type MoonrakerSimulatorOptions = {
  host?: string;
  /** 0 takes a free one. */
  port?: number;
  clock?: MachineClock;
  /** How many times faster than life files are printed. */
  speedUp?: number;
  /** Asked of everybody where there is one. */
  apiKey?: string;
};

const DEFAULT_HOST = '127.0.0.1';
const METHOD_NOT_FOUND = -32_601;
const INVALID_PARAMS = -32_602;
const UPLOAD_BYTES_MAX = 512 * 1024 * 1024;

/** A Moonraker with a Klipper behind it, on HTTP and WebSocket, with its faults on switches. */
export class MoonrakerSimulator {
  readonly moonraker: MoonrakerHost;
  readonly #options: MoonrakerSimulatorOptions;
  readonly #clock: MachineClock;
  readonly #http: Server;
  readonly #sockets = new WebSocketServer({ noServer: true });
  #lastClient = 0;
  /** Takes every question and answers none. */
  isSilent = false;
  /** Refuses every new connection and drops those there are. */
  isOff = false;
  /** Every answer comes that much later. */
  slowMs = 0;

  constructor(options: MoonrakerSimulatorOptions = {}) {
    this.#options = options;
    this.#clock = options.clock ?? steadyClock;
    this.moonraker = new MoonrakerHost(options);
    this.#http = createServer((request, response) => void this.#serve(request, response));
    this.#http.on('upgrade', (request, socket, head) => {
      if (this.isOff) return socket.destroy();
      if (!request.url?.startsWith('/websocket')) return socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
      this.#sockets.handleUpgrade(request, socket, head, (client) => this.#welcome(client, request));
    });
  }

  /** Rejects with a sentence when the port is taken. */
  listen(): Promise<{ host: string; port: number }> {
    const { host = DEFAULT_HOST, port = 0 } = this.#options;
    return new Promise((resolve, reject) => {
      this.#http.once('error', (error) => {
        const what = `The simulated machine cannot listen on ${host}:${port} (${error.message})`;
        reject(new Error(`${what}: choose another port.`));
      });
      this.#http.listen(port, host, () => {
        const address = this.#http.address();
        resolve({ host, port: typeof address === 'object' && address !== null ? address.port : port });
      });
    });
  }

  dropSockets(): void {
    for (const client of this.#sockets.clients) client.terminate();
  }

  /** Moonraker itself starts again, while Klipper goes on. */
  restartMoonraker(): void {
    this.moonraker.restart();
    this.dropSockets();
  }

  async close(): Promise<void> {
    this.moonraker.close();
    this.dropSockets();
    this.#sockets.close();
    this.#http.closeAllConnections();
    if (this.#http.listening) await new Promise<void>((done) => this.#http.close(() => done()));
  }

  #welcome(socket: WebSocket, request: IncomingMessage): void {
    this.#lastClient += 1;
    let mayAsk = this.#isAllowed(request);
    const client: Client = {
      ...{ id: this.#lastClient, isIdentified: false, watched: {} },
      tell: (method, params) => this.#say(socket, { jsonrpc: '2.0', method, params }),
    };
    this.moonraker.clients.add(client);
    socket.on('message', (data) => {
      const answer = this.#answer(String(data), client, (key) => {
        mayAsk ||= key === this.#options.apiKey;
        return mayAsk;
      });
      if (answer !== undefined) this.#say(socket, answer);
    });
    // A reset by the client is an ordinary way to go.
    socket.on('error', () => undefined);
    socket.on('close', () => this.moonraker.clients.delete(client));
  }

  #say(socket: WebSocket, said: object): void {
    if (this.isSilent) return;
    const send = () => socket.send(JSON.stringify(said), () => undefined);
    if (this.slowMs === 0) send();
    else this.#clock.after(this.slowMs, send);
  }

  #answer(text: string, client: Client, mayAsk: (key: unknown) => boolean): object | undefined {
    const asked = parse(text);
    if (asked === undefined) return rpcError(null, -32_700, 'Parse error');
    const { id, method, params = {} } = asked;
    try {
      if (typeof method !== 'string') throw new MoonrakerRefused(400, 'Invalid Request');
      if (!mayAsk(params.api_key)) throw new MoonrakerRefused(401, 'Unauthorized');
      const result = methodNamed(method)(this.moonraker, params, client);
      return id === undefined ? undefined : { jsonrpc: '2.0', result, id };
    } catch (cause) {
      const { status, message } = refusalOf(cause);
      const code = status === 404 ? METHOD_NOT_FOUND : status === 401 ? INVALID_PARAMS : status;
      return rpcError(id, code, message);
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.isOff) {
      request.socket.destroy();
      return;
    }
    if (this.isSilent) return;
    try {
      if (!this.#isAllowed(request)) throw new MoonrakerRefused(401, 'Unauthorized');
      const url = new URL(request.url ?? '/', 'http://127.0.0.1');
      const file = /^\/server\/files\/gcodes\/(.+)$/.exec(url.pathname)?.[1];
      if (url.pathname === '/server/files/upload') json(response, 201, await this.#takeFile(request));
      else if (file === undefined) json(response, 200, { result: this.#ask(url) });
      else this.#handOver(response, decodeURIComponent(file), request.method);
    } catch (cause) {
      const { status, message } = refusalOf(cause);
      json(response, status, { error: { code: status, message, traceback: '' } });
    }
  }

  /** Objects are named by the query itself: `?print_stats&webhooks=state`. */
  #ask(url: URL): unknown {
    const name = url.pathname.slice(1).replaceAll('/', '.');
    const query = Object.fromEntries(url.searchParams);
    const objects = Object.fromEntries(
      Object.entries(query).map(([object, fields]) => [object, fields === '' ? null : fields.split(',')]),
    );
    return methodNamed(name)(
      this.moonraker,
      name === 'printer.objects.query' ? { objects } : query,
      undefined,
    );
  }

  #handOver(response: ServerResponse, name: string, verb = 'GET'): void {
    if (verb === 'DELETE') {
      json(response, 200, { result: this.moonraker.delete(name) });
      return;
    }
    const file = this.moonraker.files.get(name);
    if (file === undefined) throw new MoonrakerRefused(404, 'Not Found');
    response.writeHead(200, { 'content-type': 'text/plain; charset=UTF-8' }).end(file.text);
  }

  async #takeFile(request: IncomingMessage): Promise<object> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of request) {
      bytes += (chunk as Buffer).length;
      if (bytes > UPLOAD_BYTES_MAX) throw new MoonrakerRefused(413, 'Request Entity Too Large');
      chunks.push(chunk as Buffer);
    }
    const headers = { 'content-type': request.headers['content-type'] ?? '' };
    const form = await new Response(Buffer.concat(chunks), { headers }).formData();
    const file = form.get('file');
    if (!(file instanceof File)) throw new MoonrakerRefused(400, 'Multipart filename omitted');
    const checksum = form.get('checksum');
    return this.moonraker.upload(
      file.name,
      await file.text(),
      typeof checksum === 'string' ? checksum : undefined,
      form.get('print') === 'true',
    );
  }

  #isAllowed(request: IncomingMessage): boolean {
    const { apiKey } = this.#options;
    return apiKey === undefined || request.headers['x-api-key'] === apiKey;
  }
}

function parse(
  text: string,
): { id?: unknown; method?: unknown; params?: Record<string, unknown> } | undefined {
  try {
    const said: unknown = JSON.parse(text);
    return typeof said === 'object' && said !== null ? said : undefined;
  } catch {
    return undefined;
  }
}

function rpcError(id: unknown, code: number, message: string): object {
  return { jsonrpc: '2.0', error: { code, message }, id: id ?? null };
}

function refusalOf(cause: unknown): { status: number; message: string } {
  if (cause instanceof MoonrakerRefused) return cause;
  if (cause instanceof KlipperRefused) return { status: 400, message: cause.message };
  return { status: 500, message: cause instanceof Error ? cause.message : String(cause) };
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' });
  response.end(JSON.stringify(body));
}
