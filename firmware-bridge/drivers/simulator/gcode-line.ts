/** Words of a G-code line in their order, or the GRBL error that forbids it: 1 a letter is missing, 2 a number is wrong. */
export type Word = { letter: string; value: number };

/** Reads a line whose blanks and comments are gone and whose letters are capitals. */
export function readLine(line: string): Word[] | 1 | 2 {
  const words: Word[] = [];
  const word = /([A-Z])([+-]?(?:\d+\.?\d*|\.\d+))/y;
  let at = 0;
  while (at < line.length) {
    word.lastIndex = at;
    const found = word.exec(line);
    if (found === null) return /[A-Z]/.test(line[at] ?? '') ? 2 : 1;
    words.push({ letter: found[1] ?? '', value: Number(found[2]) });
    at = word.lastIndex;
  }
  return words;
}

/** Takes comments and blanks away, as a controller does while it receives. */
export function bare(line: string): string {
  return line
    .replace(/\([^)]*\)?/g, '')
    .replace(/;.*$/s, '')
    .replace(/\s/g, '')
    .toUpperCase();
}
