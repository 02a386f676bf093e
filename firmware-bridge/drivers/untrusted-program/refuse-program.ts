import { refuseCode, refuseLetter } from './allowed-codes.ts';
import { type HeatLimits, heatLimits, type MachineClass, type ProgramLimits } from './program-limits.ts';
import { type Parameters, ProgramReach } from './program-reach.ts';
import { type ProgramWord, readProgramWords, withoutComments } from './program-words.ts';

const SHOWN_CHARACTERS = 40;
const S_PER_MIN = 60;
const PERCENT = 100;
/** A program may speed itself up to this; beyond, a feed says nothing about how fast the machine goes. */
const SPEED_FACTOR_MAX = 2;
/** Acted on the moment they arrive by GRBL and its relatives, wherever they stand in a line. */
const REAL_TIME = /[?!~]/;

/**
 * Whether a program that comes from outside may be given to a machine of this class: which commands it holds, how fast, how
 * hot and how far it goes. Nothing of it is to be sent when a sentence comes back; it names the line, counted from 1.
 *
 * What the codes do is from the firmwares' own documentation: GRBL 1.1 (commands, interface) and Marlin's G-code index.
 */
export function refuseProgram(
  lines: readonly string[],
  machineClass: MachineClass,
  limits: ProgramLimits = {},
): string | undefined {
  const judge = new ProgramJudge(machineClass, limits);
  for (const [index, line] of lines.entries()) {
    const why = judge.refuse(line);
    if (why !== undefined)
      return `Line ${index + 1} of the program, "${shown(line)}", ${why}: it is not sent.`;
  }
  return;
}

class ProgramJudge {
  readonly #machineClass: MachineClass;
  readonly #limits: ProgramLimits;
  readonly #heat: HeatLimits;
  readonly #reach: ProgramReach;
  #speedFactor = 1;
  #feedMmPerMin = 0;

  constructor(machineClass: MachineClass, limits: ProgramLimits) {
    this.#machineClass = machineClass;
    this.#limits = limits;
    this.#heat = heatLimits(limits);
    this.#reach = new ProgramReach(limits.reachMm);
  }

  refuse(line: string): string | undefined {
    if (hasControlCharacter(line)) return 'has a character that is not plain text';
    const text = withoutComments(line, this.#machineClass);
    if (text === '') return;
    const words = this.#read(text);
    if (typeof words === 'string') return words;
    const isPrinter = this.#machineClass === 'printer';
    const commands = isPrinter ? words.slice(0, 1) : words.filter(isCode);
    return this.#judge(commands, words);
  }

  #read(text: string): ProgramWord[] | string {
    if (/[^\x20-\x7e]/.test(text)) return 'has a character that is not plain text';
    if (text.startsWith('$')) return 'is a setting or system command of the controller';
    if (text.startsWith('[')) return 'is a configuration line of the controller';
    if (this.#machineClass !== 'printer' && REAL_TIME.test(text)) return 'holds a real-time command';
    if (text.includes('*')) return 'holds a checksum sign';
    const head = /^([GMT])\s*(\d+(?:\.\d+)?)/i.exec(text);
    if (head === null && this.#machineClass === 'printer') return 'is not a G, M or T command';
    // A refused command tells more than whatever follows it.
    const why = head === null ? undefined : this.#refuseCode(`${head[1]?.toUpperCase()}${Number(head[2])}`);
    return why ?? readProgramWords(text, this.#machineClass);
  }

  #refuseCode(code: string): string | undefined {
    return refuseCode(code, this.#machineClass, this.#limits.mayMoveZero ?? false);
  }

  #judge(commands: readonly ProgramWord[], words: readonly ProgramWord[]): string | undefined {
    const codes = commands.map(({ letter, value }) => `${letter}${value ?? ''}`);
    for (const { letter } of words) {
      const why = refuseLetter(letter, this.#machineClass);
      if (why !== undefined) return why;
    }
    for (const code of codes) {
      const why = this.#refuseCode(code);
      if (why !== undefined) return why;
    }
    const parameters: Parameters = new Map(
      words.filter((word) => !commands.includes(word)).map(({ letter, value }) => [letter, value]),
    );
    return (
      this.#refuseMovedZero(codes, parameters) ??
      this.#refuseHeat(codes[0] ?? '', parameters) ??
      this.#followReach(codes, parameters) ??
      this.#refuseSpeed(codes, parameters)
    );
  }

  /** A printer's M codes have X and Y of other meanings. */
  #followReach(codes: readonly string[], words: Parameters): string | undefined {
    const moves = this.#machineClass !== 'printer' || codes[0]?.startsWith('G') === true;
    return moves ? this.#reach.follow(codes, words) : undefined;
  }

  /** A printer's G92 E only counts filament; G10 and G11 without an offset pull it back and push it out. */
  #refuseMovedZero(codes: readonly string[], words: Parameters): string | undefined {
    const isPrinter = this.#machineClass === 'printer';
    const moving = codes.find((code) => {
      if (!isPrinter) return MOVES_ZERO.test(code);
      const namesPlace = ['X', 'Y', 'Z', 'L', 'P', 'R'].some((letter) => words.has(letter));
      return (code === 'G92' && (words.size === 0 || namesPlace)) || (code === 'G10' && namesPlace);
    });
    if (moving === undefined) return;
    if (this.#limits.mayMoveZero !== true)
      return `moves the program's zero (${moving}), which the lab has not allowed`;
    this.#reach.loseZero();
    return;
  }

  #refuseHeat(code: string, words: Parameters): string | undefined {
    const { nozzleMaxC, bedMaxC, chamberMaxC } = this.#heat;
    const place = HEATERS[code];
    if (this.#machineClass !== 'printer' || place === undefined) return;
    const most = { nozzle: nozzleMaxC, bed: bedMaxC, chamber: chamberMaxC }[place];
    const hottest = Math.max(...['S', 'R', 'B', 'F'].map((letter) => words.get(letter) ?? 0));
    if (hottest > most) return `heats the ${place} to ${hottest} °C, and ${most} °C is the most allowed here`;
    return;
  }

  #refuseSpeed(codes: readonly string[], words: Parameters): string | undefined {
    const { feedMaxMmPerMin, spindleMax } = this.#limits;
    const code = codes[0] ?? '';
    if (code === 'M220') return this.#setSpeedFactor(words);
    if (code === 'M203') return refuseAxisSpeeds(words, feedMaxMmPerMin);
    const moves = codes.length === 0 || codes.some((one) => !TAKES_F.has(one));
    const feed = moves ? words.get('F') : undefined;
    if (feed !== undefined) this.#feedMmPerMin = feed * this.#reach.scale;
    const speed = this.#feedMmPerMin * this.#speedFactor;
    if (feed !== undefined && feedMaxMmPerMin !== undefined && speed > feedMaxMmPerMin)
      return `asks for a feed of ${Math.round(speed)} mm/min, and ${feedMaxMmPerMin} mm/min is the most here`;
    const turns = this.#machineClass === 'printer' ? undefined : words.get('S');
    if (turns !== undefined && spindleMax !== undefined && turns > spindleMax)
      return `asks for S${turns}, and ${spindleMax} is the most here`;
    return;
  }

  #setSpeedFactor(words: Parameters): string | undefined {
    const percent = words.get('S');
    if (percent === undefined) return;
    if (percent > SPEED_FACTOR_MAX * PERCENT)
      return `speeds everything up to ${percent} %, and ${SPEED_FACTOR_MAX * PERCENT} % is the most allowed`;
    this.#speedFactor = percent / PERCENT;
    return;
  }
}

const HEATERS: Readonly<Record<string, 'nozzle' | 'bed' | 'chamber'>> = {
  M104: 'nozzle',
  M109: 'nozzle',
  M140: 'bed',
  M190: 'bed',
  M141: 'chamber',
  M191: 'chamber',
};
const MOVES_ZERO = /^G(?:10|43\.1|5[35-9]|92(?:\.[123])?)$/;
/** Their F is no feed for the moves that follow. */
const TAKES_F: ReadonlySet<string> = new Set([
  ...['G10', 'G11', 'G29', 'M104', 'M109', 'M190', 'M207', 'M208', 'M300', 'M900'],
]);

/** Marlin's M203 counts in millimetres a second. */
function refuseAxisSpeeds(words: Parameters, mostMmPerMin: number | undefined): string | undefined {
  const fastest = Math.max(words.get('X') ?? 0, words.get('Y') ?? 0) * S_PER_MIN;
  if (mostMmPerMin === undefined || fastest <= mostMmPerMin) return;
  return `raises the greatest speed to ${fastest} mm/min, and ${mostMmPerMin} mm/min is the most here`;
}

function isCode(word: ProgramWord | undefined): boolean {
  return word?.letter === 'G' || word?.letter === 'M' || word?.letter === 'T';
}

/** A tab or the end of a Windows line harms nobody; anything else may be a command to somebody. */
function hasControlCharacter(line: string): boolean {
  for (let i = 0; i < line.length; i++) {
    const code = line.charCodeAt(i);
    if ((code < 32 && code !== 9 && !(code === 13 && i === line.length - 1)) || code === 127) return true;
  }
  return false;
}

function shown(line: string): string {
  return line
    .trim()
    .slice(0, SHOWN_CHARACTERS)
    .replace(/[^\x20-\x7e]/g, '?');
}
