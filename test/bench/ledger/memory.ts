import { openFoundedLedger } from '../../support/signed-contributions.ts';
import type { Figure } from '../figures.ts';
import { createForgetfulStorage } from './forgetful-storage.ts';
import { makeJobs, openWorkshop } from './made-jobs.ts';
import { ada } from './primitives.ts';

const JOBS = 1_000_000;
const SHOWN_EVERY = 50_000;

/**
 * A coordinator's memory after 10^6 finished jobs: the ledger with the commons as its state, every entry decided, signed, hashed
 * and folded, over a store that keeps its content elsewhere. Takes about half an hour.
 */
export async function memoryFigures(jobs: number = JOBS): Promise<Figure[]> {
  const ledger = await openFoundedLedger(createForgetfulStorage(), ada);
  await openWorkshop(ledger);
  let peakBytes = 0;
  await makeJobs(ledger, jobs, (made) => {
    if (made % 1_000 === 0) peakBytes = Math.max(peakBytes, process.memoryUsage().rss);
    if (made % SHOWN_EVERY === 0)
      process.stderr.write(`${made} jobs, ${Math.round(peakBytes / 2 ** 20)} MiB …\n`);
  });
  const entries = ledger.size();
  await ledger.close();
  return [
    {
      name: `memory after ${jobs} finished jobs`,
      value: peakBytes / 2 ** 20,
      unit: 'MiB',
      bound: { at: 1_536, side: 'at most' },
      note: `largest resident set of the process, ${entries} entries, database not counted`,
    },
  ];
}
