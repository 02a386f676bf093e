import type { MachineClass } from './program-limits.ts';

/** One letter and its number; a printer's parameter may stand without a number. */
export type ProgramWord = { letter: string; value: number | undefined };

/** What a printer shows or asks a person, or calls a thing: free text follows, which is not read as words. */
const TEXT_COMMAND = /^M(?:0|1|117|486)(?!\d)\s*(.*)$/;
const WORD = /\s*([A-Z])\s*([+-]?(?:\d+\.?\d*|\.\d+))?/y;
/** Marlin's number reader takes the X behind a nought for the start of a hexadecimal number. */
const HEXADECIMAL = /[A-Z]\s*[+-]?0X/;

/**
 * Takes away what the machine never gets: a router's comments in brackets or behind a semicolon and the tape's `%`, a
 * printer's comments behind a semicolon.
 */
export function withoutComments(line: string, machineClass: MachineClass): string {
  if (machineClass === 'printer') return line.replace(/;.*$/s, '').replaceAll('\t', ' ').trim();
  return line
    .replace(/\([^)]*\)?/g, '')
    .replace(/;.*$/s, '')
    .replace(/[\s%]/g, '');
}

/** Reads a line without its comments into words, or says, as the end of a sentence, why that cannot be done. */
export function readProgramWords(text: string, machineClass: MachineClass): ProgramWord[] | string {
  const line = text.toUpperCase();
  const isPrinter = machineClass === 'printer';
  const spoken = isPrinter ? TEXT_COMMAND.exec(line) : null;
  if (spoken !== null && !/^(?:[PS]\d+\s*)*$/.test(spoken[1] ?? ''))
    return [{ letter: 'M', value: Number(/\d+/.exec(line)?.[0]) }];
  if (isPrinter && HEXADECIMAL.test(line)) return 'holds a number that firmwares read in different ways';
  const words: ProgramWord[] = [];
  WORD.lastIndex = 0;
  while (WORD.lastIndex < line.length) {
    const at = WORD.lastIndex;
    const found = WORD.exec(line);
    if (found === null) return `holds "${line.slice(at, at + 1)}", which is no word of G-code`;
    const word = { letter: found[1] ?? '', value: found[2] === undefined ? undefined : Number(found[2]) };
    const why = refuseWord(word, words, isPrinter);
    if (why !== undefined) return why;
    words.push(word);
  }
  return words;
}

function refuseWord(
  { letter, value }: ProgramWord,
  before: readonly ProgramWord[],
  isPrinter: boolean,
): string | undefined {
  const isCommand = letter === 'G' || letter === 'M';
  if (value === undefined && (!isPrinter || before.length === 0)) return `has ${letter} without a number`;
  if (isPrinter && isCommand && before.length > 0) return 'gives two commands in one line';
  if (!isCommand && before.some((word) => word.letter === letter)) return `says ${letter} twice`;
  return;
}
