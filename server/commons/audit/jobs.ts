import type { EntryData } from '#contract/entries.ts';
import type { RecordedEntry } from '../fact.ts';
import type { Attempt, Job } from '../jobs/jobs.ts';
import { isBeforeStart } from '../jobs/offer-job.ts';
import { STATES_FOR_FACT } from '../jobs/record-bridge-fact.ts';
import type { CommonsState } from '../state.ts';
import type { Fault } from './audited-entry.ts';
import { isWhole } from './orders.ts';

/** Executions are forgotten with their jobs; looking for those that left is worth it now and then. */
const SWEEP_AFTER = 4_096;

type JobBody = Extract<RecordedEntry['body'], { type: `job.${string}` }>;

/** Judges each step of a job: whether it may come now, of this attempt, and whether a machine is started once. */
export class JobAudit {
  /** Executions that were ever offered or started, by job. */
  readonly #executions = new Map<string, { offered: Set<string>; started: Set<string> }>();
  #sweepAt = SWEEP_AFTER;

  faultOf(state: CommonsState, { body }: RecordedEntry): Fault {
    if (!isJobBody(body) || body.type === 'job.opened') return undefined;
    const job = state.jobs.all.get(body.data.job);
    if (job === undefined) return `there is no job ${body.data.job} that could still change`;
    const fault = stepFault(state, job, body) ?? personFault(state, body);
    return fault ?? this.#executionFault(state, body);
  }

  #executionFault({ jobs }: CommonsState, body: JobBody): Fault {
    if (body.type !== 'job.offered' && body.type !== 'job.started') return undefined;
    const { job, execution } = body.data;
    const known = this.#executions.get(job) ?? { offered: new Set(), started: new Set() };
    const seen = body.type === 'job.offered' ? known.offered : known.started;
    if (seen.has(execution))
      return body.type === 'job.offered'
        ? 'this execution was offered before'
        : 'this execution was started before';
    seen.add(execution);
    this.#executions.set(job, known);
    if (this.#executions.size > this.#sweepAt) {
      for (const id of this.#executions.keys()) if (!jobs.all.has(id)) this.#executions.delete(id);
      this.#sweepAt = 2 * this.#executions.size + SWEEP_AFTER;
    }
    return undefined;
  }
}

function isJobBody(body: RecordedEntry['body']): body is JobBody {
  return body.type.startsWith('job.');
}

function stepFault(state: CommonsState, job: Job, body: Exclude<JobBody, { type: 'job.opened' }>): Fault {
  const { phase } = job;
  switch (body.type) {
    case 'job.offered':
      return offeredFault(state, job, body.data);
    case 'job.taken':
      return stateFault(job, ['offered']) ?? attemptFault(job, body.data) ?? consentFault(state, body.data);
    case 'job.declined':
    case 'job.prepared':
    case 'job.started':
    case 'job.finished':
      return stateFault(job, STATES_FOR_FACT[body.type]) ?? attemptFault(job, body.data);
    case 'job.failed':
      return (
        stateFault(job, STATES_FOR_FACT[body.type]) ??
        attemptFault(job, body.data) ??
        startFault(job, body.data)
      );
    case 'job.released':
      return releasedFault(state, job, body.data);
    case 'job.doubted':
      return stateFault(job, ['running']) ?? attemptFault(job, body.data);
    case 'job.resolved':
      return stateFault(job, ['unknown']);
    case 'job.cancelled':
      return phase.state === 'made' || phase.state === 'cancelled' ? `the job is ${phase.state}` : undefined;
  }
}

function stateFault({ phase }: Job, from: readonly Job['phase']['state'][]): Fault {
  return from.includes(phase.state) ? undefined : `the job is ${phase.state}`;
}

/** Same execution on the same machine under the same fence. */
function attemptFault({ phase }: Job, data: Attempt): Fault {
  const attempt = phase.state === 'wanted' ? undefined : phase.attempt;
  const isSame =
    attempt?.execution === data.execution &&
    attempt.lab === data.lab &&
    attempt.machine === data.machine &&
    attempt.fence === data.fence;
  return isSame ? undefined : 'it is about another attempt than the one under way';
}

function offeredFault(state: CommonsState, job: Job, data: EntryData<'job.offered'>): Fault {
  const { lab, machine, fence } = data;
  const wrong = stateFault(job, ['wanted']);
  if (wrong !== undefined) return wrong;
  const order = state.orders.get(job.opened.order);
  if (order?.phase.state !== 'evaluated') return `its order is ${order?.phase.state ?? 'not there'}`;
  if (!isWhole(order)) return 'not all jobs of its order are open yet';
  const there = state.labs.get(lab)?.machines.get(machine);
  if (there === undefined) return `there is no machine ${lab}/${machine}`;
  if (fence === there.lastFence + 1) return undefined;
  return `its fence is ${fence}, and the last one on this machine was ${there.lastFence}`;
}

function consentFault(state: CommonsState, { lab, consent }: EntryData<'job.taken'>): Fault {
  if (consent === 'automatic' && state.labs.get(lab)?.consent === 'by-hand')
    return `${lab} takes jobs by hand only`;
  return undefined;
}

/** Material is gone where the machine was started, and only there. */
function startFault({ phase }: Job, { started }: EntryData<'job.failed'>): Fault {
  const isOnMachine = phase.state === 'running' || phase.state === 'unknown';
  if (started === isOnMachine) return undefined;
  return started ? 'the machine was never started' : 'the machine was started';
}

function releasedFault(state: CommonsState, job: Job, { execution }: EntryData<'job.released'>): Fault {
  const { phase, opened } = job;
  const isReopened = phase.state === 'failed' || phase.state === 'cancelled';
  if (!isReopened && !isBeforeStart(phase)) return `the job is ${phase.state}`;
  if (execution !== phase.attempt?.execution) return 'it is about another attempt than the last one';
  const order = state.orders.get(opened.order)?.phase.state;
  return order === 'evaluated' ? undefined : `its order is ${order ?? 'not there'}`;
}

/** Persons who decide are agents. What a bridge calls the one at its machine is its own word. */
function personFault({ agents }: CommonsState, body: JobBody): Fault {
  const isPersons =
    body.type === 'job.taken' || body.type === 'job.resolved' || body.type === 'job.cancelled';
  const by = isPersons ? body.data.by : undefined;
  return by === undefined || agents.has(by) ? undefined : `there is no agent "${by}"`;
}
