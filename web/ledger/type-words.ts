import { en, type MessageKey } from '../messages/en.ts';
import type { Words } from '../words/use-words.ts';

const isKey = (key: string): key is MessageKey => Object.hasOwn(en, key);

/** What an entry of this type says, e.g. `Bed cleared, machine started`; types of other versions keep their name. */
export function typeWords(type: string, { say }: Pick<Words, 'say'>): string {
  const key = `entry.${type}`;
  return isKey(key) ? say(key) : type;
}
