import { readRecord } from './find-run.ts';
import { MoonrakerSession, type PrinterInfo, type SessionOptions } from './moonraker-session.ts';
import { mergeStatus, type PrinterReport, type PrinterStatus, readPrinter } from './printer-status.ts';

export type PrinterLinkOptions = Pick<SessionOptions, 'address' | 'openSocket' | 'clock' | 'onFrame'> & {
  /** Klipper told something new. */
  onReport: () => void;
  /** Nothing is known of the printer from now on; `reason` is a sentence. */
  onAway: (reason: string) => void;
  /** Moonraker has written down how the print of that file ended. */
  onWritten: (file: string) => void;
};

/** What is known of one printer, over one session after another, kept up to date by what Moonraker tells by itself. */
export class PrinterLink {
  readonly #options: PrinterLinkOptions;
  #session: MoonrakerSession | undefined;
  /** Whether Moonraker reaches Klipper: its objects keep their last values when it does not. */
  #isKlipperThere = false;
  #status: PrinterStatus = {};

  constructor(options: PrinterLinkOptions) {
    this.#options = options;
  }

  get report(): PrinterReport {
    return readPrinter(this.#status);
  }

  get isKlipperThere(): boolean {
    return this.#isKlipperThere;
  }

  async open(): Promise<PrinterInfo> {
    this.close();
    const session: MoonrakerSession = new MoonrakerSession({
      ...this.#options,
      onNotice: ({ method, params }) => {
        if (session === this.#session) this.#hear(session, method, params[0]);
      },
      onLost: (reason) => {
        if (session === this.#session) this.lose(reason);
      },
    });
    this.#session = session;
    try {
      const info = await session.greet();
      await this.#watch(session);
      return info;
    } catch (cause) {
      if (session === this.#session) this.lose(sentenceOf(cause));
      else session.close();
      throw cause;
    }
  }

  /** Rejects with a sentence when Moonraker is not connected. */
  moonraker(): MoonrakerSession {
    if (this.#session === undefined) throw new Error('Moonraker is not connected.');
    return this.#session;
  }

  /** Rejects with a sentence when Klipper cannot be reached. */
  klipper(): MoonrakerSession {
    if (!this.#isKlipperThere) throw new Error('Klipper is not connected to Moonraker.');
    return this.moonraker();
  }

  /** Asks Klipper for everything in one piece: fields that were told at different moments may not belong together. */
  async refresh(): Promise<PrinterReport> {
    this.#status = mergeStatus(this.#status, await this.klipper().query());
    return this.report;
  }

  lose(reason: string): void {
    this.close();
    this.#options.onAway(reason);
  }

  close(): void {
    const session = this.#session;
    this.#session = undefined;
    this.#isKlipperThere = false;
    session?.close();
  }

  async #watch(session: MoonrakerSession): Promise<void> {
    const status = await session.subscribe();
    if (session !== this.#session) throw new Error('The connection was given up while it was being made.');
    this.#status = status;
    this.#isKlipperThere = true;
    this.#options.onReport();
  }

  #hear(session: MoonrakerSession, method: string, told: unknown): void {
    switch (method) {
      case 'notify_status_update':
        if (this.#isKlipperThere) this.#merge(told);
        break;
      case 'notify_klippy_ready':
        // It has forgotten what it was to tell.
        this.#watch(session).catch((cause) => {
          if (session === this.#session) this.lose(sentenceOf(cause));
        });
        break;
      case 'notify_klippy_shutdown':
        void this.#askWhy(session);
        break;
      case 'notify_klippy_disconnected':
        this.#isKlipperThere = false;
        this.#options.onAway('Klipper is not connected to Moonraker.');
        break;
      case 'notify_history_changed': {
        const file = endedFile(told);
        if (file !== undefined) this.#options.onWritten(file);
      }
    }
  }

  async #askWhy(session: MoonrakerSession): Promise<void> {
    const info = await session.printerInfo().catch(() => undefined);
    if (session !== this.#session || info === undefined || info.state === 'ready') return;
    const { state, state_message } = info;
    this.#merge({ webhooks: { state, state_message } });
  }

  #merge(told: unknown): void {
    this.#status = mergeStatus(this.#status, told);
    this.#options.onReport();
  }
}

function endedFile(told: unknown): string | undefined {
  if (typeof told !== 'object' || told === null) return undefined;
  const { action, job } = told as { action?: unknown; job?: unknown };
  return action === 'finished' ? readRecord(job)?.filename : undefined;
}

export function sentenceOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
