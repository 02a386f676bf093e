export interface Trace {
  /** Commands in the order of their acknowledgements. */
  readonly acknowledged: readonly string[];
  /** Those of them whose entries were not on the disk yet, or were never written, when the acknowledgement was printed. */
  readonly early: readonly string[];
  /** Completed fsyncs of the write-ahead log. */
  readonly syncs: number;
}

/** How strace is called for `readTrace`: pages are printed whole, and files by their names. */
export const STRACE_OPTIONS: readonly string[] = [
  ...['-f', '-y', '-s', '4200', '-e', 'trace=write,pwrite64,fsync,fdatasync'],
];

const ENTRY_WRITTEN = /\\"id\\":\\"([0-9.]+)\/0\\"/g;

/**
 * Reads what strace saw of a writer on a SQLite file: one call a line, or two where another thread came between its beginning
 * and its end. An fsync counts when it has returned 0, and for the writes that were complete before it began. A commit of one
 * command fits into one page, so that its first id is found whole.
 */
export function readTrace(trace: string): Trace {
  const acknowledged: string[] = [];
  const early: string[] = [];
  /** By thread: the call that has begun and not returned, and how many writes were complete by then. */
  const begun = new Map<string, { call: string; writesBefore: number }>();
  /** The write that first held a command. */
  const firstWrites = new Map<string, number>();
  let writes = 0;
  let synced = 0;
  let syncs = 0;

  const complete = (call: string, result: number, writesBefore: number): void => {
    if (/^pwrite64\(\d+<[^>]*-wal>/.test(call) && result > 0) {
      writes += 1;
      for (const [, name = ''] of call.matchAll(ENTRY_WRITTEN))
        if (!firstWrites.has(name)) firstWrites.set(name, writes);
    }
    if (/^(fsync|fdatasync)\(\d+<[^>]*-wal>/.test(call) && result === 0) {
      syncs += 1;
      synced = Math.max(synced, writesBefore);
    }
  };
  const begin = (call: string): void => {
    const name = /^write\(1<[^>]*>, "! (\S+) /.exec(call)?.[1];
    if (name === undefined) return;
    acknowledged.push(name);
    if ((firstWrites.get(name) ?? Number.POSITIVE_INFINITY) > synced) early.push(name);
  };

  for (const line of trace.split('\n')) {
    const [, thread = '', text = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const result = Number(/\)\s+= (-?\d+)/.exec(text)?.[1]);
    if (text.startsWith('<... ')) {
      const { call, writesBefore } = begun.get(thread) ?? { call: '', writesBefore: 0 };
      begun.delete(thread);
      complete(call, result, writesBefore);
      continue;
    }
    begin(text);
    if (text.endsWith('<unfinished ...>')) begun.set(thread, { call: text, writesBefore: writes });
    else complete(text, result, writes);
  }
  return { acknowledged, early, syncs };
}
