import { io, type Socket } from 'socket.io-client';
import type {
  CountStock,
  DesignDetail,
  EntryProof,
  EvaluateDesign,
  JobCommand,
  LabOpened,
  LedgerHead,
  OpenLab,
  PlaceOrder,
  Problem,
  Quote,
} from '#contract/http.ts';
import type { Delta, Follow, PageToServer, ServerToPage, Snapshot } from '#contract/live-events.ts';
import type { JobView, OrderView } from '#contract/views.ts';

/** The only file of the page that talks to the server. */

/** Must equal `LIVE_PATH` of the contract, whose module would bring zod into the page. */
const LIVE_PATH = '/live';
/** Files never change under their hash; this many stay in memory for going back and forth. */
const KEPT_FILES = 40;
const RECONNECT_MAX_MS = 3_000;
/** Long enough that a server that turns this page away is not asked without pause. */
const AFTER_FAREWELL_MS = 1_000;

/** What the server refused, in words for a person; `code` and `details` allow saying it in the reader's language. */
export class ServerProblem extends Error {
  readonly code: string;
  readonly status: number;
  readonly details: Record<string, unknown>;

  constructor(problem: Pick<Problem, 'code' | 'status' | 'detail'> & { details?: Problem['details'] }) {
    super(problem.detail);
    this.code = problem.code;
    this.status = problem.status;
    this.details = problem.details ?? {};
  }
}

/** Code of a problem that is the page's own: nothing answered. */
export const NO_ANSWER = 'page.no-answer';

let commandKey: string | undefined;

/** The key that goes with every request from now on; undefined for none. */
export function sendKeyWithCommands(key: string | undefined): void {
  commandKey = key;
}

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (commandKey !== undefined) headers.set('Authorization', `Bearer ${commandKey}`);
  const response = await fetch(path, { ...init, headers }).catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ServerProblem({ code: NO_ANSWER, status: 0, detail: 'The server does not answer.' });
  });
  if (response.ok) return response;
  throw await problemOf(response);
}

async function problemOf(response: Response): Promise<ServerProblem> {
  const body: unknown = await response.json().catch(() => undefined);
  if (typeof body === 'object' && body !== null && 'detail' in body && 'code' in body) {
    const details = 'details' in body && typeof body.details === 'object' ? body.details : undefined;
    return new ServerProblem({
      code: String(body.code),
      status: response.status,
      detail: String(body.detail),
      ...(details ? { details: { ...details } } : {}),
    });
  }
  return new ServerProblem({
    code: `http.${response.status}`,
    status: response.status,
    detail: response.statusText,
  });
}

async function read<Body>(path: string, signal?: AbortSignal): Promise<Body> {
  return (await ask(path, signal ? { signal } : {})).json();
}

async function send<Answer>(path: string, body?: object, signal?: AbortSignal): Promise<Answer> {
  const response = await ask(path, {
    method: 'POST',
    ...(body === undefined
      ? {}
      : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  });
  return response.json();
}

export const readDesign = (design: string) => read<DesignDetail>(`/api/designs/${design}`);
export const readOrder = (order: string) => read<OrderView>(`/api/orders/${order}`);
export const readJob = (job: string) => read<JobView>(`/api/jobs/${job}`);
export const readLedgerHead = () => read<LedgerHead>('/api/ledger');
export const readEntryProof = (index: number) => read<EntryProof>(`/api/entries/${index}`);

export const evaluateDesign = (design: string, wish: EvaluateDesign, signal?: AbortSignal) =>
  send<Quote>(`/api/designs/${design}/evaluate`, wish, signal);
export const placeOrder = (wish: PlaceOrder) => send<{ order: string }>('/api/orders', wish);
export const cancelOrder = (order: string, reason: string) =>
  send<{ order: string }>(`/api/orders/${order}/cancel`, { reason });
export const commandJob = (job: string, command: JobCommand) =>
  send<unknown>(`/api/jobs/${job}/${command.action}`, command);
export const openLab = (wish: OpenLab) => send<LabOpened>('/api/labs', wish);
export const countStock = (lab: string, wish: CountStock) => send<unknown>(`/api/labs/${lab}/stock`, wish);
export const clearFault = (lab: string, machine: string) =>
  send<unknown>(`/api/labs/${lab}/machines/${machine}/clear-fault`);

const files = new Map<string, Promise<ArrayBuffer>>();

/** The bytes under a content hash; read once and kept for a while. */
export function readFile(hash: string): Promise<ArrayBuffer> {
  const known = files.get(hash);
  if (known !== undefined) return known;
  const reading = ask(`/api/blobs/${hash}`).then((response) => response.arrayBuffer());
  files.set(hash, reading);
  reading.catch(() => files.delete(hash));
  const [oldest] = files.keys();
  if (files.size > KEPT_FILES && oldest !== undefined) files.delete(oldest);
  return reading;
}

export async function readTextFile(hash: string): Promise<string> {
  return new TextDecoder().decode(await readFile(hash));
}

/** A JSON file under a content hash. The hash says that it is what the server checked when it made it. */
export async function readJsonFile<Body>(hash: string): Promise<Body> {
  return JSON.parse(await readTextFile(hash));
}

/** A piece of the public log (C2SP tlog-tiles), e.g. `tile/entries/000`. */
export async function readLogBytes(path: string): Promise<Uint8Array> {
  return new Uint8Array(await (await ask(`/log/${path}`)).arrayBuffer());
}

export const downloadAddress = (hash: string, name: string) =>
  `/api/blobs/${hash}?name=${encodeURIComponent(name)}`;

export interface LiveHandlers {
  /** What the page has, when it asks to follow. */
  position(): Follow;
  reply(reply: Snapshot | Delta): void;
  /** False when the delta does not fit what the page has: then it asks again. */
  delta(delta: Delta): boolean;
  machines: ServerToPage['machines'];
  telemetry: ServerToPage['telemetry'];
  lost(): void;
}

/** Follows the server until `close`. Socket.IO reconnects by itself; each connection starts with `follow`. */
export function followServer(handlers: LiveHandlers): { close(): void; again(): void } {
  const socket: Socket<ServerToPage, PageToServer> = io({
    path: LIVE_PATH,
    auth: (give) => give(commandKey === undefined ? {} : { key: commandKey }),
    reconnectionDelay: 250,
    reconnectionDelayMax: RECONNECT_MAX_MS,
    transports: ['websocket', 'polling'],
  });
  const follow = () => socket.emit('follow', handlers.position(), (reply) => handlers.reply(reply));
  socket.on('connect', follow);
  socket.on('delta', (delta) => {
    if (!handlers.delta(delta)) follow();
  });
  socket.on('machines', handlers.machines);
  socket.on('telemetry', handlers.telemetry);
  let again: ReturnType<typeof setTimeout> | undefined;
  socket.on('disconnect', (reason) => {
    handlers.lost();
    // A server that stops says farewell, after which Socket.IO does not come back by itself.
    if (reason === 'io server disconnect') again = setTimeout(() => socket.connect(), AFTER_FAREWELL_MS);
  });
  socket.on('connect_error', () => handlers.lost());
  return {
    close: () => {
      clearTimeout(again);
      socket.close();
    },
    again: () => {
      socket.disconnect().connect();
    },
  };
}
