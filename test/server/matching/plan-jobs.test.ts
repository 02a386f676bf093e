import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultRankingWeights, type Requirement, type StockLot } from '#contract/manufacturing.ts';
import type { PlannedJob } from '../../../server/commons/route-now.ts';
import { planJobs, type WantedJob } from '../../../server/matching/plan-jobs.ts';
import { rankMachines } from '../../../server/matching/rank-machines.ts';
import { idleMachine, type RankedLab } from '../../../server/matching/ranked-lab.ts';
import { pla, plywood, printer, router } from '../commons/small-community.ts';

const sheet = (lengthMm = 1000, openingUm = 8_000): Requirement => ({
  ...{ process: 'cut', material: 'plywood', thicknessUm: 18_000 },
  ...{ sheet: { lengthMm, widthMm: 500 }, narrowestOpeningUm: openingUm },
});
const plate = (xMm = 100): Requirement => ({
  ...{ process: 'print', material: 'PLA', materialMg: 1_000 },
  size: { xUm: xMm * 1_000, yUm: 100_000, zUm: 50_000 },
});
const wanted = (job: string, requirement: Requirement, more: Partial<WantedJob> = {}): WantedJob => ({
  ...{ job, requirement, wantedMs: 0, declined: new Set<string>(), ...more },
});

const plan = (jobs: WantedJob[], labs: RankedLab[]) =>
  planJobs({ jobs, labs, weights: defaultRankingWeights, loadOf: () => idleMachine });

const pairs = (planned: PlannedJob[]) =>
  planned.map(({ job, lab, machine }) => `${job} → ${lab}/${machine}`).sort();

const cutting = (machine: string, xMm: number, cutterUm = 6_000) => ({
  ...{ ...router, machine, envelope: { xMm, yMm: 1_250, zMm: 100 } },
  cutter: { name: 'cutter', diameterUm: cutterUm },
});
const printing = (machine: string, xMm: number) => ({
  ...{ ...printer, machine, envelope: { xMm, yMm: 220, zMm: 250 } },
});

describe('planning wanted jobs together', () => {
  it('keeps the only machine that can do a job free for it', () => {
    const lab: RankedLab = {
      ...{ lab: 'lab', stock: [plywood] },
      machines: [cutting('large', 2500), cutting('small', 1250)],
    };
    const jobs = [wanted('any', sheet(1000), { wantedMs: 1 }), wanted('long', sheet(2000), { wantedMs: 2 })];
    expect(pairs(plan(jobs, [lab]))).toEqual(['any → lab/small', 'long → lab/large']);
  });

  it('lets the oldest go first where there are fewer machines than jobs', () => {
    const lab: RankedLab = { lab: 'lab', stock: [plywood], machines: [cutting('one', 2500)] };
    const jobs = [3, 1, 2].map((wantedMs) => wanted(`job-${wantedMs}`, sheet(), { wantedMs }));
    expect(pairs(plan(jobs, [lab]))).toEqual(['job-1 → lab/one']);
  });

  it('plans anew with the machines that are left, when one drops out', () => {
    const machines = [cutting('a', 1250), cutting('b', 1250)];
    const jobs = [wanted('first', sheet()), wanted('second', sheet(), { declined: new Set(['lab/b']) })];
    const lab: RankedLab = { lab: 'lab', stock: [plywood], machines };
    expect(pairs(plan(jobs, [lab]))).toEqual(['first → lab/b', 'second → lab/a']);
    expect(pairs(plan(jobs, [{ ...lab, machines: machines.slice(0, 1) }]))).toEqual(['first → lab/a']);
  });

  it('gives the last sheet of a lab to one job only, and the other one to a lab that has one', () => {
    const last = [{ ...plywood, sheets: 1 } as StockLot];
    const labs: RankedLab[] = [
      { lab: 'best', stock: last, machines: [cutting('a', 1250), cutting('b', 1250)] },
      { lab: 'second', stock: last, machines: [cutting('c', 2500), cutting('d', 2500)], share: 1 },
    ];
    const jobs = [1, 2, 3].map((wantedMs) => wanted(`job-${wantedMs}`, sheet(), { wantedMs }));
    expect(pairs(plan(jobs, labs))).toEqual(['job-1 → best/a', 'job-2 → second/c']);
  });

  const anyLab = fc
    .record({
      machines: fc.array(
        fc.oneof(
          fc.record({ xMm: fc.integer({ min: 1, max: 6 }), cutterUm: fc.constantFrom(3_000, 6_000, 9_000) }),
          fc.record({ printerMm: fc.integer({ min: 2, max: 4 }) }),
        ),
        { minLength: 1, maxLength: 3 },
      ),
      sheets: fc.integer({ min: 0, max: 3 }),
      share: fc.constantFrom(0, 0.25, 0.5),
      latitude: fc.option(fc.integer({ min: 40, max: 60 }), { nil: undefined }),
    })
    .map(({ machines, sheets, share, latitude }) => ({
      ...{ share, stock: [{ ...plywood, sheets } as StockLot, pla] },
      ...(latitude === undefined
        ? {}
        : { position: { latitudeUdeg: latitude * 1_000_000, longitudeUdeg: 0 } }),
      machines: machines.map((one, at) =>
        'xMm' in one
          ? cutting(`machine-${at}`, one.xMm * 500, one.cutterUm)
          : printing(`machine-${at}`, one.printerMm * 50),
      ),
    }));
  const anyJob = fc.record({
    requirement: fc.oneof(
      fc.record({ long: fc.integer({ min: 1, max: 5 }), opening: fc.constantFrom(0, 4_000, 8_000) }),
      fc.record({ plate: fc.integer({ min: 1, max: 4 }) }),
    ),
    wantedMs: fc.nat(5),
    latitude: fc.integer({ min: 40, max: 60 }),
    declined: fc.subarray(['lab-0/machine-0', 'lab-1/machine-1']),
  });
  const situations = fc
    .tuple(fc.array(anyLab, { minLength: 1, maxLength: 4 }), fc.array(anyJob, { maxLength: 8 }))
    .map(([labs, jobs]) => ({
      labs: labs.map((lab, at): RankedLab => ({ ...lab, lab: `lab-${at}` })),
      jobs: jobs.map(({ requirement, wantedMs, latitude, declined }, at) =>
        wanted(
          `job-${at}`,
          'long' in requirement
            ? sheet(requirement.long * 500, requirement.opening)
            : plate(requirement.plate * 50),
          {
            ...{ wantedMs, declined: new Set(declined) },
            target: { latitudeUdeg: latitude * 1_000_000, longitudeUdeg: 0 },
          },
        ),
      ),
    }));

  it('never gives a job to a machine that refuses it, nor one machine twice, nor more sheets than there are', () => {
    fc.assert(
      fc.property(situations, ({ labs, jobs }) => {
        const planned = plan(jobs, labs);
        expect(new Set(planned.map(({ lab, machine }) => `${lab}/${machine}`)).size).toBe(planned.length);
        for (const { job, lab, machine, score } of planned) {
          const { requirement, target, declined } =
            jobs.find((one) => one.job === job) ?? wanted('', sheet());
          expect(declined.has(`${lab}/${machine}`)).toBe(false);
          const { candidates } = rankMachines({
            ...{ requirement, target, labs, weights: defaultRankingWeights },
            ...{ isOnline: () => true, loadOf: () => idleMachine },
          });
          expect(candidates.find((one) => one.lab === lab && one.machine === machine)?.score).toBe(score);
        }
        for (const { lab, stock } of labs) {
          const cuts = planned.filter(
            (one) =>
              one.lab === lab && jobs.find(({ job }) => job === one.job)?.requirement.process === 'cut',
          );
          const [sheets] = stock;
          expect(cuts.length).toBeLessThanOrEqual(sheets?.form === 'sheet' ? sheets.sheets : 0);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is the same whatever the order in which jobs, labs and machines come', () => {
    const shuffled = situations.chain(({ labs, jobs }) =>
      fc.record({
        labs: fc.constant(labs),
        jobs: fc.constant(jobs),
        otherJobs: fc.shuffledSubarray(jobs, { minLength: jobs.length }),
        otherLabs: fc.shuffledSubarray(labs, { minLength: labs.length }),
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ labs, jobs, otherJobs, otherLabs }) => {
        const reversed = otherLabs.map((lab) => ({ ...lab, machines: [...lab.machines].reverse() }));
        expect(plan(otherJobs, reversed)).toEqual(plan(jobs, labs));
      }),
      { numRuns: 300 },
    );
  });
});
