import type { Checked, SpanState } from './tree-drawing.ts';
import type { FoundFault, WholeLogFault } from './whole-log/messages.ts';
import type { WholeLog } from './whole-log-store.ts';

/** What a drawing shows of the check. */
export interface DrawnCheck {
  readonly size: number;
  readonly checked: Checked;
  /** The signed checkpoint, as a seal above the root. */
  readonly seal: SpanState;
  readonly root: SpanState;
}

/** Faults of the signed checkpoint itself, or of what it says beside another one. */
const OF_THE_SEAL: ReadonlySet<WholeLogFault> = new Set([
  ...(['bad-policy', 'bad-checkpoint', 'wrong-log', 'bad-signature', 'no-quorum'] as const),
  ...(['stale', 'rollback', 'fork'] as const),
]);

/** Faults that are found before anything has been looked at. */
const BEFORE_THE_SEAL: ReadonlySet<WholeLogFault> = new Set(['unreachable', 'oversized', 'missing']);

export function drawnCheck(check: WholeLog, worldSize: number): DrawnCheck {
  const { stage, progress, verified, isBusy } = check;
  if (stage.name === 'faulty') return drawnFault(stage.found, check, worldSize);
  const size = Math.max(progress?.total ?? 0, verified?.size ?? 0, worldSize);
  const done = Math.max(verified?.size ?? 0, progress?.done ?? 0);
  const isSealed = verified !== undefined || isUnderWay(check);
  const root = verified?.size === size ? 'good' : done > 0 ? 'now' : 'open';
  return { size, checked: { done }, seal: isSealed ? 'good' : isBusy ? 'now' : 'open', root };
}

/** The tree as it was signed when the fault was found; what the page has heard of since is another matter. */
function drawnFault({ fault, index }: FoundFault, check: WholeLog, worldSize: number): DrawnCheck {
  const { progress, verified } = check;
  const size = progress?.total || worldSize;
  const done = Math.min(size, Math.max(verified?.size ?? 0, progress?.done ?? 0), index ?? size);
  const isSealed = isUnderWay(check) || !BEFORE_THE_SEAL.has(fault);
  return {
    size,
    checked: { done, badIndex: index },
    seal: OF_THE_SEAL.has(fault) ? 'bad' : isSealed ? 'good' : 'open',
    root: fault === 'bad-root' || index !== undefined ? 'bad' : 'open',
  };
}

/** Behind its checkpoint, which was found to be signed. */
function isUnderWay({ progress }: WholeLog): boolean {
  return progress !== undefined && progress.phase !== 'checkpoint';
}
