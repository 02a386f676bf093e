import { expect, test } from 'vitest';
import type { Contour, SheetLayout } from '#contract/sheet-layout.ts';
import { makeCutProgram } from '../../../firmware-bridge/toolpath/make-cut-program.ts';
import { part, rectangle } from '../../server/geometry/nesting/shapes.ts';
import { CUTTER, layoutOf, workshopSheet } from './sheets.ts';

function single(outline: Contour, more = {}): SheetLayout {
  return layoutOf({ part: part('plate', outline, more), at: [40, 40] });
}

test('an opening, a notch or a pocket narrower than the cutter is refused by name with the cutter that would do', () => {
  const narrow = single(rectangle(0, 0, 200, 200), {
    cutouts: [rectangle(50, 50, 60, 5), rectangle(50, 80, 60, 20)],
    pockets: [{ contour: rectangle(50, 120, 60, 4), islands: [], depthMm: 5 }],
  });
  const result = makeCutProgram(narrow, CUTTER);
  expect(result.lines).toEqual([]);
  expect(result.refusals.map(({ code, details }) => [code, details.widestCutterMm])).toEqual([
    ['pocket-narrower-than-cutter', expect.closeTo(4, 0)],
    ['opening-narrower-than-cutter', expect.closeTo(5, 0)],
  ]);
  expect(result.refusals[1]?.sentence).toMatch(
    /^plate has an opening narrower than the 6 mm cutter: use a cutter of [45](\.\d)? mm or less\.$/,
  );
  const notched: Contour = [
    [0, 0],
    [100, 0],
    [100, 200],
    [200, 200],
    [200, 0],
    [300, 0],
    [300, 300],
    [152, 300],
    [152, 250],
    [148, 250],
    [148, 300],
    [0, 300],
  ];
  expect(makeCutProgram(single(notched), CUTTER).refusals.map(({ code }) => code)).toEqual([
    'notch-narrower-than-cutter',
  ]);
});

test('an opening with a neck that the cutter does not pass is refused, though both its ends are wide', () => {
  const neck: Contour = [
    [50, 50],
    [80, 50],
    [80, 63],
    [120, 63],
    [120, 50],
    [150, 50],
    [150, 80],
    [120, 80],
    [120, 67],
    [80, 67],
    [80, 80],
    [50, 80],
  ];
  const result = makeCutProgram(single(rectangle(0, 0, 200, 130), { cutouts: [neck] }), CUTTER);
  expect(result.refusals.map(({ code }) => code)).toEqual(['opening-narrower-than-cutter']);
});

test('parts closer together than the cutter is wide are refused', () => {
  const sheet = layoutOf(
    { part: part('left', rectangle(0, 0, 100, 100)), at: [20, 20] },
    { part: part('right', rectangle(0, 0, 100, 100)), at: [125, 20] },
  );
  const result = makeCutProgram({ ...sheet, gapMm: 5 }, CUTTER);
  expect(result.refusals).toMatchObject([
    { code: 'parts-closer-than-cutter', partId: 'left', details: { otherPartId: 'right' } },
  ]);
});

test('a program beyond the travel is refused with the missing millimetres', () => {
  const envelope = { minMm: [0, 0, -40], maxMm: [700, 600, 60] } as const;
  const result = makeCutProgram(workshopSheet(), CUTTER, { envelope });
  expect(result.lines).toEqual([]);
  expect(result.refusals.map(({ sentence }) => sentence)).toEqual([
    expect.stringMatching(/^The program goes 123(\.\d+)? mm beyond the travel of X on its plus side/),
  ]);
});

test('a tool whose settings cannot work is refused', () => {
  const result = makeCutProgram(workshopSheet(), { ...CUTTER, passDepthMm: 0, spindleRpm: Number.NaN });
  expect(result.refusals.map(({ details }) => details.name)).toEqual(['spindleRpm', 'passDepthMm']);
});
