import fc from 'fast-check';
import type { JobState } from '#contract/views.ts';
import { publishDesign } from '../../../server/commons/designs/publish-design.ts';
import { countStock, describeMachine, openLab } from '../../../server/commons/facilities/open-lab.ts';
import { cancelJob, doubtJob, reopenJob, resolveJob } from '../../../server/commons/jobs/end-job.ts';
import { declineJob, offerJob, releaseJob, takeJob } from '../../../server/commons/jobs/offer-job.ts';
import { cancelOrder } from '../../../server/commons/orders/cancel-order.ts';
import { AppError } from '../../../server/errors.ts';
import {
  hashOf,
  plywood,
  router,
  type SmallCommunity,
  smallCommunity,
  stoolSummary,
} from './small-community.ts';

/** What somebody tries on one day; most of it is not possible when it is tried. */
export interface Attempted {
  what: keyof typeof doings | 'goOn';
  /** Which of the jobs or orders there are. */
  which: number;
  luck: number;
}

const by = 'visitor';
const reason = 'as it happens';
type Day = (there: SmallCommunity, job: string, luck: number, said: Said) => void;
/** Everything that bridges said so far, to be said again out of turn. */
type Said = ReturnType<SmallCommunity['factBody']>[];

const executionOf = (there: SmallCommunity, job: string) => {
  const phase = there.phaseOf(job);
  return 'attempt' in phase && phase.attempt !== undefined ? phase.attempt.execution : there.id();
};

const bridge =
  (type: string): Day =>
  (there, job, luck, said) => {
    const more = type === 'job.failed' ? { started: luck % 4 !== 0, line: luck } : {};
    const body = there.factBody(job, type, more);
    said.push(body);
    there.report(body);
  };

const doings = {
  order: (there, _job, luck) => void there.placeStool(1 + (luck % 2)),
  offer: (there, job, luck) => {
    const { candidates } = there.routing(there.state.jobs.all.get(job)?.opened.requirement ?? never(), job);
    const [best] = candidates;
    const machine = best?.machine ?? 'router';
    const offer = { job, execution: there.id(), lab: best?.lab ?? 'lab', machine, score: luck };
    there.do((context) => offerJob(there.state, offer, context));
  },
  take: (there, job) => {
    const execution = executionOf(there, job);
    there.do((context) => takeJob(there.state, { job, execution, consent: 'automatic' }, context));
  },
  decline: (there, job) => {
    const execution = executionOf(there, job);
    there.do((context) => declineJob(there.state, { job, execution, reason }, context));
  },
  release: (there, job) => void there.do((context) => releaseJob(there.state, { job, by, reason }, context)),
  prepared: bridge('job.prepared'),
  started: bridge('job.started'),
  finished: bridge('job.finished'),
  failed: bridge('job.failed'),
  sayAgain: (there, _job, luck, said) => {
    const body = said[luck % Math.max(1, said.length)];
    if (body !== undefined) there.report(body);
  },
  sayAnew: (there, _job, luck, said) => {
    const body = said[luck % Math.max(1, said.length)];
    if (body !== undefined) there.report({ ...body, id: there.id() });
  },
  doubt: (there, job) => void there.do((context) => doubtJob(there.state, { job, reason }, context)),
  resolve: (there, job, luck) => {
    const word = { job, by, outcome: luck % 2 === 0 ? 'made' : 'failed', note: reason } as const;
    there.do((context) => resolveJob(there.state, word, context));
  },
  cancel: (there, job, luck) => {
    const stopped = luck % 2 === 0 ? { stopped: { execution: executionOf(there, job), fence: luck } } : {};
    there.do((context) => cancelJob(there.state, { job, by, reason, ...stopped }, context));
  },
  reopen: (there, job) => void there.do((context) => reopenJob(there.state, { job, by, reason }, context)),
  cancelOrder: (there, job) => {
    const order = there.state.jobs.all.get(job)?.opened.order ?? '';
    there.do((context) => cancelOrder(there.state, { order, by, reason }, context));
  },
  count: (there, _job, luck) => {
    const lots = [{ ...plywood, sheets: luck % 4 }];
    there.do((context) => countStock(there.state, { lab: 'lab', lots, countedAt: luck }, context));
  },
  change: (there, _job, luck) => {
    const description = { ...router, name: `Router ${luck % 3}` };
    there.do((context) => describeMachine(there.state, { lab: 'lab', description }, context));
  },
  openLab: (there, _job, luck) => {
    const lab = `lab-${luck % 3}`;
    const wish = { lab, name: lab, place: '', consent: 'automatic', bedClear: 'by-hand', by } as const;
    there.do((context) => openLab(there.state, wish, context));
    there.do((context) => describeMachine(there.state, { lab, description: router }, context));
  },
  publish: (there, _job, luck) => {
    const version = hashOf(`version ${luck % 3}`);
    const summary = { ...stoolSummary, contributors: [{ name: `Person ${luck % 3}`, weight: 1 }] };
    const more = { summaryHash: hashOf('summary'), by, files: [{ path: 'a', hash: version, bytes: 1 }] };
    const wish = { id: there.id(), design: 'stool', version, summary, ...more };
    there.do((context) => publishDesign(there.state, wish, context));
  },
} satisfies Record<string, Day>;

/** What comes next for a job when nothing goes wrong; a failed one is tried again. */
const nextFor = {
  ...{ wanted: 'offer', offered: 'take', taken: 'prepared', preparing: 'started', running: 'finished' },
  ...{ unknown: 'resolve', failed: 'reopen', cancelled: 'reopen', made: 'order' },
} as const satisfies Record<JobState, keyof typeof doings>;

/** Four runs in ten fail or are lost. */
function nextStep(state: JobState, luck: number): keyof typeof doings {
  if (state === 'running' && luck <= 3) return luck === 0 ? 'doubt' : 'failed';
  return nextFor[state];
}

// Most days a job goes on, so that many orders are completed in spite of everything.
const whats = Object.keys(doings).filter((what): what is keyof typeof doings => what in doings);
const attempted: fc.Arbitrary<Attempted> = fc.record({
  what: fc.oneof(
    { weight: 3, arbitrary: fc.constant('goOn' as const) },
    { weight: 1, arbitrary: fc.constantFrom(...whats) },
  ),
  which: fc.nat(3),
  luck: fc.nat(9),
});
export const life = fc.array(attempted, { minLength: 20, maxLength: 80 });

function attempt(there: SmallCommunity, { what, which, luck }: Attempted, said: Said): void {
  const jobs = [...there.state.jobs.all.keys()];
  const job = jobs[which % Math.max(1, jobs.length)];
  if (job === undefined) return;
  try {
    const doing = what === 'goOn' ? nextStep(there.phaseOf(job).state, luck) : what;
    doings[doing](there, job, luck, said);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
  }
}

/** Lives through the days in a small community; `after` looks at it at the start and after each of them. */
export function live(days: readonly Attempted[], after?: (there: SmallCommunity) => void): SmallCommunity {
  const there = smallCommunity();
  const said: Said = [];
  there.placeStool();
  after?.(there);
  for (const day of days) {
    attempt(there, day, said);
    after?.(there);
  }
  return there;
}

function never(): never {
  throw new Error('there is no such job');
}
