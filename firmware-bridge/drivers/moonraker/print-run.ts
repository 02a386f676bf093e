import type { RunOutcome } from '../../machine.ts';
import { lineAt, type ProgramBytes } from '../print-host/program-bytes.ts';
import type { PrinterReport } from './printer-status.ts';

/** A print that this bridge has started, or found again. `file` is a name that no other print ever has. */
export type PrintRun = {
  file: string;
  /** `begun`: the order is out and nothing has been seen of it; `seen`: the printer was at it. */
  phase: 'begun' | 'seen' | 'ended';
  sinceMs: number;
  /** Since when it is being asked what became of it. */
  askedSinceMs?: number | undefined;
  program: ProgramBytes | undefined;
  line: number;
  isCancelWanted: boolean;
  /** Whether this bridge has shut Klipper down over it. */
  isStopped: boolean;
  /** What Klipper said when it would not start it. */
  refusal?: string;
  /** Why it never began. */
  problem?: string;
};

export function newRun(file: string, nowMs: number, program: ProgramBytes | undefined): PrintRun {
  const flags = { isCancelWanted: false, isStopped: false };
  return { file, phase: 'begun', sinceMs: nowMs, program, line: 0, ...flags };
}

/** Klipper tells how far it has read, which is a little ahead of the nozzle; a print never goes back. */
export function followLine(run: PrintRun, { print, filePosition }: PrinterReport): void {
  if (run.program === undefined || print.file !== run.file || run.program.bytes === 0) return;
  run.line = Math.max(run.line, lineAt(run.program, filePosition / run.program.bytes));
}

/** The end as it is told: with the line, and as cancelled where this bridge had to stop Klipper for that. */
export function outcomeOf(run: PrintRun, outcome: RunOutcome): RunOutcome {
  if (outcome.kind === 'succeeded') return outcome;
  const { line } = run;
  return run.isStopped && outcome.kind === 'failed' ? { kind: 'cancelled', line } : { ...outcome, line };
}
