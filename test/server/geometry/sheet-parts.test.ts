import { beforeAll, describe, expect, it } from 'vitest';
import type { SheetPart } from '#contract/sheet-layout.ts';
import { type Kernel, loadKernel } from '../../../server/geometry/kernel/manifold-kernel.ts';
import { measureOpenings } from '../../../server/geometry/parts/measure-openings.ts';
import { boundsOf, signedArea } from '../../../server/geometry/parts/plane-figures.ts';
import { recogniseSheetPart } from '../../../server/geometry/parts/recognise-sheet-part.ts';
import { isSameFlatShape } from '../../../server/geometry/parts/same-flat-shape.ts';
import { runDesign, script } from './run-design.ts';

/** 300 × 120 × 18 with a slot of 60 × 18.3 through it, a hole of 12, a groove 9 deep and a notch in one corner. */
const BOARD = `const board = subtract(
  cuboid({ size: [300, 120, 18] }),
  translate([-80, 10, 0], cuboid({ size: [60, 18.3, 40] })),
  translate([60, -20, 0], cylinder({ radius: 6, height: 40, segments: 64 })),
  translate([100, 0, 9], cuboid({ size: [18.3, 400, 18] })),
  translate([150, 60, 0], cuboid({ size: [40, 40, 40] })));`;

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

async function recognise(body: string, thicknessMm = 18): Promise<SheetPart> {
  const [first] = await runDesign(script(body));
  if (first === undefined) throw new Error('no solid');
  return recogniseSheetPart(first.solid, { partId: 'board', name: 'Board', thicknessMm });
}

describe('a sheet part', () => {
  it.each([
    ['lying', '[0, 0, 0]'],
    ['upside down', '[Math.PI, 0, 0]'],
    ['standing', '[Math.PI / 2, 0, 0]'],
    ['standing across', '[Math.PI / 2, 0, Math.PI / 2]'],
    ['leaning anyhow', '[0.3, 1.1, 2.2]'],
  ])('%s in the assembly lies flat on the sheet with its recesses upwards', async (_how, angles) => {
    const part = await recognise(`${BOARD} return translate([1000, 200, 300], rotate(${angles}, board));`);
    const { minX, minY, maxX, maxY } = boundsOf([part.outline]);
    expect([minX, minY]).toEqual([expect.closeTo(0, 2), expect.closeTo(0, 2)]);
    expect(maxX).toBeCloseTo(300, 2);
    expect(maxY).toBeCloseTo(120, 2);
    expect(signedArea(part.outline)).toBeCloseTo(300 * 120 - 400, 0);
    expect(part.cutouts).toHaveLength(2);
    for (const cutout of part.cutouts) expect(signedArea(cutout)).toBeLessThan(0);
    expect(part.pockets).toMatchObject([{ depthMm: 9, islands: [] }]);
    expect(signedArea(part.pockets[0]?.contour ?? [])).toBeCloseTo(18.3 * 120, 0);
    expect(isSameFlatShape(kernel, await recognise(`${BOARD} return board;`), part)).toBe(true);
  });

  it('is told apart from its mirror image', async () => {
    const part = await recognise(`${BOARD} return board;`);
    expect(isSameFlatShape(kernel, part, await recognise(`${BOARD} return mirrorX(board);`))).toBe(false);
  });

  it.each([
    ['of another thickness', 'return cuboid({ size: [100, 60, 17] })', 'part.wrong-thickness'],
    [
      'with recesses in both faces',
      'const c = cuboid({ size: [20, 20, 10] }); return subtract(cuboid({ size: [100, 60, 18] }), translate([30, 0, 9], c), translate([-30, 0, -9], c))',
      'part.both-faces',
    ],
    [
      'with a slope',
      'return subtract(cuboid({ size: [100, 60, 18] }), translate([50, 0, 9], rotate([0, 0.6, 0], cuboid({ size: [30, 90, 20] }))))',
      'part.sloped',
    ],
    [
      'in two pieces',
      'return union(cuboid({ size: [100, 60, 18] }), translate([200, 0, 0], cuboid({ size: [100, 60, 18] })))',
      'part.in-pieces',
    ],
    [
      'with a hollow',
      'return subtract(cuboid({ size: [100, 60, 18] }), cuboid({ size: [30, 30, 6] }))',
      /^part\.(undercut|both-faces)$/,
    ],
  ])('%s is refused with the name of the part', async (_what, body, code) => {
    await expect(recognise(body)).rejects.toMatchObject({
      kind: 'bad-input',
      code: typeof code === 'string' ? code : expect.stringMatching(code),
      message: expect.stringContaining('"Board"'),
    });
  });

  it('has an inner radius of 0 where a corner is sharp, of the bore where a dogbone relieves it', async () => {
    const slot =
      '[-1, 1].flatMap((x) => [-1, 1].map((y) => cylinder({ radius: 3.1, height: 40, center: [x * (30 - 3.1 / Math.SQRT2), y * (9.15 - 3.1 / Math.SQRT2), 0] })))';
    const sharp = await recognise(
      'return subtract(cuboid({ size: [200, 100, 18] }), cuboid({ size: [60, 18.3, 40] }))',
    );
    const relieved = await recognise(
      `return subtract(cuboid({ size: [200, 100, 18] }), cuboid({ size: [60, 18.3, 40] }), ...${slot})`,
    );
    expect(measureOpenings(kernel, sharp)).toEqual({ innerRadiusMm: 0, narrowestOpeningMm: 18.3 });
    expect(measureOpenings(kernel, relieved)).toEqual({ innerRadiusMm: 3.1, narrowestOpeningMm: 18.3 });
  });

  it('has its narrowest opening at the smallest hole, or at a notch that is narrower still', async () => {
    const holed = await recognise(
      'return subtract(cuboid({ size: [200, 100, 18] }), cylinder({ radius: 2.5, height: 40, segments: 48 }))',
    );
    expect(measureOpenings(kernel, holed).narrowestOpeningMm).toBeCloseTo(5, 1);
    const notched = await recognise(
      'return subtract(cuboid({ size: [200, 100, 18] }), translate([0, 50, 0], cuboid({ size: [4, 60, 40] })), cylinder({ radius: 6, height: 40, center: [60, 0, 0] }))',
    );
    expect(measureOpenings(kernel, notched).narrowestOpeningMm).toBeCloseTo(4, 0);
  });
});
