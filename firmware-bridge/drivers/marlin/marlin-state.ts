import type { MachineIdentity, MachineState, MachineTelemetry, RunOutcome } from '../../machine.ts';
import type { DraftOf } from '../draft.ts';
import type { JobProgram } from '../job-program.ts';
import type { LineTracker } from '../line-tracker.ts';
import type { ProgramRules } from '../untrusted-program/program-limits.ts';
import { numbered } from './marlin-lines.ts';

/** Nozzle, bed and fan. */
export const HEATERS_OFF: readonly string[] = ['M104 S0', 'M140 S0', 'M107'];

/** Marlin asks only for what is newer than its queue; more cannot be asked for in good faith. */
const HISTORY_LINES = 64;

export type MarlinPhase = 'closed' | 'probing' | 'ready' | 'streaming' | 'stopping' | 'clearing';

/** A numbered line as it was sent; `line` is its place in the program, absent for the driver's own. */
export type SentLine = { number: number; text: string; line?: number };

export type MarlinJob = {
  program: JobProgram;
  tracker: LineTracker;
  next: number;
  line: number;
  linesAcknowledged: number;
  startedMs: number;
  isHeld: boolean;
  /** The machine itself waits for a person (M0, filament): `resume` answers it. */
  isHeldByMachine: boolean;
  /** The machine asks a question; M876 is the answer. */
  hasPrompt: boolean;
  isEndSent: boolean;
  linesSent: number;
  resends: number;
  /** The line last asked for again, and how often in a row. */
  resendNumber: number;
  resendRepeats: number;
};

export type MarlinState = {
  /** What programs are held against. */
  rules: ProgramRules;
  phase: MarlinPhase;
  machine: MachineState;
  telemetry: MachineTelemetry;
  wakeAtMs: number;
  phaseSinceMs: number;
  lastHeardMs: number;
  firmware: string;
  version: string;
  capabilities: ReadonlySet<string>;
  /** Outside jobs: unnumbered commands one at a time; the first is on its way when `isAsking`. */
  queries: readonly string[];
  isAsking: boolean;
  askedAtMs: number;
  lastNumber: number;
  history: readonly SentLine[];
  /** The line whose `ok` is awaited. */
  awaiting: SentLine | undefined;
  /** Next number to be sent again. */
  resendNext: number | undefined;
  /** Newer firmwares say `ok` after `Resend:`, older do not: until this time it is waited for. */
  resendOkUntilMs: number | undefined;
  /** Whether an `ok` follows each `Resend:`, as far as this firmware has shown. */
  saysOkAfterResend: boolean | undefined;
  /** The firmware has just said that a line arrived damaged: the request that follows is not for one still on its way. */
  hasDamage: boolean;
  /** Last `ok`, `busy` or resend: the sign that the line is not lost. */
  lastSignMs: number;
  tickles: number;
  /** The driver's own lines, which go before the job's. */
  extras: readonly string[];
  lastPollMs: number;
  /** What the machine is to say back when it has done everything before it. */
  marker: string;
  markers: number;
  job: MarlinJob | undefined;
  ending: RunOutcome | undefined;
};

export const initialMarlinState = (rules: ProgramRules): MarlinState => ({
  rules,
  phase: 'closed',
  machine: { kind: 'offline', reason: 'Not connected yet.' },
  telemetry: { line: 0, linesTotal: 0, linesAcknowledged: 0 },
  wakeAtMs: Infinity,
  phaseSinceMs: 0,
  lastHeardMs: 0,
  firmware: 'Marlin',
  version: 'unknown',
  capabilities: new Set(),
  queries: [],
  isAsking: false,
  askedAtMs: 0,
  lastNumber: 0,
  history: [],
  awaiting: undefined,
  resendNext: undefined,
  resendOkUntilMs: undefined,
  saysOkAfterResend: undefined,
  hasDamage: false,
  lastSignMs: 0,
  tickles: 0,
  extras: [],
  lastPollMs: 0,
  marker: '',
  markers: 0,
  job: undefined,
  ending: undefined,
});

export type Draft = DraftOf<MarlinState>;

export function draftOf(state: MarlinState, nowMs: number): Draft {
  return { state: { ...state, job: state.job && { ...state.job } }, effects: [], nowMs };
}

export function send(draft: Draft, text: string): void {
  draft.effects.push({ kind: 'write', text: `${text}\n` });
  draft.effects.push({ kind: 'event', event: { kind: 'log', direction: 'out', text } });
}

/** Gives the text its number for good: whatever is asked for again under it is this text. */
export function sendNumbered(draft: Draft, text: string, line?: number): SentLine {
  const { state } = draft;
  state.lastNumber += 1;
  const sent: SentLine = { number: state.lastNumber, text, ...(line === undefined ? {} : { line }) };
  state.history = [...state.history.slice(1 - HISTORY_LINES), sent];
  send(draft, numbered(sent.number, text));
  return sent;
}

export function identityOf(state: MarlinState): MachineIdentity {
  return {
    firmware: state.firmware,
    version: state.version,
    capabilities: {
      jobHost: 'bridge',
      pause: 'drain',
      positionKeptAfterCancel: false,
      hasHeaters: true,
      window: { unit: 'lines', size: 1 },
    },
  };
}
