import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '#contract/canonical-json.ts';
import { type JobState, type JobView, Views } from '#contract/views.ts';
import { sumOfAccounts } from '../../../server/commons/accounts/sum-of-accounts.ts';
import { commonsFold, plainState } from '../../../server/commons/commons.ts';
import { publishDesign } from '../../../server/commons/designs/publish-design.ts';
import { countStock, describeMachine, openLab } from '../../../server/commons/facilities/open-lab.ts';
import type { RecordedEntry } from '../../../server/commons/fact.ts';
import { cancelJob, doubtJob, reopenJob, resolveJob } from '../../../server/commons/jobs/end-job.ts';
import { declineJob, offerJob, releaseJob, takeJob } from '../../../server/commons/jobs/offer-job.ts';
import { cancelOrder } from '../../../server/commons/orders/cancel-order.ts';
import { changedViews, viewsOf } from '../../../server/commons/views.ts';
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
interface Attempted {
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
const life = fc.array(attempted, { minLength: 20, maxLength: 80 });

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

function live(days: readonly Attempted[], after?: (there: SmallCommunity) => void): SmallCommunity {
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

describe('whatever people, machines and the network do', () => {
  it('all accounts together stay at zero, and every price is shared to the minor unit', () => {
    let shared = 0;
    fc.assert(
      fc.property(life, (days) => {
        const there = live(days, ({ state }) => expect(sumOfAccounts(state)).toBe(0n));
        for (const { body } of there.entries) {
          if (body.type !== 'distribution.run') continue;
          shared += 1;
          const sum = (minors: string[]) => minors.reduce((total, minor) => total + BigInt(minor), 0n);
          expect(sum(body.data.shares.map(({ minor }) => minor))).toBe(BigInt(body.data.income.minor));
          expect(body.data.events.map(({ receiver, money }) => [receiver, money?.minor])).toEqual(
            body.data.shares.map(({ agent, minor }) => [agent, minor]),
          );
        }
      }),
    );
    expect(shared).toBeGreaterThan(0);
  });

  it('the state that the entries are folded into again is the live one, byte for byte', () => {
    fc.assert(
      fc.property(life, (days) => {
        const there = live(days);
        const rebuilt = there.entries.reduce(commonsFold.evolve, commonsFold.initial());
        expect(canonicalJson(plainState(rebuilt))).toBe(canonicalJson(plainState(there.state)));
      }),
    );
  });

  it('no job is started a second time unless it ended without being made and a person reopened it', () => {
    let secondStarts = 0;
    fc.assert(
      fc.property(life, (days) => {
        const there = live(days);
        for (const job of there.state.jobs.all.keys()) {
          const types = there.entries.filter((entry) => isAbout(entry, job)).map(({ body }) => body.type);
          for (const between of betweenStarts(types)) {
            secondStarts += 1;
            const end = between.findIndex((type) => /^job\.(failed|cancelled|resolved)$/.test(type));
            expect(end).toBeGreaterThanOrEqual(0);
            expect(between.slice(end)).toContain('job.released');
            expect(between).not.toContain('job.finished');
          }
        }
      }),
    );
    expect(secondStarts).toBeGreaterThan(0);
  });

  it('a page that applies the changes sees what a page sees that comes anew', () => {
    fc.assert(
      fc.property(life, (days) => {
        const page = new Page();
        live(days, (there) => {
          page.apply(changedViews(there.state, there.entries.slice(page.size), there.routing));
          page.size = there.entries.length;
          expect(page.shown()).toEqual(shownOf(viewsOf(there.state, there.routing)));
        });
      }),
      { numRuns: 50 },
    );
  });

  it('what pages see is what the contract says', () => {
    fc.assert(
      fc.property(life, (days) => {
        const there = live(days);
        const views = viewsOf(there.state, there.routing);
        expect(Views.parse(views)).toEqual(views);
      }),
      { numRuns: 50 },
    );
  });
});

/** Keeps whole views by id, as a page does. */
class Page {
  size = 0;
  readonly #views = new Map<string, unknown>();

  apply(changed: Partial<Views>): void {
    for (const [key, view] of keyed(changed)) this.#views.set(key, view);
  }

  shown(): unknown {
    return Object.fromEntries([...this.#views].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

function shownOf(views: Views): unknown {
  return Object.fromEntries(keyed(views).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function keyed({ designs, labs, orders, jobs, accounts }: Partial<Views>): [string, unknown][] {
  return [
    ...(designs ?? []).map((view): [string, unknown] => [`design ${view.design}`, structuredClone(view)]),
    ...(labs ?? []).map((view): [string, unknown] => [`lab ${view.lab}`, structuredClone(view)]),
    ...(orders ?? []).map((view): [string, unknown] => [`order ${view.order}`, structuredClone(view)]),
    ...(jobs ?? []).map((view: JobView): [string, unknown] => [`job ${view.job}`, structuredClone(view)]),
    ...(accounts ?? []).map((view): [string, unknown] => [`account ${view.agent}`, structuredClone(view)]),
  ];
}

function isAbout({ body }: RecordedEntry, job: string): boolean {
  return 'job' in body.data && body.data.job === job;
}

/** The types between each start and the next one. */
function betweenStarts(types: readonly string[]): string[][] {
  const starts = types.flatMap((type, at) => (type === 'job.started' ? [at] : []));
  return starts.slice(1).map((next, at) => types.slice((starts[at] ?? 0) + 1, next));
}

function never(): never {
  throw new Error('there is no such job');
}
