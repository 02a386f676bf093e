import type { Draft } from '../../../server/ledger/committed-entry.ts';

/** What a client asks of a writer. All that it writes follows from it, so that a repeat asks for the same. */
export interface Command {
  readonly name: string;
  /** Entries that it writes, in one commit or not at all. */
  readonly count: number;
}

export const KILLED_ORIGIN = 'test.example/killed';
/** Small, so that snapshots are taken, read and killed many times in a run. */
export const SNAPSHOT_ENTRIES = 200;
/** A process that could not reach its store ends with it and may be started again (EX_TEMPFAIL of sysexits.h). */
export const AWAY_EXIT_CODE = 75;

const SHARED_STREAMS = 3;

/** Its first entry goes on a stream that all writers write to, the others begin or go on one of its own. */
export function draftsOf({ name, count }: Command): Draft[] {
  const shared = [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % SHARED_STREAMS;
  return Array.from({ length: count }, (_, at) => ({
    id: idOf(name, at),
    stream: at === 0 ? `job/${shared}` : `order/${name}`,
    type: 'job.opened',
    data: { command: name, at, of: count },
  }));
}

export function idOf(name: string, at: number): string {
  return `${name}/${at}`;
}
