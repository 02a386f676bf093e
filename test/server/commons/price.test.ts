import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultRulePack } from '../../../server/commons/charter/default-rule-pack.ts';
import { quotePrice } from '../../../server/commons/orders/price.ts';
import { platePiece, sheetPiece, stoolReport } from './small-community.ts';

describe('the price of an order', () => {
  it('is the cost of its jobs and, on top, 20 % of the whole for the design and 5 % for the fund', () => {
    const { price, jobCosts } = quotePrice(stoolReport, 1, defaultRulePack);
    expect(jobCosts).toEqual([
      // 2440 × 1220 mm are 2.9768 m² at 28.00; half an hour of router at 30.00; work at 6.00
      { material: '8335', machine: '1500', work: '600' },
      // 18.25 g at 25.00 a kilogram; an hour and a half of printer at 4.00; work at 6.00
      { material: '46', machine: '600', work: '600' },
    ]);
    expect(price).toEqual({
      total: { minor: '15573', currency: 'EUR' },
      lines: [
        { kind: 'material', minor: '8381' },
        { kind: 'machine', minor: '2100' },
        { kind: 'work', minor: '1200' },
        { kind: 'design', minor: '3114' },
        { kind: 'fund', minor: '778' },
      ],
    });
  });

  it('counts every copy as jobs of its own, first copy first', () => {
    const one = quotePrice(stoolReport, 1, defaultRulePack).jobCosts;
    expect(quotePrice(stoolReport, 3, defaultRulePack).jobCosts).toEqual([...one, ...one, ...one]);
  });

  it('uses the rate for other sheets where the rules name no material of that thickness', () => {
    const report = { ...stoolReport, workPieces: [{ ...sheetPiece, material: 'acrylic' }] };
    expect(quotePrice(report, 1, defaultRulePack).jobCosts[0]?.material).toBe('8930');
  });

  it('adds up to the minor unit for all costs and rules that leave something to the labs', () => {
    const order = fc.record({
      seconds: fc.double({ min: 0, max: 1e6, noNaN: true }),
      materialMg: fc.double({ min: 0, max: 1e7, noNaN: true }),
      quantity: fc.integer({ min: 1, max: 5 }),
      designBasisPoints: fc.integer({ min: 0, max: 4_999 }),
      fundBasisPoints: fc.integer({ min: 0, max: 5_000 }),
    });
    fc.assert(
      fc.property(order, ({ seconds, materialMg, quantity, ...basisPoints }) => {
        const piece = { ...platePiece, estimatedSeconds: seconds, materialMg };
        const rules = { ...defaultRulePack, ...basisPoints };
        const { price } = quotePrice({ ...stoolReport, workPieces: [piece] }, quantity, rules);
        const sum = price.lines.reduce((total, { minor }) => total + BigInt(minor), 0n);
        expect(String(sum)).toBe(price.total.minor);
      }),
    );
  });
});
