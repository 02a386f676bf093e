import { parseArgs } from 'node:util';
import { simulateProtocols } from './protocol/simulate-protocols.ts';
import { simulate } from './simulate.ts';

/**
 * `npm run simulate -- [ledger] --steps N [--seed N] [--coordinators N]`, or
 * `npm run simulate -- protocol --runs N [--seed N] [--tell]`: prints what happened, or what broke and with which seed.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    steps: { type: 'string', default: '10000' },
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string' },
    coordinators: { type: 'string', default: '3' },
    tell: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const say = (line: string) => process.stdout.write(`${line}\n`);
say(`Seed ${seed}.`);
if (positionals[0] === 'protocol') {
  const totals = await simulateProtocols({ runs: Number(values.runs), seed, tellsAll: values.tell }, say);
  say(JSON.stringify(totals));
  if (totals.broken.length > 0) process.exitCode = 1;
} else
  try {
    const result = await simulate({
      ...{ seed, steps: Number(values.steps), coordinators: Number(values.coordinators) },
      onProgress: (step) => {
        if (step % 10_000 === 0) say(`${step} steps …`);
      },
    });
    say(JSON.stringify(result));
  } catch (error) {
    say(`Broken at seed ${seed}: ${error instanceof Error ? error.stack : String(error)}`);
    process.exitCode = 1;
  }
