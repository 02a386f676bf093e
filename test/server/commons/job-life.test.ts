import { describe, expect, it } from 'vitest';
import { sumOfAccounts } from '../../../server/commons/accounts/sum-of-accounts.ts';
import { cancelJob, doubtJob, reopenJob, resolveJob } from '../../../server/commons/jobs/end-job.ts';
import { declineJob, offerJob, releaseJob } from '../../../server/commons/jobs/offer-job.ts';
import { recordBridgeFact } from '../../../server/commons/jobs/record-bridge-fact.ts';
import { BRIDGE_KEY, keyOf, refusalCode, type SmallCommunity, smallCommunity } from './small-community.ts';

const by = 'visitor';
const reason = 'as it is';

/** What can happen to a job, by the person, the coordinator or the bridge of its lab. */
const steps: Readonly<Record<string, (there: SmallCommunity, job: string) => string[]>> = {
  offer: (there, job) => {
    const offer = { job, execution: there.id(), lab: 'lab', machine: 'router', score: 1 };
    return there.do((context) => offerJob(there.state, offer, context));
  },
  decline: (there, job) => {
    const execution = executionOf(there, job);
    return there.do((context) => declineJob(there.state, { job, execution, reason }, context));
  },
  release: (there, job) => there.do((context) => releaseJob(there.state, { job, by, reason }, context)),
  prepared: (there, job) => there.bridgeSays(job, 'job.prepared'),
  started: (there, job) => there.bridgeSays(job, 'job.started'),
  finished: (there, job) => there.bridgeSays(job, 'job.finished'),
  failed: (there, job) => there.bridgeSays(job, 'job.failed'),
  doubt: (there, job) => there.do((context) => doubtJob(there.state, { job, reason }, context)),
  resolve: (there, job) => {
    const word = { job, by, outcome: 'failed', note: 'The cutter is broken.' } as const;
    return there.do((context) => resolveJob(there.state, word, context));
  },
  cancel: (there, job) => there.do((context) => cancelJob(there.state, { job, by, reason }, context)),
  reopen: (there, job) => there.do((context) => reopenJob(there.state, { job, by, reason }, context)),
};

function executionOf(there: SmallCommunity, job: string): string {
  const phase = there.phaseOf(job);
  return 'attempt' in phase && phase.attempt !== undefined ? phase.attempt.execution : there.id();
}

/** How a job comes into each state. */
const ways: Readonly<Record<string, (there: SmallCommunity, job: string) => void>> = {
  wanted: () => undefined,
  offered: (there, job) => void steps.offer?.(there, job),
  taken: (there, job) => void there.giveToMachine(job),
  preparing: (there, job) => {
    there.giveToMachine(job);
    there.bridgeSays(job, 'job.prepared');
  },
  running: (there, job) => void there.start(job),
  unknown: (there, job) => {
    there.start(job);
    steps.doubt?.(there, job);
  },
  made: (there, job) => void there.make(job),
  failed: (there, job) => {
    there.start(job);
    there.bridgeSays(job, 'job.failed');
  },
  cancelled: (there, job) => void steps.cancel?.(there, job),
};

function jobIn(state: string): { there: SmallCommunity; job: string } {
  const there = smallCommunity();
  const job = there.placeStool().jobs[0] ?? '';
  ways[state]?.(there, job);
  expect(there.phaseOf(job).state).toBe(state);
  return { there, job };
}

describe("a job's life", () => {
  // '-' is a refusal, '=' changes nothing, anything else is the state afterwards.
  it.each`
    from           | offer        | decline     | release     | prepared       | started      | finished  | failed      | doubt        | resolve     | cancel         | reopen
    ${'wanted'}    | ${'offered'} | ${'-'}      | ${'='}      | ${'-'}         | ${'-'}       | ${'-'}    | ${'-'}      | ${'-'}       | ${'-'}      | ${'cancelled'} | ${'-'}
    ${'offered'}   | ${'-'}       | ${'wanted'} | ${'wanted'} | ${'preparing'} | ${'-'}       | ${'-'}    | ${'-'}      | ${'-'}       | ${'-'}      | ${'cancelled'} | ${'-'}
    ${'taken'}     | ${'-'}       | ${'wanted'} | ${'wanted'} | ${'preparing'} | ${'-'}       | ${'-'}    | ${'-'}      | ${'-'}       | ${'-'}      | ${'cancelled'} | ${'-'}
    ${'preparing'} | ${'-'}       | ${'-'}      | ${'wanted'} | ${'preparing'} | ${'running'} | ${'-'}    | ${'-'}      | ${'-'}       | ${'-'}      | ${'cancelled'} | ${'-'}
    ${'running'}   | ${'-'}       | ${'-'}      | ${'-'}      | ${'-'}         | ${'-'}       | ${'made'} | ${'failed'} | ${'unknown'} | ${'-'}      | ${'-'}         | ${'-'}
    ${'unknown'}   | ${'-'}       | ${'-'}      | ${'-'}      | ${'-'}         | ${'-'}       | ${'made'} | ${'failed'} | ${'='}       | ${'failed'} | ${'-'}         | ${'-'}
    ${'made'}      | ${'-'}       | ${'-'}      | ${'-'}      | ${'-'}         | ${'-'}       | ${'-'}    | ${'-'}      | ${'-'}       | ${'-'}      | ${'-'}         | ${'-'}
    ${'failed'}    | ${'-'}       | ${'-'}      | ${'-'}      | ${'-'}         | ${'-'}       | ${'-'}    | ${'-'}      | ${'-'}       | ${'-'}      | ${'cancelled'} | ${'wanted'}
    ${'cancelled'} | ${'-'}       | ${'-'}      | ${'-'}      | ${'-'}         | ${'-'}       | ${'-'}    | ${'-'}      | ${'-'}       | ${'-'}      | ${'='}         | ${'wanted'}
  `('from $from', ({ from, ...expected }: Record<string, string>) => {
    const found = Object.fromEntries(
      Object.keys(expected).map((step) => {
        const { there, job } = jobIn(from ?? '');
        const before = there.entries.length;
        const code = refusalCode(() => steps[step]?.(there, job));
        const isUnchanged = there.entries.length === before;
        if (code !== undefined) return [step, isUnchanged ? '-' : 'changed in spite of a refusal'];
        return [step, isUnchanged ? '=' : there.phaseOf(job).state];
      }),
    );
    expect(found).toEqual(expected);
  });

  it('gives each attempt on a machine a higher fence than every one before', () => {
    const there = smallCommunity();
    const jobs = there.placeStool(2).jobs.filter((_job, at) => at % 2 === 0);
    const fences = [jobs[0], jobs[1], jobs[0]].map((job = '') => {
      steps.offer?.(there, job);
      const phase = there.phaseOf(job);
      steps.release?.(there, job);
      return phase.state === 'offered' ? phase.attempt.fence : 0;
    });
    expect(fences).toEqual([1, 2, 3]);
  });

  it('remembers who declined and does not offer it there, until a person reopens the job', () => {
    const { there, job } = jobIn('offered');
    steps.decline?.(there, job);
    const { requirement } = there.state.jobs.all.get(job)?.opened ?? {};
    const route = () => (requirement === undefined ? undefined : there.routing(requirement, job));
    expect(route()?.refusals).toContainEqual(expect.objectContaining({ code: 'declined', reason }));
    steps.cancel?.(there, job);
    steps.reopen?.(there, job);
    expect(route()?.candidates).toMatchObject([{ machine: 'router' }]);
  });

  it('ends a running job as cancelled when its bridge says that the machine stopped', () => {
    const { there, job } = jobIn('running');
    const stopped = { execution: executionOf(there, job), fence: 1, line: 40 };
    const cancel = (fence: number) => () =>
      there.do((context) =>
        cancelJob(there.state, { job, by, reason, stopped: { ...stopped, fence } }, context),
      );
    expect(refusalCode(cancel(2))).toBe('job.stale-fence');
    expect(cancel(1)()).toEqual(['job.cancelled', 'event.recorded', 'event.recorded']);
    expect(there.phaseOf(job)).toMatchObject({ state: 'cancelled', by, reason });
  });

  it('does not come back to life after its whole order was given up', () => {
    const { there, job } = jobIn('failed');
    const order = there.state.jobs.all.get(job)?.opened.order ?? '';
    const { id, stream } = { id: there.id(), stream: `order/${order}` };
    there.append([{ id, stream, type: 'order.cancelled', data: { order, by, reason } }]);
    expect(refusalCode(() => steps.reopen?.(there, job))).toBe('order.cancelled');
  });
});

describe('what follows from a finished job', () => {
  it('is what was used and made, in the same list, and with the last job the sharing of the price', () => {
    const there = smallCommunity();
    const [sheet = '', plate = ''] = there.placeStool().jobs;
    expect(there.make(sheet)).toEqual(['job.finished', ...Array(4).fill('event.recorded')]);
    const [, consume, use, work, produce] = there.entries.slice(-5).map(({ body }) => body.data);
    expect(consume).toMatchObject({
      event: { action: 'consume', inputOf: sheet, resourceQuantity: { value: '1', unit: 'sheet' } },
    });
    expect(use).toMatchObject({ event: { action: 'use', effortQuantity: { value: '1510', unit: 's' } } });
    expect(work).toMatchObject({ event: { action: 'work', provider: 'lab' } });
    expect(produce).toMatchObject({ event: { action: 'produce', outputOf: sheet } });
    expect(there.make(plate)).toEqual([
      ...['job.finished', ...Array(4).fill('event.recorded')],
      ...['order.completed', 'income.received', 'distribution.run'],
    ]);
    expect(sumOfAccounts(there.state)).toBe(0n);
    const balances = [...there.state.accounts].map(([agent, { receivedMinor, paidMinor }]) => [
      agent,
      Number(receivedMinor - paidMinor),
    ]);
    expect(Object.fromEntries(balances)).toEqual({
      ...{ visitor: -15_573, community: 0, 'ada-lovelace': 2_180, bo: 934, lab: 11_681, fund: 778 },
    });
  });

  it('follows as well when a person finds that a job in doubt was made', () => {
    const there = smallCommunity();
    const [sheet = '', plate = ''] = there.placeStool().jobs;
    there.make(sheet);
    there.start(plate);
    steps.doubt?.(there, plate);
    const word = { job: plate, by, outcome: 'made', note: 'It lies on the bed.' } as const;
    const types = there.do((context) => resolveJob(there.state, word, context));
    expect(types.at(0)).toBe('job.resolved');
    expect(types.at(-1)).toBe('distribution.run');
    expect(refusalCode(() => there.bridgeSays(plate, 'job.finished'))).toBe('job.ended');
  });
});

describe("a bridge's fact", () => {
  it('is recorded once, with its signature', () => {
    const { there, job } = jobIn('taken');
    const body = there.factBody(job, 'job.prepared');
    const fact = { lab: 'lab', body, sig: { kid: BRIDGE_KEY, sig: 'c2ln' }, bridgeKey: BRIDGE_KEY };
    const drafts = recordBridgeFact(there.state, fact, there.context);
    expect(drafts).toMatchObject([{ ...pick(body), sigs: [{ kid: BRIDGE_KEY, sig: 'c2ln' }] }]);
    there.append(drafts);
    expect(recordBridgeFact(there.state, fact, there.context)).toEqual([]);
  });

  it('of an earlier attempt is stale, whatever it says', () => {
    const { there, job } = jobIn('preparing');
    const late = ['job.prepared', 'job.started', 'job.finished', 'job.failed', 'job.released'].map((type) =>
      there.factBody(job, type, type === 'job.released' ? { by: 'lab', reason } : {}),
    );
    steps.release?.(there, job);
    const codes = () => late.map((body) => refusalCode(() => there.report(strict(body))));
    expect(new Set(codes())).toEqual(new Set(['job.stale-fence']));
    there.start(job);
    expect(new Set(codes())).toEqual(new Set(['job.stale-fence']));
  });

  it('with the right execution and another fence is stale', () => {
    const { there, job } = jobIn('preparing');
    expect(refusalCode(() => there.bridgeSays(job, 'job.started', { fence: 7 }))).toBe('job.stale-fence');
  });

  it('is the word of the paired bridge only, about its own machine, in the words of the contract', () => {
    const { there, job } = jobIn('preparing');
    const body = there.factBody(job, 'job.started');
    const say = (change: object, data: object = {}) =>
      refusalCode(() => {
        const fact = { lab: 'lab', body: { ...body, data: { ...body.data, ...data } } };
        const sig = { kid: BRIDGE_KEY, sig: 'c2ln' };
        recordBridgeFact(there.state, { ...fact, sig, bridgeKey: BRIDGE_KEY, ...change }, there.context);
      });
    expect(say({ bridgeKey: keyOf('somebody else') })).toBe('bridge.wrong-key');
    expect(say({ lab: 'elsewhere' })).toBe('lab.unknown');
    expect(say({ body: { ...body, type: 'order.completed' } })).toBe('bridge.fact-malformed');
    expect(say({ body: { ...body, stream: 'job/other' } })).toBe('bridge.fact-malformed');
    expect(say({}, { at: 'noon' })).toBe('bridge.fact-malformed');
    expect(say({}, { machine: 'printer' })).toBe('bridge.fact-malformed');
    expect(say({}, { job: there.id() })).toBe('bridge.fact-malformed');
    expect(say({})).toBeUndefined();
  });

  it('that gives a job back makes it wanted again', () => {
    const { there, job } = jobIn('preparing');
    const body = strict(there.factBody(job, 'job.released', { by: 'lab', reason: 'the lease ran out' }));
    expect(there.report(body)).toEqual(['job.released']);
    expect(there.phaseOf(job).state).toBe('wanted');
  });

  it('of a lab that takes jobs automatically brings its consent with it', () => {
    const { there, job } = jobIn('offered');
    expect(there.bridgeSays(job, 'job.prepared')).toEqual(['job.taken', 'job.prepared']);
  });
});

type FactBody = ReturnType<SmallCommunity['factBody']>;

/** A release names the execution alone. */
function strict(body: FactBody) {
  if (body.type !== 'job.released') return body;
  const { lab: _lab, machine: _machine, fence: _fence, ...data } = body.data;
  return { ...body, data };
}

function pick({ id, stream, type, data }: FactBody) {
  return { id, stream, type, data };
}
