import type { EntryLine } from '#contract/views.ts';
import type { LoggedEntry } from './fact.ts';

/** What the ledger page lists of each entry. */
export function entryLines(entries: readonly LoggedEntry[]): EntryLine[] {
  return entries.map(({ index, body, log }) => ({
    index,
    type: body.type,
    stream: body.stream,
    timeMs: log.time,
  }));
}
