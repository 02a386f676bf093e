import type { Telemetry } from '#contract/live-events.ts';
import type { MachineLive } from '#contract/views.ts';
import type { LedgerPort } from '../commons/ledger-port.ts';
import type { PlanNow } from '../commons/route-now.ts';
import type { Connection, ConnectionOptions } from './connection.ts';
import type { LiveChange } from './lab-watch.ts';

/** What the coordinator needs of the rest of the house. */

export type CoordinatorClock = {
  /** Milliseconds since 1970. */
  nowMs: () => number;
  /** Calls once after `delayMs`; the returned function takes it back. */
  after: (delayMs: number, call: () => void) => () => void;
};

export type CoordinatorOptions = {
  ledger: LedgerPort;
  /** `isShared`: other coordinators may be on it. */
  broker: { url: string; username?: string; password?: string; isShared: boolean };
  /** MQTT, unless something else carries the messages. */
  connect?: (options: ConnectionOptions) => Connection;
  clock: CoordinatorClock;
  newId: () => string;
  /** Which of the wanted jobs go to which of the free machines. */
  plan: PlanNow;
  /** How long a bridge may be gone before its running jobs are in doubt. */
  doubtAfterMs?: number;
  /** How long nobody else must be ahead of this coordinator before it leads. */
  settleMs?: number;
  log: (sentence: string) => void;
};

export type Coordinator = {
  /** Connects to the broker and takes up what the ledger holds open. Resolves when the subscriptions stand. */
  start: () => Promise<void>;
  stop: () => Promise<void>;
  /** Among those on a shared broker, one leads: it offers, assigns, starts by itself and takes back. */
  isLeading: () => boolean;
  /** This coordinator's ledger has stopped: another one shall lead, whatever becomes of this one. */
  stepAside: () => void;
  /** Every machine of the ledger, with what its bridge said last; `offline` when nothing is known. */
  machineLive: () => MachineLive[];
  /** The newest reading of each running job. */
  telemetry: () => Telemetry[];
  /** Called on each change of a machine's state and on each reading. Returns the function that stops it. */
  onLive: (listener: (change: LiveChange) => void) => () => void;
  isOnline: (lab: string, machine: string) => boolean;
  /** Jobs that the machine has been given and that have not ended. */
  queueOf: (lab: string, machine: string) => number;
  /** What people ask of jobs under way. Each rejects with an `AppError` that says why it cannot be. */
  commands: {
    pause: (job: string) => Promise<void>;
    resume: (job: string) => Promise<void>;
    /** Resolves when the job is cancelled in the ledger: for a running one, when its machine has stopped. */
    cancel: (job: string, by: string, reason: string) => Promise<void>;
    /** A person says that the bed is clear: the prepared job starts. */
    clearBed: (job: string, by: string) => Promise<void>;
    clearFault: (lab: string, machine: string) => Promise<void>;
  };
};
