import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultRulePack } from '../../../server/commons/charter/default-rule-pack.ts';
import { divideByLargestRemainder } from '../../../server/commons/distributions/largest-remainder.ts';
import { shareIncome } from '../../../server/commons/distributions/share-income.ts';
import { quotePrice } from '../../../server/commons/orders/price.ts';
import { stoolReport } from './small-community.ts';

const divide = (amount: number, weights: number[]) =>
  divideByLargestRemainder(
    BigInt(amount),
    weights.map((weight, at) => ({ id: `agent-${at}`, weight: BigInt(weight) })),
  ).map(Number);

describe('dividing by largest remainder', () => {
  it.each([
    [100, [1, 1, 1], [34, 33, 33]],
    [100, [92, 93, 70], [36, 37, 27]],
    [100, [1, 2, 3], [17, 33, 50]],
    [100, [1, 10, 100], [1, 9, 90]],
    [1000, [1, 0], [1000, 0]],
    [5, [70, 30], [4, 1]],
    [5, [30, 70], [1, 4]],
    [0, [1, 2], [0, 0]],
    [7, [0, 0], [0, 0]],
  ])('divides %i by %j into %j', (amount, weights, parts) => {
    expect(divide(amount, weights)).toEqual(parts);
  });

  it('gives an odd unit to the smaller id among equals, in whatever order they stand', () => {
    const [b, a] = divideByLargestRemainder(3n, [
      { id: 'bo', weight: 1n },
      { id: 'ada', weight: 1n },
    ]);
    expect({ a, b }).toEqual({ a: 2n, b: 1n });
  });

  it('gives away exactly the amount, to nobody more than a unit beyond their part', () => {
    const weights = fc.array(fc.nat(1_000), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(fc.nat(1_000_000), weights, (amount, given) => {
        const sum = given.reduce((a, b) => a + b, 0);
        fc.pre(sum > 0);
        const parts = divide(amount, given);
        expect(parts.reduce((a, b) => a + b, 0)).toBe(amount);
        for (const [at, part] of parts.entries())
          expect(Math.abs(part - (amount * (given[at] ?? 0)) / sum)).toBeLessThan(1);
      }),
    );
  });
});

describe('sharing an income', () => {
  const contributors = [
    { agent: 'ada', weight: 70 },
    { agent: 'bo', weight: 30 },
  ];

  it('pays design by weight, each lab what its jobs cost, and the fund its part', () => {
    const { price, jobCosts } = quotePrice(stoolReport, 1, defaultRulePack);
    const labs = ['riverside', 'hillside'];
    const jobs = jobCosts.map((costs, at) => ({ lab: labs[at] ?? '', costs }));
    expect(shareIncome({ price, jobs, contributors, rulePack: defaultRulePack, fund: 'fund' })).toEqual([
      { agent: 'ada', reason: 'design', minor: '2180' },
      { agent: 'bo', reason: 'design', minor: '934' },
      { agent: 'riverside', reason: 'work', minor: '600' },
      { agent: 'riverside', reason: 'material-and-machine', minor: '9835' },
      { agent: 'hillside', reason: 'work', minor: '600' },
      { agent: 'hillside', reason: 'material-and-machine', minor: '646' },
      { agent: 'fund', reason: 'fund', minor: '778' },
    ]);
  });

  it('adds up to the price exactly, whatever it is and whoever worked', () => {
    const minor = fc.nat(100_000).map(String);
    const costs = fc.record({ material: minor, machine: minor, work: minor });
    const income = fc.record({
      total: minor,
      jobs: fc.array(fc.record({ lab: fc.constantFrom('a', 'b', 'c'), costs }), { maxLength: 6 }),
      weights: fc.array(fc.nat(100), { maxLength: 5 }),
      designBasisPoints: fc.integer({ min: 0, max: 5_000 }),
      fundBasisPoints: fc.integer({ min: 0, max: 5_000 }),
    });
    fc.assert(
      fc.property(income, ({ total, jobs, weights, ...rulePack }) => {
        const shares = shareIncome({
          ...{ jobs, rulePack, fund: 'fund', price: { total: { minor: total, currency: 'EUR' } } },
          contributors: weights.map((weight, at) => ({ agent: `p${at}`, weight })),
        });
        expect(String(shares.reduce((sum, share) => sum + BigInt(share.minor), 0n))).toBe(total);
        expect(shares.length).toBeGreaterThan(0);
      }),
    );
  });
});
