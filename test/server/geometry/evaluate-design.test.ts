import { createHash } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { DesignReport } from '#contract/design.ts';
import type { ContentHash } from '#contract/quantities.ts';
import { SheetLayout } from '#contract/sheet-layout.ts';
import { createGeometry, type Geometry } from '../../../server/geometry/evaluate-design.ts';

const OKH =
  'okhv = "2.4"\nname = "Board"\nrepo = "https://example.org/b"\nlicense = "CERN-OHL-S-2.0"\nlicensor = "Ada"\nfunction = "Is a board"\n';
const DESIGN = `schema = 1
entry = "design.js"
caption = { en = "Board" }
description = { en = "Boards" }
contributors = [{ name = "Ada", weight = 1 }]
parts = [
  { geometry = "board", id = "board", name = "Board", process = "cut", material = "plywood", thickness = 18, density-kg-per-m3 = 600 },
  { geometry = "foot", id = "foot", name = "Foot", process = "print", material = "PLA", copies = 2, density-kg-per-m3 = 1240 },
]
sheet = { material = "plywood", length-mm = 2440, width-mm = 1220, thickness-mm = 18 }
print = { material = "PLA", layer-height-mm = 0.2 }
`;
const SCRIPT = `const { primitives, booleans, transforms } = require('@jscad/modeling');
const named = (name, geometry) => Object.assign({}, geometry, { name });
const main = ({ length }) => {
  const board = booleans.subtract(primitives.cuboid({ size: [length, 100, 18] }), primitives.cylinder({ radius: 10, height: 40 }));
  return [named('board:1', board), named('board:2', transforms.rotateX(Math.PI / 2, board)), named('foot', primitives.cuboid({ size: [20, 20, 10] }))];
};
const getParameterDefinitions = () => [{ name: 'length', type: 'int', initial: 300, min: 100, max: 5000 }];
module.exports = { main, getParameterDefinitions };`;

function pack(source = SCRIPT): Map<string, Uint8Array> {
  const texts = { 'okh.toml': OKH, 'design.toml': DESIGN, 'README.md': '# B', 'design.js': source };
  return new Map(Object.entries(texts).map(([path, text]) => [path, new TextEncoder().encode(text)]));
}

const opened: Geometry[] = [];
afterAll(async () => {
  await Promise.all(opened.map((geometry) => geometry.close()));
});

function open() {
  const files = new Map<string, Uint8Array>();
  const kept = new Map<string, Uint8Array>();
  let puts = 0;
  const geometry = createGeometry({
    blobs: {
      put: async (bytes) => {
        const hash: ContentHash = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
        files.set(hash, bytes.slice());
        return hash;
      },
    },
    cache: {
      get: async (key) => kept.get(key),
      put: async (key, bytes) => {
        puts += 1;
        kept.set(key, bytes);
      },
    },
    workers: 1,
    limits: { deadlineMs: 2000, memoryMebibytes: 64 },
  });
  opened.push(geometry);
  return { geometry, files, puts: () => puts };
}

describe('an evaluation', () => {
  it('gives parts, work pieces and files, all of them kept', async () => {
    const { geometry, files } = open();
    const design = await geometry.readPackage(pack());
    const report = await geometry.evaluate({ design, parameters: {} });
    expect(DesignReport.parse(report)).toEqual(report);
    expect(report.parts).toMatchObject([
      { partId: 'board', quantity: 2, size: { xMm: 300, yMm: 100, zMm: 18 }, isManifold: true },
      { partId: 'foot', quantity: 2, volumeMm3: 4000, isManifold: true },
    ]);
    const [cut, print] = report.workPieces;
    expect(cut).toMatchObject({
      process: 'cut',
      parts: [{ partId: 'board', quantity: 2 }],
      title: 'Sheet 1 of 1',
    });
    expect(print).toMatchObject({ process: 'print', size: { xMm: 45, yMm: 20, zMm: 10 } });
    // Two pieces of 4 cm³ of PLA, of which walls, skins and filling are about two fifths.
    const massG = report.parts[1]?.massG ?? 0;
    expect(massG).toBeCloseTo(2, 0);
    if (print?.process !== 'print') throw new Error('no plate');
    expect(Math.abs(print.materialMg - 2 * massG * 1000)).toBeLessThan(2);
    const named = JSON.stringify(report).match(/sha256:[0-9a-f]{64}/g) ?? [];
    const addresses = named.filter((hash) => hash !== report.evaluation && hash !== report.geometry);
    expect(addresses.filter((hash) => !files.has(hash))).toEqual([]);
    if (cut?.process !== 'cut') throw new Error('no sheet');
    const layout: unknown = JSON.parse(new TextDecoder().decode(files.get(cut.layout)));
    expect(SheetLayout.parse(layout).placed).toHaveLength(2);
  });

  it('gives the same report in another worker', async () => {
    const [one, other] = [open(), open()];
    const reports = await Promise.all(
      [one, other].map(async ({ geometry }) =>
        geometry.evaluate({ design: await geometry.readPackage(pack()), parameters: { length: 400 } }),
      ),
    );
    expect(reports[0]).toEqual(reports[1]);
  });

  it('of the same inputs runs once, however many ask at the same time, and is kept for those who ask later', async () => {
    const { geometry, puts } = open();
    const design = await geometry.readPackage(pack());
    const reports = await Promise.all([1, 2, 3, 4].map(() => geometry.evaluate({ design, parameters: {} })));
    expect(new Set(reports).size).toBe(1);
    expect(await geometry.evaluate({ design, parameters: { length: 300 } })).toEqual(reports[0]);
    expect(puts()).toBe(1);
  });

  it('with a value out of range, or of a part larger than its sheet, is refused', async () => {
    const { geometry } = open();
    const design = await geometry.readPackage(pack());
    await expect(geometry.evaluate({ design, parameters: { length: 99 } })).rejects.toMatchObject({
      code: 'parameter.out-of-range',
    });
    await expect(geometry.evaluate({ design, parameters: { length: 4000 } })).rejects.toMatchObject({
      kind: 'cannot-be-made',
      code: 'design.does-not-fit-sheet',
    });
  });

  it.each([
    ['a name that no part has', "'board:1'", "'lid'", 'design.part-unknown'],
    [
      'copies that differ',
      'transforms.rotateX(Math.PI / 2, board)',
      'primitives.cuboid({ size: [50, 60, 18] })',
      'design.copies-differ',
    ],
    ['a script that hangs', 'const board =', 'for (;;) {} const board =', 'design.too-slow'],
  ])('of a design with %s is refused, and the next one works', async (_what, from, to, code) => {
    const { geometry } = open();
    const bad = await geometry.readPackage(pack(SCRIPT.replace(from, to)));
    await expect(geometry.evaluate({ design: bad, parameters: {} })).rejects.toMatchObject({
      kind: 'bad-input',
      code,
    });
    const design = await geometry.readPackage(pack());
    await expect(geometry.evaluate({ design, parameters: {} })).resolves.toMatchObject({ sheets: 1 });
  });

  it('of a script that hangs while it tells its parameters is refused before it is published', async () => {
    const { geometry } = open();
    await expect(geometry.readPackage(pack('for (;;) {}'))).rejects.toMatchObject({
      code: 'design.too-slow',
    });
  });

  it('that waits when the server stops is refused', async () => {
    const { geometry } = open();
    const reading = geometry.readPackage(pack());
    await Promise.all([expect(reading).rejects.toMatchObject({ kind: 'unavailable' }), geometry.close()]);
  });
});
