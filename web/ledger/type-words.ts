import { useWorld } from '../live/use-world.ts';
import { en, type MessageKey } from '../messages/en.ts';
import { useWords, type Words } from '../words/use-words.ts';
import { type EventFacts, eventWords } from './event-words.ts';

const isKey = (key: string): key is MessageKey => Object.hasOwn(en, key);

/** What an entry of this type says, e.g. `Machine started`; types of other versions keep their name. */
export function typeWords(type: string, { say }: Pick<Words, 'say'>): string {
  const key = `entry.${type}`;
  return isKey(key) ? say(key) : type;
}

/** What an entry says: the event itself where it carries one and it is known, else its type. */
export function useEntryWords(): (type: string, event: EventFacts | undefined) => string {
  const words = useWords();
  const world = useWorld(({ labs, designs }) => ({ labs, designs }));
  return (type, event) =>
    (type === 'event.recorded' && event && eventWords(event, words, world)) || typeWords(type, words);
}
