import { AppError } from '../../errors.ts';
import { type Context, type Draft, draft, streams } from '../fact.ts';
import { type CommonsState, knownAgent, knownJob, knownOrder } from '../state.ts';
import { eventsOfEndedRun, followUpsOfMadeJob } from './follow-ups.ts';
import { currentAttempt, stateConflict } from './offer-job.ts';

/** Contact was lost after the start: nobody knows, and nobody starts it again. Doubting again changes nothing. */
export function doubtJob(
  state: CommonsState,
  { job, reason, line }: { job: string; reason: string; line?: number },
  context: Context,
): Draft[] {
  const there = knownJob(state, job);
  if (there.phase.state === 'unknown') return [];
  if (there.phase.state !== 'running') throw stateConflict(there, 'doubted');
  return [
    draft('job.doubted', streams.job(job), context.newId(), {
      ...{ job, ...there.phase.attempt, reason },
      ...(line === undefined ? {} : { line }),
    }),
  ];
}

/** A person looked at the machine and says what became of a job that was unknown. */
export function resolveJob(
  state: CommonsState,
  command: { job: string; by: string; outcome: 'made' | 'failed'; note: string },
  context: Context,
): Draft[] {
  const { job, by, outcome, note } = command;
  const there = knownJob(state, job);
  knownAgent(state, by);
  const { phase } = there;
  if (phase.state !== 'unknown') throw stateConflict(there, 'resolved');
  const resolved = draft('job.resolved', streams.job(job), context.newId(), { job, by, outcome, note });
  const run = { seconds: phase.program.estimatedSeconds, atMs: context.nowMs };
  if (outcome === 'made') return [resolved, ...followUpsOfMadeJob(state, there, run, context)];
  const { line } = phase.doubt;
  const stopped = { ...run, ...(line === undefined ? {} : { line }) };
  return [resolved, ...eventsOfEndedRun(there, stopped, context)];
}

/**
 * Cancels a job. Before the start, and after a failure, a person's word is enough. A started one is cancelled only
 * when its bridge has said that the machine stopped: then `stopped` names the execution, and the material counts as
 * used up. Cancelling again changes nothing.
 * @throws AppError `job.on-machine` for a started job without `stopped`.
 */
export function cancelJob(
  state: CommonsState,
  command: {
    job: string;
    by: string;
    reason: string;
    stopped?: { execution: string; fence: number; line?: number };
  },
  context: Context,
): Draft[] {
  const { job, by, reason, stopped } = command;
  const there = knownJob(state, job);
  knownAgent(state, by);
  const { phase } = there;
  if (phase.state === 'cancelled') return [];
  if (phase.state === 'made') throw stateConflict(there, 'cancelled');
  const cancelled = draft('job.cancelled', streams.job(job), context.newId(), { job, by, reason });
  if (phase.state !== 'running' && phase.state !== 'unknown') return [cancelled];
  if (stopped === undefined)
    throw new AppError(
      'conflict',
      'This job is on a machine: the machine has to stop first. Press cancel there.',
      {
        code: 'job.on-machine',
      },
    );
  currentAttempt(there, stopped.execution, stopped.fence);
  const line = stopped.line === undefined ? {} : { line: stopped.line };
  return [cancelled, ...eventsOfEndedRun(there, { atMs: context.nowMs, ...line }, context)];
}

/**
 * A failed or cancelled job becomes wanted again, by a person's word: the only way to a second start.
 * @throws AppError `order.cancelled` where the whole order was given up.
 */
export function reopenJob(
  state: CommonsState,
  { job, by, reason }: { job: string; by: string; reason: string },
  context: Context,
): Draft[] {
  const there = knownJob(state, job);
  knownAgent(state, by);
  const { phase } = there;
  if (phase.state !== 'failed' && phase.state !== 'cancelled') throw stateConflict(there, 'reopened');
  if (knownOrder(state, there.opened.order).phase.state === 'cancelled')
    throw new AppError('conflict', 'The order of this job is cancelled. Place a new order.', {
      code: 'order.cancelled',
    });
  const execution = phase.attempt?.execution;
  return [
    draft('job.released', streams.job(job), context.newId(), {
      ...{ job, by, reason },
      ...(execution === undefined ? {} : { execution }),
    }),
  ];
}
