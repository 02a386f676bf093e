import { type ProtocolRun, simulateProtocol } from './simulate-protocol.ts';

export type ProtocolTotals = Omit<ProtocolRun, 'virtualSeconds'> & {
  runs: number;
  virtualHours: number;
  /** Seeds that broke a promise. */
  broken: number[];
};

/** One run for each seed from `seed` on; tells of every one that broke something, and goes on. */
export async function simulateProtocols(
  wish: { runs: number; seed: number; tellsAll: boolean },
  say: (line: string) => void,
): Promise<ProtocolTotals> {
  const { runs, seed: first, tellsAll } = wish;
  const totals: ProtocolTotals = { runs, starts: 0, virtualHours: 0, ends: {}, faults: {}, broken: [] };
  let seconds = 0;
  for (let seed = first; seed < first + runs; seed += 1) {
    try {
      const run = await simulateProtocol(seed, tellsAll ? say : undefined);
      totals.starts += run.starts;
      seconds += run.virtualSeconds;
      add(totals.ends, run.ends);
      add(totals.faults, run.faults);
    } catch (error) {
      totals.broken.push(seed);
      const words = error instanceof Error ? error.message : String(error);
      say(
        `Broken at seed ${seed}: ${words}\nTo see it: npm run simulate -- protocol --seed ${seed} --runs 1 --tell`,
      );
    }
  }
  totals.virtualHours = Math.round(seconds / 3_600);
  return totals;
}

function add(sums: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(more)) sums[name] = (sums[name] ?? 0) + count;
}
