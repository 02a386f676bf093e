import { expect, test } from 'vitest';
import { type ProgramPath, readProgramPath, TRAVEL, WORK } from '#contract/gcode-path.ts';

function segmentsOf(path: ProgramPath): number[][] {
  return Array.from({ length: path.count }, (_, index) => [
    ...path.segments.subarray(index * 6, index * 6 + 6),
  ]);
}

test('a cut program is rapids and cuts with the line that each comes from', () => {
  const path = readProgramPath([
    'G21 G90',
    '(comment G1 X9)',
    'G0 X1 Y2 Z5',
    'G1 Z-1 F300 ; down',
    'X4',
    'G0 Z5',
  ]);
  expect(path.process).toBe('cut');
  expect(segmentsOf(path)).toEqual([
    [1, 2, 5, 1, 2, -1],
    [1, 2, -1, 4, 2, -1],
    [4, 2, -1, 4, 2, 5],
  ]);
  expect([...path.lines]).toEqual([3, 4, 5]);
  expect([...path.kinds]).toEqual([WORK, WORK, TRAVEL]);
  expect([...path.feeds]).toEqual([300, 300, 0]);
  expect(path.bounds).toEqual({ min: [1, 2, -1], max: [4, 2, 5] });
  expect(path.workBounds).toEqual({ min: [1, 2, -1], max: [4, 2, 5] });
});

test('the way to the first place is not drawn, because nobody knows where the tool was', () => {
  expect(readProgramPath('G0 X100 Y100\nG1 X101 F60').count).toBe(1);
});

test('a printed program extrudes where E advances and travels where it does not', () => {
  const path = readProgramPath(
    'M82\nG28\nG92 E0\nG1 X10 Y0 E1 F600\nG1 X20\nG1 E0.2\nG1 X30 E1.2\nG92 E0\nG1 X40 E0.5',
  );
  expect(path.process).toBe('print');
  expect([...path.kinds]).toEqual([WORK, TRAVEL, WORK, WORK]);
  expect([...path.lines]).toEqual([3, 4, 6, 8]);
  expect(path.workBounds?.max[0]).toBe(40);
});

test('relative extrusion and relative places are followed', () => {
  const path = readProgramPath('G90\nM83\nG28\nG1 X10 E1\nG1 X20 E-1\nG91\nG1 X5 E2\nG1 X5');
  expect([...path.kinds]).toEqual([WORK, TRAVEL, WORK, TRAVEL]);
  expect(segmentsOf(path).at(-1)?.slice(3)).toEqual([30, 0, 0]);
});

test('inches become millimetres', () => {
  expect(readProgramPath('G20 G0 X0 Y0\nG1 X1 F10').bounds?.max[0]).toBeCloseTo(25.4, 4);
});

test.each([
  ['G2 X10 Y0 I5 J0', 5, 5, true],
  ['G3 X10 Y0 I5 J0', 5, 5, false],
  ['G2 X10 Y0 R5', 5, 5, true],
  ['G3 X0 Y0 I7 J0', 7, 7, false],
])('%s is divided into chords that stay near its circle', (line, centreX, radius, isAbove) => {
  const path = readProgramPath(['G0 X0 Y0 Z0', 'F100', line], { chordErrorMm: 0.05 });
  for (const [x0 = 0, y0 = 0, , x1 = 0, y1 = 0] of segmentsOf(path)) {
    const middle = Math.hypot((x0 + x1) / 2 - centreX, (y0 + y1) / 2);
    expect(middle).toBeLessThanOrEqual(radius + 0.01);
    expect(middle).toBeGreaterThan(radius - 0.052);
  }
  const high = Math.max(...segmentsOf(path).map(([, , , , y = 0]) => y));
  expect(high > 0.1).toBe(isAbove || line.includes('X0'));
  expect(new Set(path.lines)).toEqual(new Set([2]));
});

test('an arc by its radius takes the shorter way, and the longer one where the radius is negative', () => {
  const highest = (line: string): number => readProgramPath(`G0 X0 Y0\n${line} F100`).bounds?.max[1] ?? 0;
  expect(highest('G2 X6 Y0 R5')).toBeCloseTo(1, 1);
  expect(highest('G2 X6 Y0 R-5')).toBeCloseTo(9, 1);
  expect(highest('G3 X6 Y0 R5')).toBe(0);
});

test('a helix sinks evenly', () => {
  const path = readProgramPath('G0 X0 Y0 Z0\nG3 X0 Y0 I4 J0 Z-2 F100');
  const heights = segmentsOf(path).map(([, , , , , z = 0]) => z);
  expect(heights.at(-1)).toBe(-2);
  expect(heights[Math.floor(heights.length / 2) - 1]).toBeCloseTo(-1, 1);
});

test('pauses are summed, in seconds for a router and in milliseconds of P for a printer', () => {
  expect(readProgramPath('G4 P3\nG4 P0.5').dwellSeconds).toBe(3.5);
  expect(readProgramPath('G28\nG1 X1 E1\nG4 P500\nG4 S2').dwellSeconds).toBe(2.5);
});

test('what is not G-code is passed over', () => {
  const path = readProgramPath(
    '; nothing\n\nM117 Hello World\nG53 G0 Z-5\nT1\n(open comment G1 X5\nG0 X1 Y1\nG1 Xfoo Y2 F1',
  );
  expect(path.count).toBe(1);
  expect(readProgramPath('').count).toBe(0);
  expect(readProgramPath('').bounds).toBeUndefined();
});

test('two hundred thousand lines are read into typed arrays', () => {
  const lines = Array.from({ length: 200_000 }, (_, index) => `G1 X${index % 300} Y${index % 200} E${index}`);
  const path = readProgramPath(lines);
  expect(path.count).toBeGreaterThan(199_000);
  expect(path.segments).toHaveLength(path.count * 6);
});
