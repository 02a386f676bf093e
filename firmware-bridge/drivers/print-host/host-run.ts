import type { RunOutcome } from '../../machine.ts';
import type { HostReport } from './print-host.ts';
import { lineAt, type ProgramBytes } from './program-bytes.ts';

export type HostRun = {
  name: string;
  /** `begun`: the order may have reached the host; `seen`: the host itself said that it works on it. */
  phase: 'begun' | 'seen';
  sinceMs: number;
  isCancelWanted: boolean;
  program: ProgramBytes | undefined;
  share: number;
};
export function lineOf({ program, share }: HostRun): number {
  return program === undefined ? 0 : lineAt(program, share);
}

/** A run that was seen and is not there any more, of which the host keeps no record. */
export function endUnseen({ isCancelWanted }: HostRun, { condition }: HostReport, line: number): RunOutcome {
  if (condition.kind === 'alarm')
    return { kind: 'failed', cause: 'alarm', code: condition.code, words: condition.words, line };
  if (isCancelWanted) return { kind: 'cancelled', line };
  const why =
    condition.kind === 'away' ? condition.reason : 'The host does not print it any more and keeps no record.';
  return { kind: 'failed', cause: 'error', words: `The print ended before it was finished. ${why}`, line };
}

export function inWords({ condition, name }: HostReport): string {
  switch (condition.kind) {
    case 'idle':
      return 'It does nothing.';
    case 'working':
      return `It prints ${name === undefined ? 'something' : `"${name}"`}, which this bridge did not start.`;
    case 'paused':
      return `${name === undefined ? 'A print' : `"${name}"`} is paused, which this bridge did not start.`;
    case 'away':
      return condition.reason;
    default:
      return condition.words;
  }
}
