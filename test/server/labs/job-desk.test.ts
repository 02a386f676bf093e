import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createJobCommands, type JobCommands } from '../../../server/labs/job-desk.ts';
import { routingOf } from '../../../server/matching/routing.ts';
import { type CoordinatedCommunity, coordinatedCommunity } from '../../support/coordinated-community.ts';

const notAsked = async () => {
  throw new Error('no machine is asked here');
};

let there: CoordinatedCommunity;
let desk: JobCommands;
beforeEach(async () => {
  there = await coordinatedCommunity({ consent: 'by-hand' });
  desk = createJobCommands({
    ledger: there.ledger,
    machines: {
      ...{ pause: notAsked, resume: notAsked, cancel: notAsked },
      ...{ clearBed: notAsked, clearFault: notAsked },
    },
    route: routingOf(there.ledger.state(), () => true),
    newId: randomUUID,
  });
});
afterEach(() => there.stop());

const take = (job: string, machine = 'router') =>
  desk.command({ job, by: 'visitor', command: { action: 'take', lab: 'lab', machine } });

describe('what a person says about a job', () => {
  it('takes a wanted job in one commit, so that nobody sees it offered to a lab that has decided', async () => {
    const { cut } = await there.order();
    const commits: string[][] = [];
    there.ledger.subscribe((entries) => commits.push(entries.map(({ body }) => body.type)));
    await take(cut);
    expect(commits).toEqual([['job.offered', 'job.taken']]);
    expect(there.phase(cut)).toMatchObject({ state: 'taken', attempt: { lab: 'lab', machine: 'router' } });
  });

  it('gives a job to one of two who want it at the same moment, and tells the other', async () => {
    const { cut } = await there.order();
    const settled = await Promise.allSettled([take(cut), take(cut)]);
    expect(settled.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(settled.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { kind: 'conflict' },
    });
    expect((await there.story(cut)).filter((type) => type === 'job.taken')).toHaveLength(1);
  });

  it('does not give a job to a machine that cannot make it, and says why', async () => {
    const { print } = await there.order();
    const size = there.ledger.size();
    await expect(take(print)).rejects.toMatchObject({ kind: 'cannot-be-made', code: 'job.machine-refuses' });
    await expect(take(print, 'no-such-machine')).rejects.toMatchObject({ code: 'machine.unknown' });
    expect(there.ledger.size()).toBe(size);
  });

  it('gives a job back that its lab declines, and has nothing to decline of one that is offered to nobody', async () => {
    const { cut } = await there.order();
    const decline = () =>
      desk.command({ job: cut, by: 'visitor', command: { action: 'decline', reason: 'no time' } });
    await expect(decline()).rejects.toMatchObject({ code: 'job.not-possible-now' });
    await take(cut);
    await decline();
    expect(there.phase(cut).state).toBe('wanted');
  });

  it('is not asked again for a machine of a lab that declines a job before anybody was given it', async () => {
    const { cut } = await there.order();
    const command = { action: 'decline', reason: 'no time', lab: 'lab', machine: 'router' } as const;
    await desk.command({ job: cut, by: 'visitor', command });
    expect(there.phase(cut).state).toBe('wanted');
    expect(await there.story(cut)).toContain('job.declined');
  });
});
