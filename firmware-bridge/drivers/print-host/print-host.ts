import type { HostedRun, MachineTemperatures } from '../../machine.ts';

/** One look at a print host: a program like OctoPrint or PrusaLink that keeps files and prints them by itself. */
export type HostReport = {
  condition:
    | { kind: 'idle' }
    | { kind: 'working' }
    | { kind: 'paused' }
    /** Does something that is no print, or waits for a person at its panel. */
    | { kind: 'occupied'; words: string }
    /** The host answers, its printer does not. */
    | { kind: 'away'; reason: string }
    | { kind: 'alarm'; code: string; words: string };
  /** The file that is being printed, or the one that was printed or chosen last. */
  name?: string;
  /** How much of the file has been worked off, from 0 to 1. */
  share?: number;
  temperatures: MachineTemperatures;
};

/**
 * What every print host can do, each call one exchange or a few. A call rejects with `HostRefused` when the host answered no
 * and did nothing; any other rejection leaves open what the host does.
 */
export interface PrintHost {
  identify(): Promise<{ firmware: string; version: string }>;
  look(): Promise<HostReport>;
  /** Leaves the file there, whole and under this name; prints nothing. */
  upload(name: string, text: string): Promise<void>;
  /** The file's text, where the host gives it back. */
  download(name: string): Promise<string | undefined>;
  begin(name: string): Promise<void>;
  pause(name: string): Promise<void>;
  resume(name: string): Promise<void>;
  cancel(name: string): Promise<void>;
  /** What the host remembers of a file that, as `report` says, is not being printed now. */
  recall(name: string, report: HostReport): Promise<Exclude<HostedRun, { kind: 'running' | 'paused' }>>;
  /** Takes a file away so that it can never be printed any more; false when the host will not, since it prints it. */
  withdraw(name: string): Promise<boolean>;
  /** Has the host open its printer again after a fault. */
  clearFault(): Promise<void>;
}
