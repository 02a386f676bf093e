import type { FailureCause } from '#contract/entries.ts';
import type { ExecutionState } from '#contract/mqtt-topics.ts';
import type { AdvanceOptions, Recorder } from './execution-record.ts';
import type { Attention, Execution, Journal } from './journal.ts';
import type { Machine, MachineClock, MachineEvent, MachineState, RunFailure, RunOutcome } from './machine.ts';
import { type Reading, readRun } from './run-progress.ts';

/** Ten a second is as much as a page can show. */
const TELEMETRY_EVERY_MS = 100;
/** How far behind the journal's last line may be after a crash. */
const LINE_SAVED_EVERY_MS = 1_000;

const RUN_STATES: Partial<Record<MachineState['kind'], ExecutionState>> = {
  running: 'RUNNING',
  paused: 'PAUSED',
};

type Change = (patch: Partial<Execution>, more?: AdvanceOptions) => void;

/** A program made for this machine, ready to be sent. */
export type LoadedProgram = { lines: readonly string[]; planned: Float64Array; estimatedSeconds: number };

export type RunOptions = {
  machine: Machine;
  journal: Journal;
  record: Recorder;
  clock: MachineClock;
  nowMs: () => number;
  sendReading: (execution: Execution, reading: Reading) => void;
  onChange: (execution: Execution) => void;
  /** Why the machine is being stopped, where somebody asked for it. */
  stopReason: () => 'cancel' | 'shutdown' | undefined;
};

/**
 * Runs one job whose intention to start is on disk already. Sends the program once, keeps the record, and resolves with
 * the ended execution. Never rejects for what a machine does.
 */
export async function runJob(
  intended: Execution,
  program: LoadedProgram,
  options: RunOptions,
): Promise<Execution> {
  const { machine, record, nowMs } = options;
  let execution = intended;
  const startedSteadyMs = options.clock.nowMs();
  const change: Change = (patch, more) => {
    execution = record.advance(execution, patch, more);
    options.onChange(execution);
  };
  const markStarted = () => {
    if (execution.startedMs !== undefined) return;
    const at = nowMs();
    const bedClearedBy = execution.bedClearedBy ?? 'automatic';
    change(
      { state: 'STARTED', startedMs: at },
      { facts: [{ type: 'job.started', data: { at, bedClearedBy } }] },
    );
  };
  let tellEnd: (outcome: RunOutcome) => void;
  const ended = new Promise<RunOutcome>((resolve) => {
    tellEnd = resolve;
  });
  const watch = watchTelemetry(program, startedSteadyMs, options, (line) => {
    execution = { ...execution, line };
    options.journal.saveExecution(execution);
  });
  const stopListening = machine.onEvent((event: MachineEvent) => {
    if (event.kind === 'ended') tellEnd(event.outcome);
    else if (event.kind === 'telemetry' || event.kind === 'acknowledged') watch.hear(execution);
    else if (event.kind === 'state' && execution.startedMs !== undefined) {
      const state = RUN_STATES[event.state.kind];
      if (state !== undefined && state !== execution.state) change({ state });
    }
  });
  try {
    try {
      await machine.start(program.lines);
    } catch (cause) {
      // The port promises that nothing was sent: this is the one failure after an intention that is known not to have begun.
      const words = sentenceOf(cause);
      const at = nowMs();
      const data = { at, cause: 'cannot-prepare' as const, words, started: false };
      change({ state: 'FAILED', endedMs: at }, { facts: [{ type: 'job.failed', data }] });
      return execution;
    }
    markStarted();
    const outcome = await ended;
    finish(execution, outcome, options, change);
    return execution;
  } finally {
    watch.stop();
    stopListening();
  }
}

function finish(
  execution: Execution,
  outcome: RunOutcome,
  { journal, nowMs, stopReason }: RunOptions,
  change: Change,
): void {
  const at = nowMs();
  const attend = (attention: Attention | undefined) => ({
    also: () => journal.setAttention(execution.machine, attention),
  });
  const lines = execution.program?.lines ?? 0;
  if (outcome.kind === 'succeeded') {
    const data = { at, seconds: Math.round(outcome.seconds), lines };
    const needsClearing = execution.bedClearedBy !== 'automatic';
    const words = `"${execution.title}" is done: take it off and clear the bed.`;
    change(
      { state: 'SUCCEEDED', endedMs: at, line: Math.max(0, lines - 1) },
      {
        facts: [{ type: 'job.finished', data }],
        ...attend(needsClearing ? { state: 'needs-operator', words } : undefined),
      },
    );
    return;
  }
  const line = Math.max(0, Math.trunc(outcome.line));
  if (outcome.kind === 'failed') {
    const { code, words } = outcome;
    const data = {
      at,
      cause: causeOf(outcome.cause),
      ...(code !== undefined && { code: code.slice(0, 40) }),
      words: words.slice(0, 500),
      line,
      started: true,
    };
    const isAlarm = outcome.cause === 'alarm' || outcome.cause === 'thermal';
    const attention: Attention = { state: isAlarm ? 'alarm' : 'needs-operator', words: words.slice(0, 500) };
    change(
      { state: 'FAILED', endedMs: at, line },
      { facts: [{ type: 'job.failed', data }], ...attend(attention) },
    );
    return;
  }
  if (stopReason() === 'shutdown') {
    const words = 'The bridge was stopped while the job ran, and stopped the machine.';
    const data = { at, cause: 'interrupted' as const, words, line, started: true };
    const attention: Attention = { state: 'needs-operator', words };
    change(
      { state: 'INTERRUPTED', endedMs: at, line },
      { facts: [{ type: 'job.failed', data }], ...attend(attention) },
    );
    return;
  }
  const words = `"${execution.title}" was cancelled at line ${line + 1}: take it off and clear the bed.`;
  change({ state: 'CANCELED', endedMs: at, line }, attend({ state: 'needs-operator', words }));
}

/** At most ten readings a second, the last one always sent, and the line saved now and then. */
function watchTelemetry(
  program: LoadedProgram,
  startedMs: number,
  { machine, clock, sendReading }: RunOptions,
  saveLine: (line: number) => void,
) {
  let lastSentMs = Number.NEGATIVE_INFINITY;
  let lastSavedMs = startedMs;
  let takeBack: (() => void) | undefined;
  const send = (execution: Execution) => {
    takeBack = undefined;
    const now = clock.nowMs();
    lastSentMs = now;
    const measured = machine.telemetry();
    const { planned, estimatedSeconds } = program;
    sendReading(
      execution,
      readRun(measured, machine.state().kind, { planned, estimatedSeconds, elapsedMs: now - startedMs }),
    );
    if (now - lastSavedMs < LINE_SAVED_EVERY_MS) return;
    lastSavedMs = now;
    saveLine(Math.max(0, Math.trunc(measured.line)));
  };
  return {
    hear: (execution: Execution) => {
      if (takeBack !== undefined) return;
      const waitMs = lastSentMs + TELEMETRY_EVERY_MS - clock.nowMs();
      if (waitMs <= 0) send(execution);
      else takeBack = clock.after(waitMs, () => send(execution));
    },
    stop: () => takeBack?.(),
  };
}

function causeOf(cause: RunFailure): FailureCause {
  return cause === 'silent' ? 'link-lost' : cause;
}

export function sentenceOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).slice(0, 500);
}
