import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { SheetLayout } from '#contract/sheet-layout.ts';
import type { Cutter } from '../../../firmware-bridge/toolpath/cutter.ts';
import { makeCutProgram } from '../../../firmware-bridge/toolpath/make-cut-program.ts';
import { nestSheets } from '../../../server/geometry/nesting/nest.ts';
import { angle, part, polygon, rectangle, tabbed } from '../../server/geometry/nesting/shapes.ts';
import { CUTTER, layoutOf, workshopSheet } from './sheets.ts';

/** LinuxCNC's interpreter without its machine. */
const RS274 = 'rs274';
const isThere = spawnSync(RS274, ['-?'], { input: '', timeout: 10_000 }).error === undefined;
const WHY =
  "left out: LinuxCNC's interpreter `rs274` is not installed (Debian: apt-get install linuxcnc-uspace)";
if (!isThere && process.env.CI !== 'true') console.warn(WHY);

/** What LinuxCNC's interpreter makes of a program: its exit code, its complaint and its canonical commands. */
function interpret(lines: readonly string[]): { code: number | null; complaint: string; canon: string[] } {
  const home = mkdtempSync(join(tmpdir(), 'rs274-'));
  try {
    const file = join(home, 'program.ngc');
    writeFileSync(file, `${lines.join('\n')}\n`);
    const run = spawnSync(RS274, ['-g', file], {
      input: '',
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: home },
      maxBuffer: 64 * 1024 * 1024,
      timeout: 20_000,
    });
    return {
      code: run.status,
      complaint: run.stderr.replace('executing', '').trim(),
      canon: run.stdout.split('\n'),
    };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function nested(): SheetLayout {
  const { sheets } = nestSheets({
    parts: [
      {
        part: part('side', tabbed(900, 280, 4, 18), {
          cutouts: [rectangle(80, 80, 60, 18.2), polygon(300, 140, 4, 48)],
        }),
        quantity: 3,
      },
      { part: part('angle', angle(260, 70)), quantity: 4 },
      { part: part('disc', polygon(0, 0, 70, 120)), quantity: 3 },
    ],
    stock: { material: 'plywood', lengthMm: 2440, widthMm: 1220, thicknessMm: 18 },
    gapMm: 9,
    marginMm: 15,
    rotationsDeg: [0, 90],
    seed: 4,
    evaluations: 2,
  });
  return sheets[0] as SheetLayout;
}

const PROGRAMS: [string, SheetLayout, Cutter][] = [
  ['a sheet with everything', workshopSheet(), CUTTER],
  [
    'the same, conventional, with a finer cutter',
    workshopSheet(),
    { ...CUTTER, diameterMm: 4, direction: 'conventional' },
  ],
  ['a nested sheet with a wide cutter', nested(), { ...CUTTER, diameterMm: 7.9 }],
  ['a nested sheet on a vacuum table', nested(), { ...CUTTER, tab: null, passDepthMm: 18.3 }],
  ['a disc', layoutOf({ part: part('disc', polygon(0, 0, 100, 180)), at: [150, 150] }), CUTTER],
];

if (!isThere) {
  test.runIf(process.env.CI === 'true')('LinuxCNC judges our programs', () => {
    expect.fail(WHY);
  });
}

test.runIf(isThere).each(PROGRAMS)(
  'LinuxCNC accepts %s and makes the same moves of it',
  (_, layout, cutter) => {
    // With a cutter too wide for the drilled holes the sheet loses them, so that there is a program to judge.
    const narrow = makeCutProgram(layout, cutter).refusals.length > 0;
    const sheet = narrow
      ? {
          ...layout,
          placed: layout.placed.map((p) => ({
            ...p,
            part: { ...p.part, cutouts: p.part.cutouts.filter((c) => c.length !== 48) },
          })),
        }
      : layout;
    const program = makeCutProgram(sheet, cutter);
    expect(program.refusals).toEqual([]);
    const { code, complaint, canon } = interpret(program.lines);
    expect([code, complaint]).toEqual([0, '']);

    const calls = canon
      .map((line) => /N\.*\d*\s+([A-Z_]+)\((.*)\)/.exec(line))
      .filter((call) => call !== null);
    const names = calls.map(([, name]) => name);
    const firstCut = names.findIndex((name) => name === 'STRAIGHT_FEED' || name === 'ARC_FEED');
    expect(names.indexOf('START_SPINDLE_CLOCKWISE')).toBeGreaterThan(-1);
    expect(names.indexOf('START_SPINDLE_CLOCKWISE')).toBeLessThan(firstCut);
    expect(names.filter((name) => name !== 'ON_RESET').at(-1)).toBe('PROGRAM_END');

    const numbers = (args: string): number[] => args.split(',').map(Number);
    const heights = calls.flatMap(([, name, args = '']) => {
      if (name === 'STRAIGHT_FEED') return [numbers(args)[2] ?? 0];
      return name === 'ARC_FEED' ? [numbers(args)[5] ?? 0] : [];
    });
    const deepest = Math.max(...sheet.placed.map(({ part: one }) => one.thicknessMm)) + cutter.spoilMm;
    expect(heights.reduce((least, z) => Math.min(least, z), 0)).toBeCloseTo(-deepest, 3);
    const moves = (pattern: RegExp): number => program.lines.filter((line) => pattern.test(line)).length;
    expect(names.filter((name) => name === 'ARC_FEED').length).toBe(moves(/^G[23] /));
    expect(names.filter((name) => name === 'STRAIGHT_FEED').length).toBe(moves(/^G1 /));
  },
);

test.runIf(isThere)('LinuxCNC refuses an arc that does not end on its circle, so it is a judge', () => {
  const lines = makeCutProgram(workshopSheet(), CUTTER).lines;
  const at = lines.findIndex((line) => /^G[23] /.test(line));
  const broken = lines.map((line, index) => (index === at ? line.replace(/I-?[0-9.]+/, 'I77') : line));
  expect(interpret(broken)).toMatchObject({
    code: 1,
    complaint: expect.stringContaining('Radius to end of arc'),
  });
});
