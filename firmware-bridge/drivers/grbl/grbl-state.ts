import type {
  MachineIdentity,
  MachinePosition,
  MachineState,
  MachineTelemetry,
  RunOutcome,
} from '../../machine.ts';
import type { DraftOf } from '../draft.ts';
import type { JobProgram } from '../job-program.ts';
import type { LineTracker } from '../line-tracker.ts';
import type { ProgramRules } from '../untrusted-program/program-limits.ts';
import type { GrblStatus } from './grbl-lines.ts';

/** Real-time bytes of GRBL 1.1: outside the line buffer, obeyed at once. */
export const STATUS = '?';
export const HOLD = '!';
export const GO_ON = '~';
export const RESET = '\x18';

/** What GRBL on an Arduino has; `$I` may say more. */
const DEFAULT_RX_BYTES = 128;
const DEFAULT_PLANNER_BLOCKS = 15;
/** Kept free in the receive buffer: GRBL uses one byte of it itself, and an unexpected `$` query must fit. */
export const RX_RESERVE_BYTES = 8;

export type GrblPhase =
  | 'closed'
  /** Asking who is there. */
  | 'probing'
  | 'ready'
  | 'streaming'
  /** `!` was sent; 0x18 follows when the machine stands still, so that it keeps its position. */
  | 'stopping'
  /** 0x18 was sent; acknowledgements until the banner belong to lines that no longer exist. */
  | 'resetting'
  /** A person said it is safe: reset, then unlock or home. */
  | 'clearing';

export type InFlight = { bytes: number; text: string; line: number };

export type GrblJob = {
  program: JobProgram;
  tracker: LineTracker;
  /** Next of the program's texts to be sent. */
  next: number;
  inFlight: InFlight[];
  inFlightBytes: number;
  /** Line of the program (from 0) that is believed to be executed. */
  line: number;
  linesAcknowledged: number;
  startedMs: number;
  isHeld: boolean;
  /** After the last line: the synchronising dwell, then one status asked for after its `ok`. */
  end: 'none' | 'syncing' | 'synced';
  /** Since when the machine is idle although lines are unanswered. */
  idleSinceMs: number | undefined;
};

export type GrblState = {
  /** What programs are held against. */
  rules: ProgramRules;
  phase: GrblPhase;
  machine: MachineState;
  telemetry: MachineTelemetry;
  wakeAtMs: number;
  phaseSinceMs: number;
  lastHeardMs: number;
  hasHeard: boolean;
  status: GrblStatus | undefined;
  offsetMm: MachinePosition | undefined;
  firmware: string;
  version: string;
  rxBytes: number;
  plannerBlocks: number;
  settings: Readonly<Record<number, number>>;
  isIdentified: boolean;
  /** System commands still to be sent one by one; the first is on its way when `isAsking`. */
  queries: readonly string[];
  isAsking: boolean;
  /** After ALARM:1 or ALARM:2 the controller answers nothing until it is reset: silence is no fault then. */
  isSilent: boolean;
  /** 0x18 was sent: reports on their way are older than the reset. */
  awaitsBanner: boolean;
  job: GrblJob | undefined;
  /** What the job ends with once the machine stands still. */
  ending: RunOutcome | undefined;
};

export const initialGrblState = (rules: ProgramRules): GrblState => ({
  rules,
  phase: 'closed',
  machine: { kind: 'offline', reason: 'Not connected yet.' },
  telemetry: { line: 0, linesTotal: 0, linesAcknowledged: 0 },
  wakeAtMs: Infinity,
  phaseSinceMs: 0,
  lastHeardMs: 0,
  hasHeard: false,
  status: undefined,
  offsetMm: undefined,
  firmware: 'Grbl',
  version: 'unknown',
  rxBytes: DEFAULT_RX_BYTES,
  plannerBlocks: DEFAULT_PLANNER_BLOCKS,
  settings: {},
  isIdentified: false,
  queries: [],
  isAsking: false,
  isSilent: false,
  awaitsBanner: false,
  job: undefined,
  ending: undefined,
});

export type Draft = DraftOf<GrblState>;

export function draftOf(state: GrblState, nowMs: number): Draft {
  const job = state.job && { ...state.job, inFlight: [...state.job.inFlight] };
  return { state: { ...state, job }, effects: [], nowMs };
}

export function send(draft: Draft, text: string): void {
  draft.effects.push({ kind: 'write', text });
  if (text === STATUS) return;
  const words = text === RESET ? 'Ctrl-X' : text.trimEnd();
  draft.effects.push({ kind: 'event', event: { kind: 'log', direction: 'out', text: words } });
}

export function identityOf(state: GrblState): MachineIdentity {
  const [x, y, z] = [state.settings[130], state.settings[131], state.settings[132]];
  const hasEnvelope = x !== undefined && y !== undefined && z !== undefined;
  return {
    firmware: state.firmware,
    version: state.version,
    capabilities: {
      jobHost: 'bridge',
      pause: 'immediate',
      positionKeptAfterCancel: true,
      hasHeaters: false,
      window: { unit: 'bytes', size: windowBytes(state) },
    },
    ...(hasEnvelope ? { envelopeMm: { xMm: x, yMm: y, zMm: z } } : {}),
  };
}

/** The lab's limits, and the fastest that the controller's own settings let two axes go together. */
export function programRulesOf({ rules, settings }: GrblState): ProgramRules {
  const fastest = Math.floor(Math.hypot(settings[110] ?? 0, settings[111] ?? 0));
  if (fastest === 0) return rules;
  const feedMaxMmPerMin = Math.min(rules.limits.feedMaxMmPerMin ?? Infinity, fastest);
  return { ...rules, limits: { ...rules.limits, feedMaxMmPerMin } };
}

/** Bytes that may be under way unacknowledged. */
export function windowBytes(state: GrblState): number {
  return state.rxBytes - RX_RESERVE_BYTES;
}
