import { factoryFigures } from './factory/factory.ts';
import { type Figure, isMet, table } from './figures.ts';
import { ledgerFigures } from './ledger/ledger.ts';
import { memoryFigures } from './ledger/memory.ts';
import { benchOrderLatency } from './order-latency.ts';
import { benchPageLatency } from './page-latency.ts';
import { benchStartTimes } from './start-times.ts';
import { wallBlockFigures } from './wall-block.ts';

/** `npm run bench [-- NAME …]`: runs what is measured (`memory` only where it is named, since it takes long), prints a table and, as the last line, the same as JSON. */
const benches: Readonly<Record<string, () => Promise<Figure[]>>> = {
  factory: factoryFigures,
  geometry: wallBlockFigures,
  ledger: ledgerFigures,
  memory: () => memoryFigures(),
  orders: benchOrderLatency,
  page: benchPageLatency,
  start: benchStartTimes,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(benches, name));
if (unknown.length > 0) {
  process.stderr.write(
    `There is no benchmark ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}.\n`,
  );
  process.exit(2);
}

const figures: Figure[] = [];
const failed: string[] = [];
for (const [name, bench] of Object.entries(benches)) {
  if (wanted.length > 0 ? !wanted.includes(name) : name === 'memory') continue;
  process.stderr.write(`${name} …\n`);
  try {
    figures.push(...(await bench()));
  } catch (error) {
    // The others are still worth their table; the exit code tells.
    failed.push(name);
    process.stderr.write(
      `${name} could not be measured: ${error instanceof Error ? error.message : String(error)}\n`,
    );
  }
}
process.stdout.write(`${table(figures)}\n`);
process.stdout.write(`${JSON.stringify(figures.map((figure) => ({ ...figure, isMet: isMet(figure) })))}\n`);
process.exit(figures.every(isMet) && failed.length === 0 ? 0 : 1);
