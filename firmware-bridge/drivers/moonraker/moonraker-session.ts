import { z } from 'zod';
import type { MachineClock } from '../../machine.ts';
import { type PrintRecord, readHistory } from './find-run.ts';
import type { MoonrakerAddress } from './moonraker-address.ts';
import { mergeStatus, type PrinterStatus, WATCHED } from './printer-status.ts';
import type { RpcFrame } from './rpc-frames.ts';
import { type OpenSocket, RpcLink, RpcRefused } from './rpc-link.ts';

const CLIENT = {
  client_name: 'commonwright-bridge',
  version: '0.1.0',
  type: 'other',
  url: 'https://commonwright.invalid',
} as const;
/** How far back a run is looked for: more prints than that in one absence of the bridge leave it unknown. */
const HISTORY_MAX = 200;
/** Over a socket Moonraker says this where HTTP says 404 and 401. */
const NOT_FOUND = -32_601;
/** What it says to deleting a file that is not there; 403 is for one that is being printed. */
const NO_SUCH_FILE = new Set([400, NOT_FOUND]);
const UNAUTHORIZED = new Set([401, -32_602]);

const ServerInfo = z.object({ klippy_connected: z.boolean(), klippy_state: z.string() });
const PrinterInfo = z.object({
  state: z.string().catch('error'),
  state_message: z.string().catch(''),
  software_version: z.string().catch('unknown'),
});
export type PrinterInfo = z.infer<typeof PrinterInfo>;
const StatusAnswer = z.object({ status: z.unknown() });

type Notice = Extract<RpcFrame, { kind: 'notice' }>;

export type SessionOptions = {
  address: MoonrakerAddress;
  openSocket: OpenSocket;
  clock: MachineClock;
  onNotice: (notice: Notice) => void;
  onLost: (reason: string) => void;
  onFrame: (direction: 'in' | 'out', text: string) => void;
};

/** One conversation with a Moonraker, from the greeting to the loss of the link: each question as it is put there. */
export class MoonrakerSession {
  readonly #link: RpcLink;
  readonly #options: SessionOptions;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#link = new RpcLink(options);
  }

  /** Rejects with a sentence when nobody answers, the key is wrong, or Klipper is not to be reached yet. */
  async greet(): Promise<PrinterInfo> {
    const { address, openSocket } = this.#options;
    const { apiKey } = address;
    const headers: Record<string, string> = apiKey === undefined ? {} : { 'X-Api-Key': apiKey };
    await this.#link.open(openSocket, address.socket, headers);
    try {
      const key = apiKey === undefined ? {} : { api_key: apiKey };
      await this.#link.ask('server.connection.identify', { ...CLIENT, ...key });
    } catch (cause) {
      if (!(cause instanceof RpcRefused) || !UNAUTHORIZED.has(cause.code)) throw cause;
      const what = apiKey === undefined ? 'asks for a key' : 'does not accept the key';
      throw new Error(`Moonraker ${what}: write moonraker+http://host:7125?key=… with its API key.`);
    }
    const server = ServerInfo.parse(await this.#link.ask('server.info'));
    if (!server.klippy_connected) throw new Error('Moonraker answers, but Klipper is not connected to it.');
    const info = await this.printerInfo();
    if (info.state === 'startup') throw new Error('Klipper is starting.');
    return info;
  }

  async printerInfo(): Promise<PrinterInfo> {
    return PrinterInfo.parse(await this.#link.ask('printer.info'));
  }

  /** Everything that is watched, in one piece; changes follow as notices. */
  async subscribe(): Promise<PrinterStatus> {
    return this.#status('printer.objects.subscribe');
  }

  async query(): Promise<PrinterStatus> {
    return this.#status('printer.objects.query');
  }

  /** Newest first; nothing where Moonraker keeps none. */
  async history(): Promise<PrintRecord[] | undefined> {
    try {
      return readHistory(await this.#link.ask('server.history.list', { limit: HISTORY_MAX, order: 'desc' }));
    } catch (cause) {
      if (cause instanceof RpcRefused && cause.code === NOT_FOUND) return undefined;
      throw cause;
    }
  }

  /** Takes a file away, so that it can never be printed; one that is gone already is as good. */
  async withdraw(name: string): Promise<void> {
    try {
      await this.#link.ask('server.files.delete_file', { path: `gcodes/${name}` });
    } catch (cause) {
      if (!(cause instanceof RpcRefused) || !NO_SUCH_FILE.has(cause.code)) throw cause;
    }
  }

  async print(order: 'start' | 'pause' | 'resume' | 'cancel', params: object = {}): Promise<void> {
    await this.#link.order(`printer.print.${order}`, params);
  }

  async emergencyStop(): Promise<void> {
    await this.#link.ask('printer.emergency_stop');
  }

  async firmwareRestart(): Promise<void> {
    await this.#link.order('printer.firmware_restart');
  }

  close(): void {
    this.#link.close();
  }

  async #status(method: string): Promise<PrinterStatus> {
    const answer = StatusAnswer.parse(await this.#link.ask(method, { objects: WATCHED }));
    return mergeStatus({}, answer.status);
  }
}
