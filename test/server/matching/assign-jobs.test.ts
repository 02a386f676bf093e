import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignJobs, type Choice } from '../../../server/matching/assign-jobs.ts';

/** Costs by job and machine; undefined where the machine cannot do the job. */
type Costs = (number | undefined)[][];

const choicesIn = (costs: Costs): Choice[][] =>
  costs.map((row) =>
    row
      .flatMap((cost, machine) => (cost === undefined ? [] : [{ machine, cost }]))
      .sort((a, b) => a.cost - b.cost || a.machine - b.machine),
  );

const machinesIn = (costs: Costs) => costs[0]?.length ?? 0;
const assigned = (costs: Costs) => assignJobs(choicesIn(costs), machinesIn(costs));

/** Which jobs are served, as text that puts serving an older job before anything else, and what they cost. */
function outcome(costs: Costs, machineOf: readonly (number | undefined)[]) {
  const served = costs.map((_row, job) => (machineOf[job] === undefined ? '0' : '1')).join('');
  const cost = costs.reduce((sum, row, job) => sum + (row[machineOf[job] ?? -1] ?? 0), 0);
  return { served, cost };
}

/** The best of all assignments there are. */
function bestOfAll(costs: Costs) {
  let best = outcome(costs, []);
  const tryFrom = (job: number, machineOf: (number | undefined)[], taken: ReadonlySet<number>): void => {
    if (job === costs.length) {
      const one = outcome(costs, machineOf);
      if (one.served > best.served || (one.served === best.served && one.cost < best.cost)) best = one;
      return;
    }
    tryFrom(job + 1, [...machineOf, undefined], taken);
    for (const [machine, cost] of (costs[job] ?? []).entries())
      if (cost !== undefined && !taken.has(machine))
        tryFrom(job + 1, [...machineOf, machine], new Set([...taken, machine]));
  };
  tryFrom(0, [], new Set());
  return best;
}

/** Each job in turn takes the cheapest machine that is left. */
function greedy(costs: Costs) {
  const taken = new Set<number>();
  const machineOf = choicesIn(costs).map((choices) => {
    const free = choices.find(({ machine }) => !taken.has(machine))?.machine;
    if (free !== undefined) taken.add(free);
    return free;
  });
  return outcome(costs, machineOf);
}

const costsOf = (jobsMax: number, machinesMax: number, costMax: number) =>
  fc
    .tuple(fc.integer({ min: 1, max: jobsMax }), fc.integer({ min: 1, max: machinesMax }))
    .chain(([jobs, machines]) => {
      const row = fc.array(fc.option(fc.nat(costMax), { nil: undefined, freq: 3 }), {
        ...{ minLength: machines, maxLength: machines },
      });
      return fc.array(row, { minLength: jobs, maxLength: jobs });
    });

describe('giving many jobs to many machines at once', () => {
  it('makes one job take its second best where that costs less in all', () => {
    expect(
      assigned([
        [1, 2],
        [1, 9],
      ]),
    ).toEqual([1, 0]);
  });

  it('moves an older job to another machine where a younger one has no other, and never leaves it without', () => {
    expect(
      assigned([
        [1, 5],
        [1, undefined],
      ]),
    ).toEqual([1, 0]);
    expect(
      assigned([
        [5, undefined],
        [1, undefined],
      ]),
    ).toEqual([0, undefined]);
  });

  it('finds the best of all assignments, compared with every one there is', () => {
    fc.assert(
      fc.property(costsOf(5, 5, 12), (costs) => {
        expect(outcome(costs, assigned(costs))).toEqual(bestOfAll(costs));
      }),
      { numRuns: 1_500 },
    );
  });

  it('never gives a machine twice, nor a job to a machine that cannot do it', () => {
    fc.assert(
      fc.property(costsOf(40, 40, 1_000), (costs) => {
        const machineOf = assigned(costs);
        const given = machineOf.filter((machine) => machine !== undefined);
        expect(new Set(given).size).toBe(given.length);
        for (const [job, machine] of machineOf.entries())
          if (machine !== undefined) expect(costs[job]?.[machine]).toBeDefined();
      }),
      { numRuns: 300 },
    );
  });

  it('serves at least as many jobs as taking turns does, and at no more cost where they are the same ones', () => {
    fc.assert(
      fc.property(costsOf(40, 40, 1_000), (costs) => {
        const [planned, turns] = [outcome(costs, assigned(costs)), greedy(costs)];
        expect(planned.served >= turns.served).toBe(true);
        const count = ({ served }: { served: string }) => served.replaceAll('0', '').length;
        expect(count(planned)).toBeGreaterThanOrEqual(count(turns));
        if (planned.served === turns.served) expect(planned.cost).toBeLessThanOrEqual(turns.cost);
      }),
      { numRuns: 300 },
    );
  });

  it('asks for no more choices when every machine has a job', () => {
    let asked = 0;
    const choices = function* () {
      for (;;) {
        asked += 1;
        yield [{ machine: asked - 1, cost: 1 }];
      }
    };
    expect(assignJobs(choices(), 3)).toEqual([0, 1, 2]);
    expect(asked).toBe(3);
    expect(assignJobs([], 3)).toEqual([]);
    expect(assignJobs([[]], 0)).toEqual([undefined]);
  });
});
