import { AppError } from '../../errors.ts';
import type { Context, Draft, LoggedEntry, RecordedEntry, Signature } from '../fact.ts';

/** An entry with its signatures, each of which the verifier has found to be its key's over the body. */
export interface AuditedEntry extends LoggedEntry {
  readonly sigs: readonly Signature[];
}

/** Why an entry could not have been appended by honest rules, in plain words; undefined where it could. */
export type Fault = string | undefined;

const ANY_ID = '00000000-0000-7000-8000-000000000000';

/** For rules that are asked again: ids that they make are not compared. */
export function contextOf(entry: RecordedEntry): Context {
  return { nowMs: entry.log.time, newId: () => ANY_ID };
}

/** Asks the rule that writes such entries whether it would have written this one. */
export function askAgain(entry: RecordedEntry, rule: (context: Context) => Draft[]): Fault {
  try {
    const [first, ...more] = rule(contextOf(entry));
    if (first === undefined) return 'it says what was so already';
    const isThis = more.length === 0 && first.type === entry.body.type && first.stream === entry.body.stream;
    return isThis ? undefined : 'the rules would have written something else';
  } catch (error) {
    if (error instanceof AppError) return error.message;
    throw error;
  }
}
