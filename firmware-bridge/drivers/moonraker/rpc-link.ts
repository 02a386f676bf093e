import type { MachineClock } from '../../machine.ts';
import { type RpcFrame, readFrame, requestFrame } from './rpc-frames.ts';

/** A line of text frames, as a WebSocket is one. */
export interface TextSocket {
  send(text: string): void;
  /** `onClosed` is not called for it. */
  close(): void;
}

export type SocketListener = {
  onText: (text: string) => void;
  /** Once, when the socket breaks by itself; `reason` is a sentence. */
  onClosed: (reason: string) => void;
};

/** Opens a socket with these HTTP headers. Rejects with a sentence that says what to do. */
export type OpenSocket = (
  url: string,
  headers: Readonly<Record<string, string>>,
  listener: SocketListener,
) => Promise<TextSocket>;

/** Moonraker answered and said no: nothing was done. */
export class RpcRefused extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.name = 'RpcRefused';
    this.code = code;
  }
}

/** Moonraker is asked this often whether it is there; with three questions in a row unanswered it is not. */
const ASK_EVERY_MS = 5_000;
const MISSES_MAX = 3;
/** A question about what Moonraker knows. Orders to the printer take as long as its G-code does and have no limit. */
const QUESTION_MS = 10_000;

type Waiting = { resolve: (result: unknown) => void; reject: (error: Error) => void };

export type RpcLinkOptions = {
  clock: MachineClock;
  onNotice: (notice: Extract<RpcFrame, { kind: 'notice' }>) => void;
  /** Once, when nobody is there any more; `reason` is a sentence. */
  onLost: (reason: string) => void;
  onFrame: (direction: 'in' | 'out', text: string) => void;
};

/** Questions and answers over one socket, in any order, and a watch on whether anybody is there. */
export class RpcLink {
  readonly #options: RpcLinkOptions;
  readonly #waiting = new Map<number, Waiting>();
  #socket: TextSocket | undefined;
  #lastId = 0;
  #misses = 0;
  #takeBackWatch: () => void = () => undefined;

  constructor(options: RpcLinkOptions) {
    this.#options = options;
  }

  async open(openSocket: OpenSocket, url: string, headers: Readonly<Record<string, string>>): Promise<void> {
    this.#socket = await openSocket(url, headers, {
      onText: (text) => this.#hear(text),
      onClosed: (reason) => this.#lose(reason),
    });
    this.#watch();
  }

  /** Rejects with `RpcRefused` for a no, with another error when no answer came. */
  async ask(method: string, params: object = {}): Promise<unknown> {
    return this.#send(method, params, QUESTION_MS);
  }

  /** As `ask`, for what lasts as long as the printer's G-code takes. */
  async order(method: string, params: object = {}): Promise<unknown> {
    return this.#send(method, params, undefined);
  }

  close(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#takeBackWatch();
    socket?.close();
    for (const { reject } of this.#waiting.values()) reject(new Error('The link to Moonraker was closed.'));
    this.#waiting.clear();
  }

  #send(method: string, params: object, limitMs: number | undefined): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#socket === undefined) return reject(new Error('Moonraker is not connected.'));
      this.#lastId += 1;
      const id = this.#lastId;
      const takeBack =
        limitMs === undefined
          ? () => undefined
          : this.#options.clock.after(limitMs, () => {
              this.#waiting.delete(id);
              reject(new Error(`Moonraker did not answer ${method} within ${limitMs / 1_000} s.`));
            });
      const settled =
        <Value>(settle: (value: Value) => void) =>
        (value: Value) => {
          takeBack();
          settle(value);
        };
      this.#waiting.set(id, { resolve: settled(resolve), reject: settled(reject) });
      if (method !== ALIVE) this.#options.onFrame('out', method);
      this.#socket.send(requestFrame(id, method, params));
    });
  }

  #hear(text: string): void {
    if (this.#socket === undefined) return;
    this.#misses = 0;
    const frame = readFrame(text);
    if (frame === undefined) return;
    if (frame.kind === 'notice') {
      if (!ROUTINE.has(frame.method)) this.#options.onFrame('in', frame.method);
      this.#options.onNotice(frame);
      return;
    }
    const waiting = this.#waiting.get(frame.id);
    this.#waiting.delete(frame.id);
    if (frame.kind === 'answer') waiting?.resolve(frame.result);
    else waiting?.reject(new RpcRefused(frame.code, frame.message));
  }

  #watch(): void {
    this.#takeBackWatch = this.#options.clock.after(ASK_EVERY_MS, () => {
      if (this.#socket === undefined) return;
      if (this.#misses >= MISSES_MAX)
        return this.#lose(`Moonraker has not answered for ${(MISSES_MAX * ASK_EVERY_MS) / 1_000} s.`);
      this.#misses += 1;
      this.ask(ALIVE).catch(() => undefined);
      this.#watch();
    });
  }

  #lose(reason: string): void {
    if (this.#socket === undefined) return;
    this.close();
    this.#options.onLost(reason);
  }
}

/** Any answer does; this question costs the least. */
const ALIVE = 'server.info';
/** They come several times a second. */
const ROUTINE = new Set(['notify_status_update', 'notify_proc_stat_update', 'notify_gcode_response']);
