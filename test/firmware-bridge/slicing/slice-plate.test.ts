import { Clipper, FillRule } from 'clipper2-ts';
import type { Manifold, ManifoldToplevel } from 'manifold-3d';
import { beforeAll, describe, expect, test } from 'vitest';
import { lineWidth } from '../../../firmware-bridge/slicing/plan-layers.ts';
import { PlateRefused } from '../../../firmware-bridge/slicing/plate-refused.ts';
import type { PrintProgram } from '../../../firmware-bridge/slicing/printer.ts';
import { slicePlate } from '../../../firmware-bridge/slicing/slice-plate.ts';
import { solidKernel } from '../../../firmware-bridge/slicing/solid-kernel.ts';
import { cube, modelXml, objectXml, PRINTER, plateOf, zipModel } from './plates.ts';

let kernel: ManifoldToplevel;
beforeAll(async () => {
  kernel = await solidKernel();
});

type Line = { x0: number; y0: number; x1: number; y1: number; z: number; e: number; feed: number };

/** Reads a program on its own: absolute places and absolute E with G92, no arcs. */
function extrusionsOf({ lines }: PrintProgram): { extruded: Line[]; travelled: Line[]; pushedMm: number } {
  const at = { X: 0, Y: 0, Z: 0, E: 0, F: 0 };
  const [extruded, travelled]: [Line[], Line[]] = [[], []];
  let pushedMm = 0;
  for (const line of lines) {
    const words = [...line.replace(/;.*/, '').matchAll(/([A-Z])(-?[0-9.]+)/g)].map(
      ([, l, n]) => [l, Number(n)] as const,
    );
    const code = words.find(([letter]) => letter === 'G')?.[1];
    const given = Object.fromEntries(words.filter(([letter]) => letter !== 'G' && letter !== 'M'));
    if (code === 92) Object.assign(at, given);
    if (code !== 0 && code !== 1) continue;
    const before = { ...at };
    Object.assign(at, given);
    const e = at.E - before.E;
    pushedMm += e;
    const step = { x0: before.X, y0: before.Y, x1: at.X, y1: at.Y, z: at.Z, e, feed: at.F };
    if (step.x0 === step.x1 && step.y0 === step.y1) continue;
    if (e > 0) extruded.push(step);
    else travelled.push(step);
  }
  return { extruded, travelled, pushedMm };
}

function bracket(): Manifold {
  const body = kernel.Manifold.cube([60, 40, 30]).subtract(
    kernel.Manifold.cube([60, 40, 40]).translate(6, -6, 6),
  );
  return body.subtract(kernel.Manifold.cylinder(20, 4, 4, 32).translate(40, 20, -5)).translate(70, 80, 0);
}

describe('a cube of 20 mm', () => {
  let program: PrintProgram;
  beforeAll(async () => {
    program = await slicePlate(plateOf(cube(kernel, [20, 20, 20])), PRINTER);
  });

  test('has a layer every 0.2 mm, the first at that height and the last at its top', () => {
    const heights = [...new Set(extrusionsOf(program).extruded.map(({ z }) => z))];
    expect(program.layers).toBe(100);
    expect(heights).toHaveLength(100);
    expect([heights[0], heights.at(-1)]).toEqual([0.2, 20]);
    expect(program.lines.filter((line) => line.startsWith(';LAYER:'))).toHaveLength(100);
  });

  test('is extruded within its outline but for the skirt, and its outer wall has its exact size', () => {
    const half = lineWidth(PRINTER).widthMm / 2;
    const { extruded } = extrusionsOf(program);
    const above = extruded.filter(({ z }) => z > 0.3);
    const xs = above.flatMap(({ x0, x1 }) => [x0, x1]);
    const ys = above.flatMap(({ y0, y1 }) => [y0, y1]);
    expect(Math.min(...xs) - half).toBeCloseTo(50, 2);
    expect(Math.max(...xs) + half).toBeCloseTo(70, 2);
    expect(Math.min(...ys) - half).toBeCloseTo(50, 2);
    expect(Math.max(...ys) + half).toBeCloseTo(70, 2);
    const skirt = extruded.filter(({ z, x0, y0 }) => z < 0.3 && (x0 < 50 || x0 > 70 || y0 < 50 || y0 > 70));
    expect(skirt.length).toBeGreaterThan(8);
  });

  test('takes the filament that its lines say, between a fifth and all of its volume', () => {
    const { extruded, pushedMm } = extrusionsOf(program);
    const sum = extruded.reduce((total, { e }) => total + e, 0);
    expect(sum / program.filamentMm).toBeCloseTo(1, 3);
    expect(pushedMm).toBeCloseTo(program.filamentMm - PRINTER.retractionMm, 1);
    const volume = program.filamentMm * Math.PI * (1.75 / 2) ** 2;
    expect(volume).toBeGreaterThan(8000 * 0.25);
    expect(volume).toBeLessThan(8000 * 0.45);
    expect(program.filamentMg).toBeCloseTo(volume * 1.24, 3);
  });

  test('has solid skins of three layers and a fifth of fill between', () => {
    const { extruded } = extrusionsOf(program);
    const inLayer = (z: number): number =>
      extruded.filter((line) => Math.abs(line.z - z) < 1e-6).reduce((sum, { e }) => sum + e, 0);
    const solid = (20 * 20 * 0.2) / (Math.PI * (1.75 / 2) ** 2);
    for (const z of [0.4, 0.6, 19.6, 19.8, 20]) expect(inLayer(z) / solid).toBeCloseTo(1, 1);
    const middle = [10, 10.2].map(inLayer);
    for (const amount of middle) expect(amount / solid).toBeLessThan(0.35);
    const directions = [10, 10.2].map((z) => {
      const sparse = extruded.filter(
        (line) => Math.abs(line.z - z) < 1e-6 && line.x0 !== line.x1 && line.y0 !== line.y1,
      );
      return Math.sign(
        ((sparse[0]?.y1 ?? 0) - (sparse[0]?.y0 ?? 0)) / ((sparse[0]?.x1 ?? 0) - (sparse[0]?.x0 ?? 0)),
      );
    });
    expect(directions[0]).toBe(-(directions[1] ?? 0));
  });

  test('is heated before it is homed and printed, cooled at the end, and slower at first', () => {
    const { lines } = program;
    const order = ['M190 S60', 'M109 S210', 'G28'].map((line) => lines.indexOf(line));
    expect(order.every((index) => index >= 0)).toBe(true);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(lines.findIndex((line) => / E0*\.?[1-9]/.test(line))).toBeGreaterThan(order[2] ?? 0);
    expect(lines.slice(-4)).toEqual(['M107', 'M104 S0', 'M140 S0', 'M84']);
    const { extruded } = extrusionsOf(program);
    expect(new Set(extruded.filter(({ z }) => z < 0.3).map(({ feed }) => feed))).toEqual(new Set([1200]));
    expect(Math.max(...extruded.map(({ feed }) => feed))).toBe(3000);
    expect(program.estimatedSeconds).toBeGreaterThan(600);
  });

  test('travels far only with its filament pulled back', () => {
    let isRetracted = false;
    let [x, y] = [0, 0];
    for (const line of program.lines) {
      const e = /^G1 E(-?[0-9.]+)/.exec(line);
      if (e !== null) isRetracted = !isRetracted;
      const place = /^G[01] X([0-9.]+) Y([0-9.]+)/.exec(line);
      if (place === null) continue;
      const [nextX, nextY] = [Number(place[1]), Number(place[2])];
      const far = line.startsWith('G0') && Math.hypot(nextX - x, nextY - y) > 1.6;
      if (far) expect([line, isRetracted]).toEqual([line, true]);
      if (line.startsWith('G1')) expect(isRetracted).toBe(false);
      [x, y] = [nextX, nextY];
    }
    for (const line of program.lines) expect(line.length).toBeLessThanOrEqual(80);
  });
});

test('a part with a hole and an overhang is extruded inside its own slices, layer by layer', async () => {
  const solid = bracket();
  const program = await slicePlate(plateOf(solid), PRINTER);
  const half = lineWidth(PRINTER).widthMm / 2;
  const { extruded } = extrusionsOf(program);
  for (const z of [1, 3.2, 6.2, 15, 29.8]) {
    const slice = solid.slice(z - 0.1);
    const outline = slice.toPolygons().map((loop) => loop.map(([x, y]) => ({ x, y })));
    const lines = extruded
      .filter((line) => Math.abs(line.z - z) < 1e-6)
      .map(({ x0, y0, x1, y1 }) => [
        { x: x0, y: y0 },
        { x: x1, y: y1 },
      ]);
    const swept = Clipper.inflatePathsD(lines, half - 0.01, 3, 4, 2, 3, 0.01);
    const beyond = Clipper.differenceD(
      swept,
      Clipper.inflatePathsD(outline, 0.05, 0, 0, 2, 3),
      FillRule.NonZero,
      3,
    );
    expect(Clipper.areaPathsD(beyond)).toBeLessThan(0.5);
    const missed = Clipper.differenceD(
      outline,
      Clipper.inflatePathsD(lines, half + 0.05, 3, 4, 2, 3, 0.01),
      FillRule.NonZero,
      3,
    );
    if (z === 1 || z === 6.2) continue;
    expect(Clipper.areaPathsD(missed)).toBeLessThan(slice.area());
    slice.delete();
  }
  solid.delete();
});

test('several parts are printed where the plate puts them, and units and places of the 3MF are obeyed', async () => {
  const unit = cube(kernel, [1, 1, 0.5], [0, 0, 0]);
  const xml = modelXml(
    `${objectXml(1, unit)}<object id="7" type="model"><components><component objectid="1" transform="1 0 0 0 1 0 0 0 1 1 2 0"/></components></object>`,
    '<item objectid="1" transform="2 0 0 0 1 0 0 0 1 4 4 0"/><item objectid="7" transform="0 1 0 -1 0 0 0 0 1 12 3 0"/>',
    'centimeter',
  );
  const program = await slicePlate(zipModel(xml), PRINTER);
  const { extruded } = extrusionsOf(program);
  const half = lineWidth(PRINTER).widthMm / 2;
  const boxOf = (lines: Line[]): number[] =>
    [
      Math.min(...lines.map(({ x0 }) => x0)) - half,
      Math.min(...lines.map(({ y0 }) => y0)) - half,
      Math.max(...lines.map(({ x0 }) => x0)) + half,
      Math.max(...lines.map(({ y0 }) => y0)) + half,
    ].map((value) => Math.round(value * 100) / 100);
  const upper = extruded.filter(({ z }) => z > 2);
  expect(program.layers).toBe(25);
  expect(boxOf(upper.filter(({ x0 }) => x0 < 80))).toEqual([40, 40, 60, 50]);
  expect(boxOf(upper.filter(({ x0 }) => x0 > 80))).toEqual([90, 40, 100, 50]);
  unit.delete();
});

test('a plate that lies beside the bed is moved onto it', async () => {
  const program = await slicePlate(plateOf(cube(kernel, [20, 20, 2], [-500, 900, 33])), PRINTER);
  const xs = extrusionsOf(program)
    .extruded.filter(({ z }) => z > 0.3)
    .flatMap(({ x0, x1 }) => [x0, x1]);
  expect((Math.min(...xs) + Math.max(...xs)) / 2).toBeCloseTo(110, 2);
  expect(program.layers).toBe(10);
});

test('the same plate gives the same program', async () => {
  const plate = plateOf(bracket());
  expect((await slicePlate(plate, PRINTER)).lines).toEqual((await slicePlate(plate, PRINTER)).lines);
});

async function refusalOf(plate: Uint8Array, printer = PRINTER): Promise<PlateRefused> {
  const error = await slicePlate(plate, printer).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PlateRefused);
  return error as PlateRefused;
}

test('a plate larger than the bed is refused with the missing millimetres', async () => {
  const refusal = await refusalOf(plateOf(cube(kernel, [232.5, 20, 261], [0, 0, 0])));
  expect(refusal.code).toBe('too-large');
  expect(refusal.message).toContain(
    "12.5 mm too long and 11 mm too high for the printer's 220 × 220 × 250 mm",
  );
  expect(refusal.details.missingXMm).toBeCloseTo(12.5, 4);
});

test('a wall thinner than a line is refused with its height', async () => {
  const solid = cube(kernel, [20, 20, 2]).add(kernel.Manifold.cube([20, 0.3, 5]).translate(50, 60, 2));
  const refusal = await refusalOf(plateOf(solid));
  expect([refusal.code, refusal.details.zMm]).toEqual(['wall-too-thin', 2.2]);
});

test('what is not a 3MF, or not a closed solid, is refused with a sentence', async () => {
  const good = objectXml(1, cube(kernel, [10, 10, 10]));
  const item = '<item objectid="1"/>';
  const cases: [Uint8Array, string][] = [
    [new Uint8Array([1, 2, 3]), 'not-a-3mf'],
    [new Uint8Array(), 'not-a-3mf'],
    [plateOf(cube(kernel, [10, 10, 10])).slice(0, 300), 'not-a-3mf'],
    [zipModel(modelXml(good, '')), 'not-a-3mf'],
    [zipModel(modelXml(good, '<item objectid="9"/>')), 'not-a-3mf'],
    [zipModel(modelXml(good, item, 'furlong')), 'not-a-3mf'],
    [zipModel(modelXml(good, '<item objectid="1" transform="1 0 0"/>')), 'not-a-3mf'],
    [zipModel(`<!DOCTYPE x [<!ENTITY a "b">]>${modelXml(good, item)}`), 'not-a-3mf'],
    [
      zipModel(modelXml('<object id="1"><components><component objectid="1"/></components></object>', item)),
      'not-a-3mf',
    ],
    [zipModel(modelXml(good.replace(/x="[^"]*"/, ''), item)), 'not-a-3mf'],
    [zipModel(modelXml(good.replace(/v1="\d+"/, 'v1="99"'), item)), 'mesh-broken'],
    [zipModel(modelXml(good.replace(/<triangle [^>]*>/, ''), item)), 'mesh-broken'],
  ];
  for (const [plate, code] of cases) {
    const refusal = await refusalOf(plate);
    expect([refusal.code, refusal.message.length > 20]).toEqual([code, true]);
  }
});

test('settings that would harm the printer or cannot work are refused', async () => {
  const plate = plateOf(cube(kernel, [10, 10, 10]));
  for (const wrong of [
    { nozzleC: 2100 },
    { bedC: 600 },
    { nozzleC: Number.NaN },
    { layerHeightMm: 0.5 },
    { printMmPerMin: 0 },
  ]) {
    expect((await refusalOf(plate, { ...PRINTER, ...wrong })).code).toBe('printer-impossible');
  }
});
