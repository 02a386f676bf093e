import type { DesignReport } from '#contract/design.ts';
import type { ContentHash } from '#contract/quantities.ts';
import type { AppErrorKind } from '../../errors.ts';
import type { ScriptLimits } from '../sandbox/limits.ts';
import type { EvaluationTask } from './make-report.ts';

export type WorkerTask =
  | { kind: 'definitions'; sources: ReadonlyMap<string, string>; entry: string; limits: ScriptLimits }
  | { kind: 'evaluate'; task: EvaluationTask };

export type WorkerResult =
  | { kind: 'definitions'; described: unknown }
  | { kind: 'evaluate'; report: DesignReport; files: ReadonlyMap<ContentHash, Uint8Array> };

export type WorkerAnswer =
  | { outcome: 'done'; result: WorkerResult }
  | {
      outcome: 'refused';
      kind: AppErrorKind;
      sentence: string;
      code: string;
      details: Readonly<Record<string, unknown>>;
    }
  /** Not the fault of the design as far as the worker can tell; the worker starts afresh. */
  | { outcome: 'broken'; message: string };
