import { describe, expect, it } from 'vitest';
import { simulate } from '../../simulation/simulate.ts';

/** 10^4 steps in all; `npm run simulate -- --steps N` goes on. */
const RUNS = [
  { seed: 1, coordinators: 3, steps: 4_000 },
  { seed: 2, coordinators: 2, steps: 3_000 },
  { seed: 3, coordinators: 5, steps: 3_000 },
];

describe('several coordinators over a store that delays, loses, repeats and rolls back', () => {
  it.each(RUNS)(
    'keep one chain, every acknowledged entry, equal states and all the money ($coordinators of them, seed $seed)',
    { timeout: 300_000 },
    async (run) => {
      const result = await simulate(run);
      expect(result.entries).toBe(result.acknowledged);
      expect(result.acknowledged + result.refused).toBeGreaterThan(run.steps * 0.9);
      expect(Math.min(result.kills, result.cuts, result.unsure)).toBeGreaterThan(0);
    },
  );

  it('does the same again with the same seed', { timeout: 120_000 }, async () => {
    const run = { seed: 7, coordinators: 3, steps: 300 };
    expect(await simulate(run)).toEqual(await simulate(run));
  });
});
