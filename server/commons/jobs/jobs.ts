import type { EntryData } from '#contract/entries.ts';
import type { HistoryLine, JobState } from '#contract/views.ts';
import type { RecordedEntry } from '../fact.ts';
import { historyLine } from '../orders/orders.ts';

/** One attempt to run a job on one machine. A later attempt has another execution and a higher fence. */
export interface Attempt {
  execution: string;
  lab: string;
  machine: string;
  fence: number;
}

export type Program = Pick<EntryData<'job.prepared'>, 'program' | 'lines' | 'estimatedSeconds'>;
export type Failure = Pick<EntryData<'job.failed'>, 'cause' | 'code' | 'words' | 'line' | 'started'>;

interface Prepared {
  attempt: Attempt;
  program: Program;
}
interface Started extends Prepared {
  startedMs: number;
}

export type JobPhase =
  | { state: 'wanted' }
  | { state: 'offered'; attempt: Attempt }
  | { state: 'taken'; attempt: Attempt }
  | ({ state: 'preparing' } & Prepared)
  | ({ state: 'running' } & Started)
  | ({ state: 'unknown'; doubt: { reason: string; line?: number } } & Started)
  | ({ state: 'made'; endedMs: number; seconds?: number } & Started)
  | {
      state: 'failed';
      attempt: Attempt;
      program?: Program;
      startedMs?: number;
      endedMs: number;
      failure: Failure;
    }
  | {
      state: 'cancelled';
      by: string;
      reason: string;
      attempt?: Attempt;
      program?: Program;
      startedMs?: number;
      endedMs: number;
    };

export interface Job {
  readonly opened: EntryData<'job.opened'>;
  readonly openedMs: number;
  readonly changedMs: number;
  /** Of the entry that last changed this job: tells the newest among the ended ones. */
  readonly changedIndex: number;
  readonly phase: JobPhase;
  /** Machines that said no to this job. A person who reopens the job asks them all anew. */
  readonly declined: readonly Declined[];
  /** Ids of the entries about this job, to recognise a fact that a bridge repeats. */
  readonly factIds: readonly string[];
  readonly history: readonly HistoryLine[];
}

interface Declined {
  lab: string;
  machine: string;
  reason: string;
}

export interface Jobs {
  all: Map<string, Job>;
  /** Ids of the jobs that are neither made, failed nor cancelled, in the order of opening or reopening. */
  open: Set<string>;
}

const ENDED: ReadonlySet<JobState> = new Set(['made', 'failed', 'cancelled']);

export function hasEnded(job: Job): boolean {
  return ENDED.has(job.phase.state);
}

export function attemptOf(job: Job): Attempt | undefined {
  return job.phase.state === 'wanted' ? undefined : job.phase.attempt;
}

/** Attempt, program and start, as far as the job has come. */
export function progressOf(phase: JobPhase): { attempt?: Attempt; program?: Program; startedMs?: number } {
  return {
    ...('attempt' in phase && phase.attempt !== undefined ? { attempt: phase.attempt } : {}),
    ...('program' in phase && phase.program !== undefined ? { program: phase.program } : {}),
    ...('startedMs' in phase && phase.startedMs !== undefined ? { startedMs: phase.startedMs } : {}),
  };
}

export function evolveJobs(jobs: Jobs, entry: RecordedEntry): void {
  const { index, body, log } = entry;
  if (body.type === 'job.opened') {
    jobs.all.set(body.data.job, {
      ...{ opened: body.data, openedMs: log.time, changedMs: log.time, changedIndex: index },
      ...{ phase: { state: 'wanted' }, declined: [], factIds: [], history: [historyLine(entry)] },
    });
    jobs.open.add(body.data.job);
    return;
  }
  const id = jobOf(entry);
  const job = id === undefined ? undefined : jobs.all.get(id);
  if (id === undefined || job === undefined) return;
  const history = [...job.history, historyLine(entry)];
  if (body.type === 'event.recorded') {
    jobs.all.set(id, { ...job, history, changedIndex: index });
    return;
  }
  const next: Job = {
    ...{ ...job, history, changedIndex: index, changedMs: log.time },
    declined: declinedAfter(job, entry),
    factIds: [...job.factIds, body.id],
    phase: nextPhase(job.phase, entry),
  };
  jobs.all.set(id, next);
  if (hasEnded(next)) jobs.open.delete(id);
  else jobs.open.add(id);
}

/** The job that an entry is about. */
export function jobOf({ body }: RecordedEntry): string | undefined {
  if (body.type === 'event.recorded') return body.data.event.inputOf ?? body.data.event.outputOf;
  return 'job' in body.data ? body.data.job : undefined;
}

function declinedAfter(job: Job, { body }: RecordedEntry): readonly Declined[] {
  if (body.type === 'job.released' && hasEnded(job)) return [];
  if (body.type !== 'job.declined') return job.declined;
  const { lab, machine, reason } = body.data;
  return [...job.declined, { lab, machine, reason }];
}

function nextPhase(phase: JobPhase, { body, log }: RecordedEntry): JobPhase {
  switch (body.type) {
    case 'job.offered':
      return { state: 'offered', attempt: attemptIn(body.data) };
    case 'job.taken':
      return { state: 'taken', attempt: attemptIn(body.data) };
    case 'job.declined':
    case 'job.released':
      return { state: 'wanted' };
    case 'job.prepared': {
      const { program, lines, estimatedSeconds } = body.data;
      return {
        state: 'preparing',
        attempt: attemptIn(body.data),
        program: { program, lines, estimatedSeconds },
      };
    }
    case 'job.started':
      if (phase.state !== 'preparing') return phase;
      return { state: 'running', attempt: phase.attempt, program: phase.program, startedMs: body.data.at };
    case 'job.doubted': {
      if (phase.state !== 'running') return phase;
      const { reason, line } = body.data;
      return { ...phase, state: 'unknown', doubt: { reason, ...(line === undefined ? {} : { line }) } };
    }
    case 'job.cancelled': {
      const { by, reason } = body.data;
      return { state: 'cancelled', by, reason, ...progressOf(phase), endedMs: log.time };
    }
    case 'job.finished':
    case 'job.failed':
    case 'job.resolved':
      return endedPhase(phase, body, log.time);
    default:
      return phase;
  }
}

type EndingBody = Extract<RecordedEntry['body'], { type: 'job.finished' | 'job.failed' | 'job.resolved' }>;

function endedPhase(phase: JobPhase, body: EndingBody, timeMs: number): JobPhase {
  const { attempt, program, startedMs } = progressOf(phase);
  if (attempt === undefined) return phase;
  if (body.type === 'job.failed') {
    const { cause, code, words, line, started, at } = body.data;
    const failure: Failure = {
      ...{ cause, words, started },
      ...(code === undefined ? {} : { code }),
      ...(line === undefined ? {} : { line }),
    };
    return { state: 'failed', ...progressOf(phase), attempt, endedMs: at, failure };
  }
  if (body.type === 'job.resolved' && body.data.outcome === 'failed') {
    const failure: Failure = { cause: 'resolved-by-person', words: body.data.note, started: true };
    return { state: 'failed', ...progressOf(phase), attempt, endedMs: timeMs, failure };
  }
  if (program === undefined || startedMs === undefined) return phase;
  const started = { attempt, program, startedMs };
  if (body.type === 'job.finished')
    return { state: 'made', ...started, endedMs: body.data.at, seconds: body.data.seconds };
  return { state: 'made', ...started, endedMs: timeMs };
}

function attemptIn(data: Attempt): Attempt {
  const { execution, lab, machine, fence } = data;
  return { execution, lab, machine, fence };
}
