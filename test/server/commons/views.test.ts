import { describe, expect, it } from 'vitest';
import { commonsFold } from '../../../server/commons/commons.ts';
import { entryLines } from '../../../server/commons/entry-lines.ts';
import { cancelJob, doubtJob } from '../../../server/commons/jobs/end-job.ts';
import { releaseJob } from '../../../server/commons/jobs/offer-job.ts';
import { changedViews, jobViewOf, orderViewOf, viewsOf } from '../../../server/commons/views.ts';
import { smallCommunity } from './small-community.ts';

describe('what pages see', () => {
  it('is who could make a wanted job and why the others cannot', () => {
    const there = smallCommunity();
    const { jobs } = there.placeStool();
    const view = jobViewOf(there.state, jobs[0] ?? '', there.routing);
    expect(view).toMatchObject({
      ...{ state: 'wanted', number: 1, of: 2, design: 'stool', designNumber: 1 },
      designName: { en: 'Flat-pack stool', fr: 'Tabouret à plat' },
      candidates: [{ lab: 'lab', machine: 'router', queue: 0 }],
      refusals: [{ machine: 'printer', code: 'wrong-process' }],
      history: [{ type: 'job.opened' }],
    });
    expect(view).not.toHaveProperty('lab');
  });

  it('is the attempt, the program, the start, the doubt and the end as they come', () => {
    const there = smallCommunity();
    const job = there.placeStool().jobs[0] ?? '';
    const seen = () => jobViewOf(there.state, job, there.routing);
    const execution = there.giveToMachine(job);
    expect(seen()).toMatchObject({ state: 'taken', lab: 'lab', machine: 'router', execution, fence: 1 });
    there.bridgeSays(job, 'job.prepared');
    expect(seen()).toMatchObject({ state: 'preparing', programLines: 1_000, estimatedSeconds: 1_500 });
    expect(seen()?.waitsForBedClear).toBe(false);
    there.bridgeSays(job, 'job.started', { at: 5_000 });
    expect(seen()).toMatchObject({ state: 'running', startedMs: 5_000 });
    there.do((context) => doubtJob(there.state, { job, reason: 'not heard for 30 s', line: 7 }, context));
    expect(seen()).toMatchObject({ state: 'unknown', doubt: { reason: 'not heard for 30 s', line: 7 } });
    there.bridgeSays(job, 'job.failed', { at: 9_000, line: 400 });
    expect(seen()).toMatchObject({
      ...{ state: 'failed', startedMs: 5_000, endedMs: 9_000 },
      failure: { cause: 'alarm', code: 'ALARM:1', words: 'Hard limit', line: 400 },
    });
    expect(seen()).not.toHaveProperty('doubt');
  });

  it('shows beforehand the very shares that are given afterwards', () => {
    const there = smallCommunity();
    const { order, jobs } = there.placeStool();
    const seen = () => orderViewOf(there.state, order, there.routing);
    const before = seen();
    expect(before).toMatchObject({ state: 'evaluated', isShared: false, byName: 'The visitor' });
    for (const job of jobs) there.make(job);
    expect(seen()).toMatchObject({ state: 'completed', isShared: true, shares: before?.shares });
    expect(viewsOf(there.state, there.routing).designs).toMatchObject([{ made: 1, running: 0 }]);
  });

  it('names no lab in the expected shares where nobody could take the job now', () => {
    const there = smallCommunity();
    const { order } = there.placeStool();
    const nobody = () => ({ candidates: [], refusals: [] });
    const agents = orderViewOf(there.state, order, nobody)?.shares.map(({ agent }) => agent);
    expect(agents).toContain('lab-to-be-found');
  });

  it('keeps all open jobs and the newest ended ones', () => {
    const there = smallCommunity();
    const made = there.placeStool().jobs;
    const waiting = there.placeStool().jobs;
    for (const job of made) there.make(job);
    const { jobs, orders } = viewsOf(there.state, there.routing, { ended: 1 });
    expect(jobs.map(({ job }) => job)).toEqual([made[1], ...waiting]);
    expect(orders).toHaveLength(2);
  });

  it('changes for every wanted job when a machine gets busy, and for no other thing without need', () => {
    const there = smallCommunity();
    const first = there.placeStool().jobs[0] ?? '';
    const second = there.placeStool().jobs[0] ?? '';
    const before = there.entries.length;
    there.giveToMachine(first);
    const changed = changedViews(there.state, there.entries.slice(before), there.routing);
    expect(changed.jobs?.find(({ job }) => job === second)?.candidates).toMatchObject([{ queue: 1 }]);
    expect(Object.keys(changed)).not.toContain('accounts');
    there.do((context) => releaseJob(there.state, { job: first, by: 'visitor', reason: 'x' }, context));
    expect(viewsOf(there.state, there.routing).jobs).toHaveLength(4);
  });

  it('expects nothing of the board for a job that was cancelled before anybody had it', () => {
    const there = smallCommunity();
    const { order, jobs } = there.placeStool();
    const cancel = { job: jobs[0] ?? '', by: 'visitor', reason: 'not needed' };
    there.do((context) => cancelJob(there.state, cancel, context));
    const nobody = () => ({ candidates: [], refusals: [] });
    const [now, alone] = [there.routing, nobody].map((routing) => orderViewOf(there.state, order, routing));
    const workOf = (view: typeof now) => view?.shares.filter(({ reason }) => reason === 'work').length;
    expect([workOf(now), workOf(alone)]).toEqual([2, 1]);
  });

  it('lists each entry of the ledger, known to these rules or not', () => {
    const there = smallCommunity();
    const body = { id: there.id(), stream: 'garden/1', type: 'garden.planted', v: 1, data: {} };
    const foreign = { index: there.entries.length, body, log: { time: 5 } };
    expect(entryLines([foreign])).toEqual([
      { index: foreign.index, type: 'garden.planted', stream: 'garden/1', timeMs: 5 },
    ]);
    expect(changedViews(there.state, [foreign], there.routing)).toEqual({});
    const size = there.state.size;
    expect(commonsFold.evolve(there.state, foreign).size).toBe(size + 1);
  });
});
