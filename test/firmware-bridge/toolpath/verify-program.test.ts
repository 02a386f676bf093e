import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { makeCutProgram } from '../../../firmware-bridge/toolpath/make-cut-program.ts';
import { verifyProgram } from '../../../firmware-bridge/toolpath/verify-program.ts';
import { angle, part, polygon, rectangle, tabbed } from '../../server/geometry/nesting/shapes.ts';
import { CUTTER, layoutOf, workshopSheet } from './sheets.ts';

const SHEET = workshopSheet();
const { lines: LINES } = makeCutProgram(SHEET, CUTTER);
const ENVELOPE = { minMm: [-10, -10, -25], maxMm: [1250, 650, 30] } as const;

/** The codes of all problems, without repeats. */
function codesOf(lines: readonly string[], sheet = SHEET, cutter = CUTTER): string[] {
  return [...new Set(verifyProgram(lines, sheet, cutter, ENVELOPE).map(({ code }) => code))];
}

function indexOf(lines: readonly string[], pattern: RegExp, from = 0): number {
  const index = lines.findIndex((line, at) => at >= from && pattern.test(line));
  if (index < 0) throw new Error(`no line matches ${pattern} after line ${from}`);
  return index;
}

const OUTLINE = indexOf(LINES, /^\(outline of panel/);
const OPENING = indexOf(LINES, /^\(opening 1/);

/** One line replaced. */
function withLine(index: number, change: (line: string) => string): string[] {
  return LINES.map((line, at) => (at === index ? change(line) : line));
}

/** A word of one line moved by some millimetres. */
function shifted(pattern: RegExp, letter: string, byMm: number, from: number): string[] {
  return withLine(indexOf(LINES, pattern, from), (line) =>
    line.replace(
      new RegExp(`${letter}(-?[0-9.]+)`),
      (_, digits: string) => `${letter}${(Number(digits) + byMm).toFixed(4)}`,
    ),
  );
}

function allWords(letter: string, change: (value: number) => number, from = 0, to = LINES.length): string[] {
  return LINES.map((line, at) =>
    at < from || at >= to || line.startsWith('(')
      ? line
      : line.replace(
          new RegExp(`${letter}(-?[0-9.]+)`, 'g'),
          (_, digits: string) => `${letter}${Number(change(Number(digits)).toFixed(4))}`,
        ),
  );
}

function mirrored(): string[] {
  const flipped = allWords('X', (x) => 1000 - x).map((line) =>
    line.replace(/I(-?[0-9.]+)/, (_, i: string) => `I${-Number(i)}`),
  );
  return flipped.map((line) => line.replace(/^G([23]) /, (_, way: string) => `G${way === '2' ? 3 : 2} `));
}

test('clean programs of different sheets, cutters and directions raise no problem', () => {
  const sheets = [
    SHEET,
    layoutOf({ part: part('tabs', tabbed(700, 200, 5, 18)), at: [30, 50] }),
    layoutOf(
      { part: part('disc', polygon(0, 0, 90, 180), { cutouts: [polygon(0, 0, 40, 120)] }), at: [150, 150] },
      { part: part('angle', angle(200, 60)), at: [300, 30] },
      {
        part: part('tile', rectangle(0, 0, 120, 80), {
          thicknessMm: 18,
          cutouts: [rectangle(30, 30, 20, 18)],
        }),
        at: [560, 30],
      },
    ),
  ];
  const cutters = [
    CUTTER,
    { ...CUTTER, direction: 'conventional' as const },
    { ...CUTTER, diameterMm: 4, passDepthMm: 3 },
    { ...CUTTER, diameterMm: 7.94, passDepthMm: 9, tab: null },
  ];
  for (const sheet of sheets) {
    for (const cutter of cutters) {
      const { lines, refusals } = makeCutProgram(sheet, cutter);
      if (refusals.length > 0) {
        expect(refusals.every(({ code }) => code === 'opening-narrower-than-cutter')).toBe(true);
        continue;
      }
      expect(verifyProgram(lines, sheet, cutter, ENVELOPE)).toEqual([]);
    }
  }
});

const MUTATIONS: { what: string; lines: () => string[]; code: string }[] = [
  {
    what: 'an opening shifted by 0.1 mm',
    lines: () => allWords('X', (x) => x + 0.1, OPENING, indexOf(LINES, /^\(/, OPENING + 1)),
    code: 'gouge',
  },
  {
    what: 'one vertex of an opening 0.2 mm too far',
    lines: () => shifted(/^G1 Y[0-9.]+$/, 'Y', 0.2, OPENING),
    code: 'gouge',
  },
  { what: 'the sheet mirrored', lines: mirrored, code: 'gouge' },
  {
    what: 'inches in place of millimetres',
    lines: () => LINES.map((line) => line.replace('G21', 'G20')),
    code: 'beyond-travel',
  },
  {
    what: 'relative in place of absolute',
    lines: () => LINES.map((line) => line.replace('G90', 'G91')),
    code: 'too-deep',
  },
  {
    what: 'the spindle never started',
    lines: () => LINES.filter((line) => !line.startsWith('M3')),
    code: 'cut-without-spindle',
  },
  {
    what: 'the spindle at no speed',
    lines: () => LINES.map((line) => line.replace('S18000', 'S0')),
    code: 'cut-without-spindle',
  },
  {
    what: 'no feed at all',
    lines: () => LINES.map((line) => line.replace(/ F[0-9.]+/, '')),
    code: 'cut-without-feed',
  },
  {
    what: 'the feed in the place of the plunge feed',
    lines: () => LINES.map((line) => line.replace(' F600', ' F2400')),
    code: 'feed-too-fast',
  },
  {
    what: 'a retract left out',
    lines: () => LINES.filter((_, at) => at !== indexOf(LINES, /^G0 Z10/, OPENING)),
    code: 'rapid-too-low',
  },
  {
    what: 'a rapid in place of a cut',
    lines: () => withLine(indexOf(LINES, /^G1 X/, OUTLINE + 6), (line) => line.replace('G1', 'G0')),
    code: 'rapid-too-low',
  },
  {
    what: 'two millimetres too deep',
    lines: () => LINES.map((line) => line.replaceAll('Z-18.1', 'Z-20.1')),
    code: 'too-deep',
  },
  {
    what: 'the last pass left out',
    lines: () => LINES.map((line) => line.replaceAll('Z-18.1', 'Z-12')),
    code: 'not-cut-through',
  },
  {
    what: 'the tabs cut away',
    lines: () => LINES.map((line) => line.replace(/Z-1[3-7][0-9.]*/, 'Z-18.1')),
    code: 'not-held',
  },
  {
    what: 'an arc the wrong way round',
    lines: () => withLine(indexOf(LINES, /^G2 /, OUTLINE), (line) => line.replace('G2', 'G3')),
    code: 'gouge',
  },
  {
    what: 'the centre of an arc on the other side',
    lines: () =>
      withLine(indexOf(LINES, /^G2 .*I/, OUTLINE), (line) =>
        line.replace(/I(-?[0-9.]+)/, (_, i: string) => `I${-Number(i) || 5}`),
      ),
    code: 'arc-broken',
  },
  {
    what: 'a comma for a decimal point',
    lines: () => withLine(indexOf(LINES, /^G1 X[0-9]+\.[0-9]/, OPENING), (line) => line.replace('.', ',')),
    code: 'line-unreadable',
  },
  {
    what: 'cutter compensation, which GRBL does not have',
    lines: () => withLine(2, (line) => `${line} G41`),
    code: 'word-unsupported',
  },
  {
    what: 'an arc by its radius',
    lines: () => withLine(indexOf(LINES, /^G3 /), (line) => line.replace(/I.*/, 'R12')),
    code: 'word-unsupported',
  },
  {
    what: 'the file cut off in the middle',
    lines: () => LINES.slice(0, Math.floor(LINES.length / 2)),
    code: 'not-ended',
  },
  {
    what: 'an opening left out',
    lines: () => LINES.filter((_, at) => at < OPENING || at >= indexOf(LINES, /^\(/, OPENING + 1)),
    code: 'not-cut-through',
  },
  {
    what: 'a pocket left out',
    lines: () =>
      LINES.filter(
        (_, at) =>
          at < indexOf(LINES, /^\(pocket 1/) ||
          at >= indexOf(LINES, /^\((pocket 2|opening)/, indexOf(LINES, /^\(pocket 1/)),
      ),
    code: 'pocket-not-cleared',
  },
  {
    what: 'a pocket three millimetres too shallow',
    lines: () => LINES.map((line) => line.replace(/Z-9$/, 'Z-6').replace(/Z-9 /, 'Z-6 ')),
    code: 'pocket-not-cleared',
  },
  {
    what: 'a pocket as deep as a through cut',
    lines: () => LINES.map((line) => line.replace(/Z-9$/, 'Z-18.1').replace(/Z-9 /, 'Z-18.1 ')),
    code: 'gouge',
  },
  {
    what: 'a line longer than GRBL reads',
    lines: () => withLine(indexOf(LINES, /^G1 X/), (line) => `${line}${' '.repeat(80)}`),
    code: 'line-too-long',
  },
  {
    what: 'a sheet laid 60 mm beyond the travel',
    lines: () => allWords('Y', (y) => y + 400),
    code: 'beyond-travel',
  },
  {
    what: 'a program for a cutter half a millimetre thinner',
    lines: () => makeCutProgram(SHEET, { ...CUTTER, diameterMm: 5.5 }).lines,
    code: 'gouge',
  },
  {
    what: 'a program for a thinner sheet',
    lines: () =>
      makeCutProgram(
        {
          ...SHEET,
          placed: SHEET.placed.map((placed) => ({ ...placed, part: { ...placed.part, thicknessMm: 15 } })),
        },
        CUTTER,
      ).lines,
    code: 'not-cut-through',
  },
];

describe('a program changed by one fault is caught', () => {
  test.each(MUTATIONS)('$what → $code', ({ lines, code }) => {
    const changed = lines();
    expect(changed).not.toEqual(LINES);
    expect(codesOf(changed)).toContain(code);
  });
});

test('the verifier and what it uses import nothing of the generator', () => {
  const folder = fileURLToPath(new URL('../../../firmware-bridge/toolpath/', import.meta.url));
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = readFileSync(join(folder, file), 'utf8');
    for (const [, name] of text.matchAll(/^import (?!type)[^;]*?'\.\/([\w.-]+)';/gm)) visit(name ?? '');
  };
  visit('verify-program.ts');
  expect([...seen].sort()).toEqual([
    'interpret-program.ts',
    'segment-grid.ts',
    'solid-at-depth.ts',
    'verify-cut.ts',
    'verify-program.ts',
  ]);
  expect(readdirSync(folder)).toContain('make-cut-program.ts');
});
