import type { EconomicEvent } from '#contract/entries.ts';
import type { Draft, RecordedEntry } from '../fact.ts';
import { whatFollowsOnEndedRun, whatFollowsOnMadeJob } from '../jobs/follow-ups.ts';
import type { Job } from '../jobs/jobs.ts';
import type { CommonsState } from '../state.ts';
import { contextOf, type Fault } from './audited-entry.ts';
import { incomeFault, runFault, sameQuantity } from './money.ts';

/** What the rules write directly behind an entry, in the same command. */
export interface Expected {
  readonly type: string;
  readonly stream?: string;
  faultOf(entry: RecordedEntry): Fault;
}

/** Types that only ever follow from something else. */
const FOLLOWING: ReadonlySet<string> = new Set([
  ...['order.evaluated', 'job.opened', 'event.recorded', 'order.completed'],
  ...['income.received', 'distribution.run'],
]);

/** Holds what has to come next, and judges what comes. */
export class ExpectedEntries {
  #next: Expected[] = [];

  /** Entries that the last command still owes. */
  get owed(): number {
    return this.#next.length;
  }

  faultOf(entry: RecordedEntry): Fault {
    const { type, stream } = entry.body;
    const next = this.#next.shift();
    if (next === undefined) return FOLLOWING.has(type) ? 'nothing before it led to it' : undefined;
    if (next.type === type && (next.stream ?? stream) === stream) return next.faultOf(entry);
    // Once is enough: what comes later is judged anew.
    this.#next = [];
    return `${next.type} had to follow on the entry before it`;
  }

  /** An entry of a type that the rules do not know cannot stand within a command either. */
  strangerFault(): Fault {
    const [next] = this.#next.splice(0);
    return next && `${next.type} had to follow on the entry before it`;
  }

  /** Notes what has to follow on an entry; asked with the state before it, and only where it may stand there. */
  noteAfter(state: CommonsState, entry: RecordedEntry): void {
    const following = followingIfAny(state, entry);
    if (following.length > 0) this.#next = following;
  }
}

/** Behind earlier faults a rule may find no order or no lab; what should follow then nobody knows. */
function followingIfAny(state: CommonsState, entry: RecordedEntry): Expected[] {
  try {
    return followingOn(state, entry);
  } catch {
    return [];
  }
}

function followingOn(state: CommonsState, entry: RecordedEntry): Expected[] {
  const { body } = entry;
  switch (body.type) {
    case 'order.placed':
      return [{ type: 'order.evaluated', stream: body.stream, faultOf: () => undefined }];
    case 'order.evaluated': {
      const { jobs, order } = body.data;
      const faultOf = ({ body: opened }: RecordedEntry) =>
        opened.type === 'job.opened' && opened.data.order === order
          ? undefined
          : 'it is not the next job of the order that was evaluated before it';
      return Array.from({ length: jobs }, () => ({ type: 'job.opened', faultOf }));
    }
    case 'job.finished':
    case 'job.failed':
    case 'job.resolved':
    case 'job.cancelled': {
      const job = state.jobs.all.get(body.data.job);
      return job === undefined ? [] : followingOnEnd(state, entry, job);
    }
    default:
      return [];
  }
}

function followingOnEnd(state: CommonsState, entry: RecordedEntry, job: Job): Expected[] {
  const { body, log } = entry;
  const context = contextOf(entry);
  switch (body.type) {
    case 'job.finished': {
      const run = { seconds: body.data.seconds, atMs: body.data.at };
      return whatFollowsOnMadeJob(state, job, run, context).map((one) => asExpected(one));
    }
    case 'job.failed': {
      if (!body.data.started) return [];
      const { at, line } = body.data;
      const run = { atMs: at, ...(line === undefined ? {} : { line }) };
      return whatFollowsOnEndedRun(job, run, context).map((one) => asExpected(one));
    }
    case 'job.resolved': {
      if (job.phase.state !== 'unknown') return [];
      const { program, doubt } = job.phase;
      const run = { seconds: program.estimatedSeconds, atMs: log.time };
      if (body.data.outcome === 'made')
        return whatFollowsOnMadeJob(state, job, run, context).map((one) => asExpected(one));
      const stopped = { ...run, ...(doubt.line === undefined ? {} : { line: doubt.line }) };
      return whatFollowsOnEndedRun(job, stopped, context).map((one) => asExpected(one));
    }
    case 'job.cancelled':
      if (job.phase.state !== 'running' && job.phase.state !== 'unknown') return [];
      // Where and when the machine stopped is not in the entry: the amounts are the bridge's word.
      return whatFollowsOnEndedRun(job, { atMs: log.time }, context).map((one) =>
        asExpected(one, 'any amount'),
      );
    default:
      return [];
  }
}

function asExpected(draft: Draft, amounts: 'these amounts' | 'any amount' = 'these amounts'): Expected {
  return {
    type: draft.type,
    stream: draft.stream,
    faultOf({ body }) {
      if (draft.type === 'event.recorded' && body.type === 'event.recorded')
        return eventFault(draft.data.event, body.data.event, amounts);
      if (draft.type === 'income.received' && body.type === 'income.received')
        return incomeFault(draft.data, body.data);
      if (draft.type === 'distribution.run' && body.type === 'distribution.run')
        return runFault(draft.data, body.data);
      return undefined;
    },
  };
}

/** Ids and moments are made when the entry is written; everything else follows from what is known. */
function eventFault(
  wanted: EconomicEvent,
  event: EconomicEvent,
  amounts: 'these amounts' | 'any amount',
): Fault {
  if (event.action !== wanted.action) return `it should say "${wanted.action}", not "${event.action}"`;
  const members = ['provider', 'receiver', 'inputOf', 'outputOf', 'resourceConformsTo'] as const;
  const other = members.find((member) => event[member] !== wanted[member]);
  if (other !== undefined) return `its ${other} is not the one that follows from the job`;
  if (event.money !== undefined) return 'what a job uses and makes is no money';
  const kinds = ['resourceQuantity', 'effortQuantity'] as const;
  const isSame = kinds.every((kind) => sameQuantity(event[kind], wanted[kind], amounts));
  return isSame ? undefined : 'its amount is not the one that follows from the job';
}
