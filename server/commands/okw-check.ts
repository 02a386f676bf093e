import { readFileSync } from 'node:fs';
import { OkwFacilities } from '#contract/okw.ts';
import { labFromOkw } from '../commons/facilities/okw.ts';
import { AppError } from '../errors.ts';

/** Says which labs an Open Know-Where file describes, and of each what it does not say. */
export function checkOkw(file: string, say: (sentence: string) => void): void {
  for (const facility of readFacilities(file)) {
    const { name, place, machines, stock, unsaid } = labFromOkw(facility);
    say(
      `${name}, ${place === '' ? 'place not stated' : place}: ${machines.length} machines, ${stock.length} lots`,
    );
    for (const lack of unsaid) say(`  does not say ${lack}`);
  }
}

function readFacilities(file: string): OkwFacilities['facilities'] {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new AppError('bad-input', `${file} is not a readable JSON file.`, {
      code: 'okw.unreadable',
      cause,
    });
  }
  const read = OkwFacilities.safeParse(value);
  if (read.success) return read.data.facilities;
  const [issue] = read.error.issues;
  throw new AppError(
    'bad-input',
    `${file} does not hold Open Know-Where facilities: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}.`,
    { code: 'okw.unreadable' },
  );
}
