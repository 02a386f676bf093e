import type { Caption } from '#contract/design.ts';
import { en, type MessageKey } from '../messages/en.ts';
import { ServerProblem } from '../server-link.ts';
import type { Values, Words } from '../words/use-words.ts';

const isKey = (key: string): key is MessageKey => Object.hasOwn(en, key);

/**
 * What went wrong, in the reader's language where the catalogue knows the code, else in the server's own English
 * sentence, which always says what to do.
 */
export function problemWords(problem: unknown, words: Pick<Words, 'say' | 'caption' | 'short'>): string {
  if (!(problem instanceof ServerProblem))
    return problem instanceof Error ? problem.message : words.say('problem.page.no-answer');
  const key = `problem.${problem.code}`;
  if (!isKey(key)) return problem.message;
  const values = readable(problem.details, words);
  // A sentence with a hole in it says less than the server's own.
  const holes = [...en[key].matchAll(/\{(\w+)/g)].map(([, name]) => name ?? '');
  return holes.every((name) => values[name] !== undefined) ? words.say(key, values) : problem.message;
}

function readable(details: Record<string, unknown>, words: Pick<Words, 'caption' | 'short'>): Values {
  const values: Values = {};
  for (const [name, value] of Object.entries(details)) {
    if (typeof value === 'number') values[name] = words.short(value, 3);
    else if (typeof value === 'string') values[name] = value;
    else if (isCaption(value)) values[name] = words.caption(value);
  }
  if (values.unit === undefined) values.unit = '';
  return values;
}

function isCaption(value: unknown): value is Caption {
  return typeof value === 'object' && value !== null && 'en' in value && typeof value.en === 'string';
}
