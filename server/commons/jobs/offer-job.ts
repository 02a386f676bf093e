import { AppError } from '../../errors.ts';
import { type Context, type Draft, draft, streams } from '../fact.ts';
import { type CommonsState, knownAgent, knownJob, knownLab, knownMachine } from '../state.ts';
import type { Attempt, Job, JobPhase } from './jobs.ts';

/** Offers a wanted job to one machine, under a fence higher than every one before on that machine. */
export function offerJob(
  state: CommonsState,
  offer: { job: string; execution: string; lab: string; machine: string; score: number },
  context: Context,
): Draft[] {
  const { job, execution, lab, machine } = offer;
  const there = knownJob(state, job);
  const { lastFence } = knownMachine(state, lab, machine);
  if (isOfferedAs(there, execution, lab, machine)) return [];
  if (there.phase.state !== 'wanted') throw stateConflict(there, 'offered');
  return [
    draft('job.offered', streams.job(job), context.newId(), {
      ...{ job, execution, lab, machine, fence: lastFence + 1 },
      score: Math.round(offer.score),
    }),
  ];
}

/**
 * A lab takes the job that it is offered.
 * @throws AppError `job.consent-by-hand` where a person of the lab has to say so.
 */
export function takeJob(
  state: CommonsState,
  command: { job: string; execution: string; consent: 'automatic' | 'by-hand'; by?: string },
  context: Context,
): Draft[] {
  const { job, execution, consent, by } = command;
  const there = knownJob(state, job);
  const attempt = currentAttempt(there, execution);
  if (there.phase.state === 'taken') return [];
  if (there.phase.state !== 'offered') throw stateConflict(there, 'taken');
  if (consent === 'automatic' && knownLab(state, attempt.lab).consent === 'by-hand')
    throw new AppError(
      'not-allowed',
      `The lab "${attempt.lab}" takes jobs by hand: a person there has to take it.`,
      {
        code: 'job.consent-by-hand',
      },
    );
  if (by !== undefined) knownAgent(state, by);
  return [
    draft('job.taken', streams.job(job), context.newId(), {
      ...{ job, ...attempt, consent },
      ...(by === undefined ? {} : { by }),
    }),
  ];
}

/** The lab does not want the job: it becomes wanted again, and this machine is not asked a second time. */
export function declineJob(
  state: CommonsState,
  { job, execution, reason }: { job: string; execution: string; reason: string },
  context: Context,
): Draft[] {
  const there = knownJob(state, job);
  const attempt = currentAttempt(there, execution);
  if (there.phase.state !== 'offered' && there.phase.state !== 'taken')
    throw stateConflict(there, 'declined');
  return [draft('job.declined', streams.job(job), context.newId(), { job, ...attempt, reason })];
}

/**
 * Takes a job back from a machine that was not started; it becomes wanted again. A job that is wanted stays so.
 * Whoever calls this has first made sure that the bridge will not start it any more.
 */
export function releaseJob(
  state: CommonsState,
  { job, by, reason }: { job: string; by: string; reason: string },
  context: Context,
): Draft[] {
  const there = knownJob(state, job);
  knownAgent(state, by);
  const { phase } = there;
  if (phase.state === 'wanted') return [];
  if (!isBeforeStart(phase)) throw stateConflict(there, 'released');
  const { execution } = phase.attempt;
  return [draft('job.released', streams.job(job), context.newId(), { job, execution, by, reason })];
}

/** Given to a machine that was not started yet. */
export function isBeforeStart(
  phase: JobPhase,
): phase is Extract<JobPhase, { state: 'offered' | 'taken' | 'preparing' }> {
  return phase.state === 'offered' || phase.state === 'taken' || phase.state === 'preparing';
}

/**
 * The attempt that is under way or was the last one, if it is this execution.
 * @throws AppError `job.stale-fence` for an execution that is not the job's any more.
 */
export function currentAttempt(job: Job, execution: string, fence?: number): Attempt {
  const attempt = job.phase.state === 'wanted' ? undefined : job.phase.attempt;
  if (attempt?.execution === execution && (fence ?? attempt.fence) === attempt.fence) return attempt;
  throw new AppError(
    'conflict',
    `This attempt at job ${job.opened.number} is over: the job was given elsewhere or back. Do not start it.`,
    { code: 'job.stale-fence', details: { job: job.opened.job, execution } },
  );
}

const IN_WORDS: Readonly<Record<JobPhase['state'], string>> = {
  wanted: 'still wanted by nobody',
  offered: 'offered to a machine',
  taken: 'taken by a lab',
  preparing: 'being prepared',
  running: 'running on a machine',
  unknown: 'on a machine that cannot be heard',
  made: 'made',
  failed: 'failed',
  cancelled: 'cancelled',
};

/** An AppError `job.not-possible-now` that says how far the job is. */
export function stateConflict(job: Job, wish: string): AppError {
  const { state } = job.phase;
  const { number, of } = job.opened;
  return new AppError(
    'conflict',
    `Job ${number} of ${of} cannot be ${wish}: it is ${IN_WORDS[state]}. Look at the board for what can be done now.`,
    { code: 'job.not-possible-now', details: { state, wish } },
  );
}

function isOfferedAs({ phase }: Job, execution: string, lab: string, machine: string): boolean {
  if (phase.state !== 'offered') return false;
  const { attempt } = phase;
  return attempt.execution === execution && attempt.lab === lab && attempt.machine === machine;
}
