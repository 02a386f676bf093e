import { act, cleanup, screen, within } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import type { Refusal } from '#contract/manufacturing.ts';
import type { JobView } from '#contract/views.ts';
import { DeskPage } from '../../web/lab/desk/DeskPage.tsx';
import { deskOf } from '../../web/lab/desk/desk.ts';
import { createWorldStore, handlersFor } from '../../web/live/world-store.ts';
import { renderInPage } from './in-page.tsx';
import { deltaWith, heard, jobIn, lab, snapshotWith } from './mock-world.ts';

afterEach(cleanup);

const here = { lab: 'atelier', machine: 'router' };
const fits: JobView['candidates'][number] = {
  ...here,
  ...{ queue: 0, score: 0, terms: {} },
};
const tooSmall: Refusal = { code: 'too-small', ...here, sentence: '', axis: 'x', shortMm: 20 };
const wrongProcess: Refusal = { code: 'wrong-process', ...here, sentence: '', needs: 'print', has: 'cut' };

function desk(job: JobView, language: 'en' | 'fr' = 'en') {
  const world = createWorldStore();
  const handlers = handlersFor(world, () => 5_000);
  handlers.reply(snapshotWith(job, { machines: [{ ...here, state: 'idle', sinceMs: 1_000 }] }));
  renderInPage(<DeskPage lab="atelier" />, world, language);
  return handlers;
}

const region = (name: string) => within(screen.getByRole('region', { name }));
const buttons = (name: string) =>
  region(name)
    .getAllByRole('button')
    .map((button) => button.textContent);

describe('what lies on the desk of a lab', () => {
  const numbered = (jobs: JobView[]) => Object.fromEntries(jobs.map((job, at) => [`${at}`, job]));

  it('is what waits for a person there, the oldest first, and nothing of other labs', () => {
    const { needsPerson } = deskOf(
      lab,
      numbered([
        jobIn('unknown', { ...here, job: 'c', openedMs: 3 }),
        jobIn('offered', { ...here, job: 'a', openedMs: 1 }),
        jobIn('preparing', { ...here, job: 'b', openedMs: 2, waitsForBedClear: true }),
        jobIn('preparing', { ...here, job: 'busy with itself' }),
        jobIn('offered', { lab: 'elsewhere', machine: 'router', job: 'not ours' }),
        jobIn('made', { ...here, job: 'done' }),
      ]),
    );
    expect(needsPerson.map(({ job }) => job)).toEqual(['a', 'b', 'c']);
  });

  it('is what each machine does now and next', () => {
    const { machines } = deskOf(
      lab,
      numbered([
        jobIn('running', { ...here, job: 'now' }),
        jobIn('taken', { ...here, job: 'later', openedMs: 9 }),
        jobIn('preparing', { ...here, job: 'soon', openedMs: 5 }),
      ]),
    );
    expect(machines[0]?.now?.job).toBe('now');
    expect(machines[0]?.next.map(({ job }) => job)).toEqual(['soon', 'later']);
  });

  it('is what its machines could make, and what they lack for the rest, except for being another kind', () => {
    const { couldTake, cannotTake } = deskOf(
      lab,
      numbered([
        jobIn('wanted', { job: 'fits', candidates: [fits] }),
        jobIn('wanted', { job: 'large', refusals: [wrongProcess, tooSmall] }),
        jobIn('wanted', { job: 'a print', refusals: [wrongProcess] }),
      ]),
    );
    expect(couldTake.map(({ job }) => job)).toEqual(['fits']);
    expect(cannotTake).toMatchObject([
      { job: { job: 'large' }, refusal: { code: 'too-small', shortMm: 20 } },
    ]);
  });
});

describe('the desk', () => {
  it('puts what waits first, with the buttons to answer it', () => {
    desk(jobIn('offered', here));
    expect(region('Needs you').getByRole('heading', { name: 'Stool' })).toBeDefined();
    expect(buttons('Needs you')).toEqual(['Take it', 'Decline', 'Cancel the job']);
    expect(region('You could take').getByText(/Nobody wants anything now/)).toBeDefined();
  });

  it('follows a job from the bed to the machine without a reload', () => {
    const handlers = desk(jobIn('preparing', { ...here, waitsForBedClear: true }));
    expect(buttons('Needs you')).toContain('The bed is clear');
    act(() => {
      handlers.delta(deltaWith(4, jobIn('running', here)));
      handlers.telemetry([heard(0.4, 1_000)]);
    });
    expect(region('Needs you').getByText('Nothing waits for you.')).toBeDefined();
    expect(region('Machines').getByRole('progressbar').getAttribute('aria-valuenow')).toBe('40');
    expect(buttons('Machines')).toEqual(['Pause', 'Cancel the job']);
  });

  it('offers to take a job for this lab alone, though others could do it as well', () => {
    desk(jobIn('wanted', { candidates: [{ ...fits, lab: 'elsewhere' }, fits] }));
    expect(buttons('You could take')).toEqual(['Take it', 'Decline', 'Cancel the job']);
    expect(region('You could take').queryByRole('combobox')).toBeNull();
  });

  it('says what is missing for what others want, in French too', () => {
    desk(jobIn('wanted', { refusals: [tooSmall] }), 'fr');
    expect(region('Demandé, et ce qui manque ici').getByText(/20/)).toBeDefined();
  });

  it('is not there for a lab that is not', () => {
    const world = createWorldStore();
    handlersFor(world, () => 5_000).reply(snapshotWith(jobIn('wanted')));
    renderInPage(<DeskPage lab="nowhere" />, world);
    expect(screen.queryByRole('region')).toBeNull();
  });
});
