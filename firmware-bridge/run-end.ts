import type { FailureCause } from '#contract/entries.ts';
import type { AdvanceOptions } from './execution-record.ts';
import type { Attention, Execution, Journal } from './journal.ts';
import type { RunFailure, RunOutcome } from './machine.ts';

/** How a job ended whose intention to start was on disk. */
export type RunEnd =
  | RunOutcome
  /** Certain that nothing moved. */
  | { kind: 'not-started'; words: string }
  /** A controller has lost every trace of it: a person has to look. */
  | { kind: 'unknown'; words: string };

export type EndOptions = {
  journal: Journal;
  nowMs: () => number;
  /** Why the machine was stopped, where somebody asked for it. */
  stopReason: () => 'cancel' | 'shutdown' | undefined;
};

type Change = (patch: Partial<Execution>, more?: AdvanceOptions) => void;

/** Writes the end of a run down, with its facts, and whether a person has to look at the machine before the next one. */
export function finishRun(execution: Execution, end: RunEnd, options: EndOptions, change: Change): void {
  if (end.kind === 'not-started') {
    const at = options.nowMs();
    const data = { at, cause: 'cannot-prepare' as const, words: end.words, started: false };
    change({ state: 'FAILED', endedMs: at }, { facts: [{ type: 'job.failed', data }] });
  } else if (end.kind === 'unknown') interrupt(execution, end.words, execution.line, options, change);
  else finishBegun(execution, end, options, change);
}

function finishBegun(execution: Execution, outcome: RunOutcome, options: EndOptions, change: Change): void {
  const { journal, nowMs, stopReason } = options;
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
    interrupt(execution, words, line, options, change);
    return;
  }
  const words = `"${execution.title}" was cancelled at line ${line + 1}: take it off and clear the bed.`;
  change({ state: 'CANCELED', endedMs: at, line }, attend({ state: 'needs-operator', words }));
}

function interrupt(
  execution: Execution,
  words: string,
  line: number | undefined,
  { journal, nowMs }: EndOptions,
  change: Change,
): void {
  const at = nowMs();
  const known = line === undefined ? {} : { line };
  const data = { at, cause: 'interrupted' as const, words: words.slice(0, 500), ...known, started: true };
  const also = () =>
    journal.setAttention(execution.machine, { state: 'needs-operator', words: words.slice(0, 500) });
  change({ state: 'INTERRUPTED', endedMs: at, ...known }, { facts: [{ type: 'job.failed', data }], also });
}

function causeOf(cause: RunFailure): FailureCause {
  return cause === 'silent' ? 'link-lost' : cause;
}
