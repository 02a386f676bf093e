import type { Words } from '../words/use-words.ts';

const NUMBERED = /^(Sheet|Plate) (\d+) of (\d+)$/;

/** The title of a work piece in the reader's language, where it is the numbered one that designs get by themselves. */
export function titleWords(title: string, { say }: Pick<Words, 'say'>): string {
  const [, kind, number, of] = NUMBERED.exec(title) ?? [];
  if (number === undefined || of === undefined) return title;
  return say(kind === 'Sheet' ? 'title.sheet' : 'title.plate', { number, of });
}
