/**
 * The driver port: what the bridge knows of a machine, whatever its firmware. Drivers hold no policy: they neither start a
 * job twice nor clear a fault by themselves; the bridge and a person decide that.
 */

/** Millimetres in work coordinates, the ones the program is written in. */
export type MachinePosition = { xMm: number; yMm: number; zMm: number };

export type MachineState =
  | { kind: 'offline'; reason: string }
  | { kind: 'connecting' }
  | { kind: 'idle' }
  | { kind: 'running' }
  | { kind: 'paused' }
  /** Works on something that this bridge did not start; it takes no job until that is over. */
  | { kind: 'busy'; words: string }
  /** `words` are the machine's own, with their meaning; after `positionLost` the machine must find its home again. */
  | { kind: 'alarm'; code: string; words: string; positionLost: boolean };

export type MachineTemperatures = {
  nozzleC?: number;
  nozzleTargetC?: number;
  bedC?: number;
  bedTargetC?: number;
};

export type MachineTelemetry = {
  positionMm?: MachinePosition;
  feedMmPerMin?: number;
  spindleRpm?: number;
  temperatures?: MachineTemperatures;
  /** Best estimate of the line being executed: 0-based index into the program as it was given to `start`. */
  line: number;
  linesTotal: number;
  /** How many lines of the program, from the first, the machine has accepted (comments count as accepted on the way). */
  linesAcknowledged: number;
};

export type RunFailure = 'alarm' | 'error' | 'thermal' | 'link-lost' | 'firmware-reset' | 'noise' | 'silent';

export type RunOutcome =
  | { kind: 'succeeded'; seconds: number }
  | { kind: 'failed'; cause: RunFailure; code?: string; words: string; line: number }
  | { kind: 'cancelled'; line: number };

export type MachineEvent =
  | { kind: 'state'; state: MachineState }
  | { kind: 'telemetry'; telemetry: MachineTelemetry }
  /** Line of the program (0-based) that the machine answered with `ok`; told once a line. */
  | { kind: 'acknowledged'; line: number }
  | { kind: 'ended'; outcome: RunOutcome }
  /** One line or real-time command on the wire, status polling left out. */
  | { kind: 'log'; direction: 'in' | 'out'; text: string };

export type MachineCapabilities = {
  /** Who holds the program while it runs: a controller survives the bridge, a streaming bridge takes the job with it. */
  jobHost: 'bridge' | 'controller';
  /** `immediate` stops on the path at once, `drain` after the moves already planned. */
  pause: 'immediate' | 'drain';
  positionKeptAfterCancel: boolean;
  hasHeaters: boolean;
  /** How much may be under way unacknowledged. */
  window: { unit: 'bytes' | 'lines'; size: number };
};

export type MachineIdentity = {
  firmware: string;
  version: string;
  capabilities: MachineCapabilities;
  /** Greatest travel as the controller itself states it, where it does. */
  envelopeMm?: MachinePosition;
};

/** What a controller that holds programs itself says of a run of one of them. */
export type HostedRun =
  | { kind: 'running' }
  | { kind: 'paused' }
  | { kind: 'ended'; outcome: RunOutcome }
  /** The controller is certain that it never began: nothing has moved. */
  | { kind: 'not-started' }
  /** No trace of it, or something else ran since: a person has to look. */
  | { kind: 'unknown'; words: string };

/** What a machine with `jobHost: 'controller'` can do besides: its programs and runs outlive the bridge. */
export interface HostedPrograms {
  /** Lays a program on the controller under this name and makes sure that it is there whole. Starts nothing; may be repeated. */
  place(program: readonly string[], name: string): Promise<void>;
  /** Finds a run again after the bridge was away. Where it is running or paused, exactly one `ended` event follows, as after `start`. */
  findAgain(name: string): Promise<HostedRun>;
}

export type MachineListener = (event: MachineEvent) => void;

export interface Machine {
  /**
   * Opens the link and asks who is there. Never resets a machine and never moves one. Rejects with a sentence when nothing
   * sensible answers. After `link-lost` it may be called again.
   */
  connect(): Promise<MachineIdentity>;
  state(): MachineState;
  /** The newest measured values; also while no job runs. */
  telemetry(): MachineTelemetry;
  /**
   * Checks the whole program, then streams it; resolves when streaming began, rejects with a sentence (and sends nothing)
   * when a line must not be sent or the machine is not idle. Exactly one `ended` event follows. A machine that holds programs
   * itself places it first where that was not done, and starts it by its name, which no other execution ever has.
   */
  start(program: readonly string[], name?: string): Promise<void>;
  /** There where the controller holds programs itself. */
  readonly hosted?: HostedPrograms;
  /** Resolves when the machine stands still (at once if it already does). */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Stops the job as fast as the firmware can, tools and heaters off; resolves after `ended`. Nothing moves afterwards. */
  cancel(): Promise<void>;
  /** After a person's word that it is safe: reset, unlock or home, as the fault needs. Resolves when the machine is idle. */
  clearFault(): Promise<void>;
  /** Returns the function that stops listening. */
  onEvent(listener: MachineListener): () => void;
  /** Lets go of the link. A job under way ends as `link-lost`; the machine itself is not stopped. */
  close(): Promise<void>;
}

/** Time as drivers see it, so that tests can turn the hands. Milliseconds of a steady clock. */
export interface MachineClock {
  nowMs(): number;
  /** Calls once after `delayMs`; the returned function takes it back. */
  after(delayMs: number, call: () => void): () => void;
}

/** The process's own steady clock. */
export const steadyClock: MachineClock = {
  nowMs: () => performance.now(),
  after: (delayMs, call) => {
    const timer = setTimeout(call, delayMs);
    return () => clearTimeout(timer);
  },
};
