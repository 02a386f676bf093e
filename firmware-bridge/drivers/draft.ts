import type { MachineState, MachineTelemetry } from '../machine.ts';
import { follow, type LineTracker } from './line-tracker.ts';
import type { CommandName, Protocol, ProtocolEffect, ProtocolInput } from './protocol.ts';

/** One step of a protocol in the making: `state` is this step's own copy, `effects` what the driver will do. */
export type DraftOf<State> = { state: State; effects: ProtocolEffect[]; nowMs: number };

/** What every protocol says about its machine and the job on it. */
type Shared = {
  machine: MachineState;
  telemetry: MachineTelemetry;
  wakeAtMs: number;
  job: { line: number; linesAcknowledged: number; program: { total: number } } | undefined;
};

/** What a protocol does with each input. */
type Steps<State> = {
  initial: () => State;
  draftOf: (state: State, nowMs: number) => DraftOf<State>;
  /** Next time at which something has to be asked or given up. */
  wakeTime: (state: State, nowMs: number, beforeMs: number) => number;
  opened: (draft: DraftOf<State>) => void;
  closed: (draft: DraftOf<State>, reason: string) => void;
  hear: (draft: DraftOf<State>, text: string) => void;
  tick: (draft: DraftOf<State>) => void;
  startJob: (draft: DraftOf<State>, program: readonly string[]) => void;
  obey: (draft: DraftOf<State>, command: Extract<ProtocolInput, { kind: 'command' }>['command']) => void;
};

export function protocolOf<State extends Shared>(steps: Steps<State>): Protocol<State> {
  return {
    initial: steps.initial,
    step: (before, input, nowMs) => {
      const draft = steps.draftOf(before, nowMs);
      take(steps, draft, input);
      draft.state.wakeAtMs = steps.wakeTime(draft.state, nowMs, before.wakeAtMs);
      return { state: draft.state, effects: draft.effects };
    },
  };
}

function take<State>(steps: Steps<State>, draft: DraftOf<State>, input: ProtocolInput): void {
  switch (input.kind) {
    case 'opened':
      steps.opened(draft);
      break;
    case 'closed':
      steps.closed(draft, input.reason);
      break;
    case 'line':
      steps.hear(draft, input.text);
      break;
    case 'tick':
      steps.tick(draft);
      break;
    case 'start':
      steps.startJob(draft, input.program);
      break;
    case 'command':
      steps.obey(draft, input.command);
      break;
  }
}

/** Done, or refused with a sentence. */
export function settle(
  draft: Pick<DraftOf<unknown>, 'effects'>,
  command: CommandName,
  problem?: string,
): void {
  draft.effects.push(
    problem === undefined ? { kind: 'settle', command } : { kind: 'settle', command, problem },
  );
}

/** Whoever waits for something of a job that has ended. */
export function settleEnded(draft: Pick<DraftOf<unknown>, 'effects'>): void {
  settle(draft, 'pause', 'The job ended before it could be paused.');
  settle(draft, 'resume', 'The job ended before it could go on.');
  settle(draft, 'cancel');
}

/** Clearing a fault is for a machine that does nothing: otherwise refuses, and says so by returning true. */
export function refusesClearing(draft: DraftOf<{ phase: string; job: unknown }>): boolean {
  const { phase, job } = draft.state;
  if (phase === 'ready' && job === undefined) return false;
  const isClosed = phase === 'closed';
  const why = isClosed ? 'The machine is not connected.' : 'The machine is busy: cancel the job first.';
  settle(draft, 'clearFault', why);
  return true;
}

export function enter<Phase>(draft: DraftOf<{ phase: Phase; phaseSinceMs: number }>, phase: Phase): void {
  draft.state.phase = phase;
  draft.state.phaseSinceMs = draft.nowMs;
}

export function setMachine(draft: DraftOf<Pick<Shared, 'machine'>>, machine: MachineState): void {
  if (JSON.stringify(draft.state.machine) === JSON.stringify(machine)) return;
  draft.state.machine = machine;
  draft.effects.push({ kind: 'event', event: { kind: 'state', state: machine } });
}

export function tellTelemetry(draft: DraftOf<Pick<Shared, 'telemetry' | 'job'>>): void {
  const { state } = draft;
  if (state.job !== undefined) {
    const { line, linesAcknowledged, program } = state.job;
    state.telemetry = { ...state.telemetry, line, linesAcknowledged, linesTotal: program.total };
  }
  draft.effects.push({ kind: 'event', event: { kind: 'telemetry', telemetry: state.telemetry } });
}

/** Finds the line of the program that the tool is on; a job never goes back. */
export function trackLine(
  job: {
    tracker: LineTracker;
    program: { lines: readonly number[] };
    next: number;
    line: number;
    linesAcknowledged: number;
  },
  position: { xMm: number; yMm: number; zMm: number },
): void {
  const sent = job.program.lines[job.next - 1] ?? 0;
  const found = follow(job.tracker, position, sent, job.linesAcknowledged);
  job.tracker = found.tracker;
  if (found.line !== undefined) job.line = Math.max(job.line, found.line);
}
