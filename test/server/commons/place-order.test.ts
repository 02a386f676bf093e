import { describe, expect, it } from 'vitest';
import { countStock, describeMachine } from '../../../server/commons/facilities/open-lab.ts';
import { takeJob } from '../../../server/commons/jobs/offer-job.ts';
import { cancelOrder } from '../../../server/commons/orders/cancel-order.ts';
import { placeOrder } from '../../../server/commons/orders/place-order.ts';
import { pla, plywood, printer, refusalCode, router, smallCommunity } from './small-community.ts';

describe('placing an order', () => {
  it('opens a job for every work piece of every copy, in one list', () => {
    const there = smallCommunity();
    const wish = there.stoolOrder(there.id(), 2);
    const types = there.do((context) => placeOrder(there.state, wish, context));
    expect(types).toEqual(['order.placed', 'order.evaluated', ...Array(4).fill('job.opened')]);
    const jobs = [...there.state.jobs.all.values()].map(({ opened }) => opened);
    expect(jobs.map(({ number, of, title }) => `${number}/${of} ${title}`)).toEqual([
      '1/4 Stool, sheet 1 (1/2)',
      '2/4 Corners, plate 1 (1/2)',
      '3/4 Stool, sheet 1 (2/2)',
      '4/4 Corners, plate 1 (2/2)',
    ]);
    expect(jobs[0]?.requirement).toEqual({
      process: 'cut',
      material: 'plywood',
      thicknessUm: 18_000,
      sheet: { lengthMm: 2440, widthMm: 1220 },
      narrowestOpeningUm: 18_200,
    });
    expect(jobs[1]?.estimatedSeconds).toBe(5_400);
  });

  it('gives the same order for the same id and refuses another content under it', () => {
    const there = smallCommunity();
    const { order } = there.placeStool();
    expect(placeOrder(there.state, there.stoolOrder(order), there.context)).toEqual([]);
    const other = () => placeOrder(there.state, there.stoolOrder(order, 2), there.context);
    expect(refusalCode(other)).toBe('order.taken');
  });

  it('is refused for a version that was never published and for somebody who never joined', () => {
    const there = smallCommunity();
    const wish = there.stoolOrder(there.id());
    const place = (change: object) => () => placeOrder(there.state, { ...wish, ...change }, there.context);
    expect(refusalCode(place({ design: 'throne' }))).toBe('design.unknown');
    expect(refusalCode(place({ by: 'nobody' }))).toBe('agent.unknown');
    expect(refusalCode(place({ quantity: 251 }))).toBe('order.too-many-jobs');
  });

  it('says what is short by how much and what to do when no machine could ever make it', () => {
    const there = smallCommunity();
    const description = { ...router, envelope: { xMm: 2420, yMm: 1250, zMm: 100 } };
    there.do((context) => describeMachine(there.state, { lab: 'lab', description }, context));
    const wish = there.stoolOrder(there.id());
    const before = there.entries.length;
    const place = () => placeOrder(there.state, wish, there.context);
    expect(refusalCode(place)).toBe('order.cannot-be-made');
    expect(place).toThrow(
      'No machine can make "Stool, sheet 1": router at lab: bed 20 mm too short in X. ' +
        'Make it at least 20 mm smaller in X, or add a lab with a larger machine.',
    );
    expect(there.entries).toHaveLength(before);
  });

  it.each<[string, object, string]>([
    ['material', { materials: ['MDF'] }, 'Choose another material'],
    ['cutter', { cutter: { name: 'thick', diameterUm: 20_000 } }, 'Widen the narrowest opening'],
    ['process', { process: 'print' }, 'Add a lab with a machine that can cut'],
  ])('advises on the %s', (_what, change, advice) => {
    const there = smallCommunity();
    const description = { ...router, ...change };
    there.do((context) => describeMachine(there.state, { lab: 'lab', description }, context));
    const wish = there.stoolOrder(there.id());
    expect(() => placeOrder(there.state, wish, there.context)).toThrow(advice);
  });

  it('waits on the board where only material is missing', () => {
    const there = smallCommunity();
    there.do((context) => countStock(there.state, { lab: 'lab', lots: [], countedAt: 2 }, context));
    expect(there.placeStool().jobs).toHaveLength(2);
  });

  it('is shared by the rules under which it was priced', () => {
    const there = smallCommunity();
    const { order, jobs } = there.placeStool();
    for (const job of jobs) there.make(job);
    const placed = there.state.orders.get(order);
    expect(placed?.phase).toMatchObject({ state: 'completed', evaluated: { rulePackVersion: 1 } });
  });
});

describe('cancelling an order', () => {
  const cancel = (there: ReturnType<typeof smallCommunity>, order: string) => () =>
    cancelOrder(there.state, { order, by: 'visitor', reason: 'changed my mind' }, there.context);

  it('cancels its jobs with it, and once', () => {
    const there = smallCommunity();
    const { order } = there.placeStool();
    expect(there.do(cancel(there, order))).toEqual(['job.cancelled', 'job.cancelled', 'order.cancelled']);
    expect(there.do(cancel(there, order))).toEqual([]);
    expect(there.state.jobs.open.size).toBe(0);
  });

  it('is refused while a job is on a machine, and after somebody has worked', () => {
    const there = smallCommunity();
    const { order, jobs } = there.placeStool();
    const [sheet = '', plate = ''] = jobs;
    there.start(sheet);
    expect(refusalCode(cancel(there, order))).toBe('order.on-machine');
    there.bridgeSays(sheet, 'job.finished');
    expect(refusalCode(cancel(there, order))).toBe('order.partly-made');
    there.make(plate);
    expect(refusalCode(cancel(there, order))).toBe('order.completed');
  });
});

describe('stock of a lab', () => {
  const stockOf = (there: ReturnType<typeof smallCommunity>) => there.state.labs.get('lab')?.stock;

  it('loses a sheet and the filament of a plate when they are made', () => {
    const there = smallCommunity();
    for (const job of there.placeStool().jobs) there.make(job);
    expect(stockOf(there)).toEqual([
      { ...plywood, sheets: 19 },
      { ...pla, massMg: 1_000_000 - 18_250 },
    ]);
  });

  it('loses the sheet of a failed run, and filament up to the line where it stopped', () => {
    const there = smallCommunity();
    const [sheet = '', plate = ''] = there.placeStool().jobs;
    there.start(sheet);
    there.bridgeSays(sheet, 'job.failed', { line: 10 });
    there.start(plate);
    there.bridgeSays(plate, 'job.failed', { line: 100 });
    expect(stockOf(there)).toEqual([
      { ...plywood, sheets: 19 },
      { ...pla, massMg: 1_000_000 - 1_825 },
    ]);
  });

  it('loses nothing where the machine was never started', () => {
    const there = smallCommunity();
    const [sheet = ''] = there.placeStool().jobs;
    there.giveToMachine(sheet);
    const events = there.bridgeSays(sheet, 'job.failed', { started: false, cause: 'bad-file' });
    expect(events).toEqual(['job.failed']);
    expect(stockOf(there)).toEqual([plywood, pla]);
  });

  it('takes the smallest sheet that is large enough and leaves other thicknesses alone', () => {
    const there = smallCommunity();
    const lot = (lengthMm: number, thicknessUm: number) => ({ ...plywood, lengthMm, thicknessUm, sheets: 2 });
    const lots = [lot(3000, 18_000), lot(2440, 12_000), lot(2440, 18_000), lot(1220, 18_000)];
    there.do((context) => countStock(there.state, { lab: 'lab', lots, countedAt: 2 }, context));
    there.make(there.placeStool().jobs[0] ?? '');
    expect(stockOf(there)?.map((one) => one.form === 'sheet' && one.sheets)).toEqual([2, 2, 1, 2]);
  });

  it('that other jobs will use up is not free for the next one', () => {
    const there = smallCommunity();
    const lots = [{ ...plywood, sheets: 1 }, pla];
    there.do((context) => countStock(there.state, { lab: 'lab', lots, countedAt: 2 }, context));
    const first = there.placeStool().jobs[0] ?? '';
    const second = there.placeStool().jobs[0] ?? '';
    const route = () =>
      there.routing(there.state.jobs.all.get(second)?.opened.requirement ?? never(), second);
    expect(route().candidates).toHaveLength(1);
    there.giveToMachine(first);
    expect(route().refusals.map(({ code }) => code)).toEqual(['out-of-stock', 'wrong-process']);
  });

  it('is replaced by a newer count only', () => {
    const there = smallCommunity();
    const count = (countedAt: number) =>
      there.do((context) => countStock(there.state, { lab: 'lab', lots: [pla], countedAt }, context));
    expect(count(1)).toEqual([]);
    expect(count(0)).toEqual([]);
    expect(count(2)).toEqual(['stock.counted']);
    expect(stockOf(there)).toEqual([pla]);
  });
});

describe('a lab that takes jobs by hand', () => {
  it('is never given a job without a person of it saying so', () => {
    const there = smallCommunity('by-hand');
    const job = there.placeStool().jobs[1] ?? '';
    expect(refusalCode(() => there.giveToMachine(job))).toBe('job.consent-by-hand');
    expect(refusalCode(() => there.bridgeSays(job, 'job.prepared'))).toBe('job.not-possible-now');
    const phase = there.phaseOf(job);
    const execution = phase.state === 'offered' ? phase.attempt.execution : '';
    const take = { job, execution, consent: 'by-hand', by: 'visitor' } as const;
    expect(there.do((context) => takeJob(there.state, take, context))).toEqual(['job.taken']);
    expect(there.do((context) => takeJob(there.state, take, context))).toEqual([]);
    expect(printer.machine).toBe(phase.state === 'offered' ? phase.attempt.machine : '');
  });
});

function never(): never {
  throw new Error('the job is gone');
}
