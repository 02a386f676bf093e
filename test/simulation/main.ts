import { parseArgs } from 'node:util';
import { simulate } from './simulate.ts';

/** `npm run simulate -- --steps N [--seed N] [--coordinators N]`: prints what happened, or what broke and with which seed. */
const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '10000' },
    seed: { type: 'string' },
    coordinators: { type: 'string', default: '3' },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const say = (line: string) => process.stdout.write(`${line}\n`);
say(`Seed ${seed}.`);
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
