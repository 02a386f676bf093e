import DxfParser from 'dxf-parser';
import { strFromU8, unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import type { SheetPart } from '#contract/sheet-layout.ts';
import { writePartDxf, writeSheetDxf } from '../../../server/geometry/exports/dxf.ts';
import { writeGlb } from '../../../server/geometry/exports/glb.ts';
import { isClosedMesh, type SolidMesh, toSolidMesh } from '../../../server/geometry/exports/solid-mesh.ts';
import { writeStl } from '../../../server/geometry/exports/stl.ts';
import { writeThreeMf } from '../../../server/geometry/exports/three-mf.ts';
import { runDesign, script } from './run-design.ts';

const about = { name: 'cube', partId: 'cube', colour: [1, 0.5, 0, 1] as const };

async function meshOf(body: string, changed: Partial<typeof about> = {}): Promise<SolidMesh> {
  const [first] = await runDesign(script(body));
  if (first === undefined) throw new Error('no solid');
  return toSolidMesh(first.solid, { ...about, ...changed });
}

const plate: SheetPart = {
  partId: 'plate',
  name: 'Plate',
  thicknessMm: 18,
  outline: [
    [0, 0],
    [100, 0],
    [100, 50],
    [0, 50],
  ],
  cutouts: [
    Array.from({ length: 48 }, (_, index) => [
      50 + 8 * Math.cos((-index * Math.PI) / 24),
      25 + 8 * Math.sin((-index * Math.PI) / 24),
    ]),
  ],
  pockets: [
    {
      depthMm: 9,
      islands: [],
      contour: [
        [10, 10],
        [20, 10],
        [20, 40],
        [10, 40],
      ],
    },
  ],
};

function parse(bytes: Uint8Array) {
  const parsed = new DxfParser().parseSync(new TextDecoder().decode(bytes));
  if (parsed === null) throw new Error('not read');
  return parsed;
}

describe('a DXF of a part', () => {
  it('reads back as 100.000 by 50.000 mm, in millimetres, one layer for each operation', () => {
    const { entities, header, tables } = parse(writePartDxf(plate));
    expect(header.$INSUNITS).toBe(4);
    const outline = entities.find(({ layer }) => layer === '4_ANYTOOL_CUTTHROUGH_OUTSIDE');
    const vertices = outline && 'vertices' in outline ? (outline.vertices as { x: number; y: number }[]) : [];
    expect(Math.max(...vertices.map(({ x }) => x)) - Math.min(...vertices.map(({ x }) => x))).toBeCloseTo(
      100,
      3,
    );
    expect(Math.max(...vertices.map(({ y }) => y)) - Math.min(...vertices.map(({ y }) => y))).toBeCloseTo(
      50,
      3,
    );
    expect(Object.keys(tables.layer.layers).sort()).toEqual([
      '0',
      '3_ANYTOOL_CUTTHROUGH_INSIDE',
      '4_ANYTOOL_CUTTHROUGH_OUTSIDE',
      '5_ANYTOOL_9MMDEEP_INSIDE',
      'DONOTCUT',
    ]);
  });

  it('has a hole of 48 corners as one true circle', () => {
    const circle = parse(writePartDxf(plate)).entities.find(({ type }) => type === 'CIRCLE');
    expect(circle).toMatchObject({ layer: '3_ANYTOOL_CUTTHROUGH_INSIDE', radius: 8 });
  });

  it('has round corners as arcs with the bulge of a quarter circle', () => {
    const quarter = (cx: number, cy: number, from: number) =>
      Array.from({ length: 9 }, (_, index): [number, number] => {
        const angle = from + (index * Math.PI) / 16;
        return [cx + 10 * Math.cos(angle), cy + 10 * Math.sin(angle)];
      });
    const outline = [
      ...quarter(90, 40, 0),
      ...quarter(10, 40, Math.PI / 2),
      ...quarter(10, 10, Math.PI),
      ...quarter(90, 10, 1.5 * Math.PI),
    ];
    const entity = parse(writePartDxf({ ...plate, outline })).entities.find(({ layer }) =>
      layer.startsWith('4_'),
    );
    const bulges =
      entity && 'vertices' in entity
        ? (entity.vertices as { bulge?: number }[]).map(({ bulge }) => bulge ?? 0)
        : [];
    expect(bulges.filter((bulge) => bulge !== 0)).toHaveLength(4);
    for (const bulge of bulges.filter((one) => one !== 0))
      expect(bulge).toBeCloseTo(Math.tan(Math.PI / 8), 4);
  });

  it('lets no name of a part or a material carry group codes', () => {
    const evil = 'X\r\n  0\r\nLINE\r\n  8\r\nHACK';
    const layout = {
      v: 1 as const,
      sheet: { material: evil, lengthMm: 2440, widthMm: 1220, thicknessMm: 18 },
      gapMm: 10,
      marginMm: 10,
      placed: [
        { part: { ...plate, partId: evil }, copy: 1, rotationDeg: 0, offsetMm: [0, 0] as [number, number] },
      ],
      utilisation: 0.1,
    };
    const { entities, tables } = parse(writeSheetDxf(layout));
    expect(entities.some(({ type }) => type === 'LINE')).toBe(false);
    expect(Object.keys(tables.layer.layers).every((name) => /^[\w.$-]+$/.test(name))).toBe(true);
  });
});

describe('a mesh', () => {
  it.each([
    [
      'of coplanar unions',
      'return union(cuboid(), translate([2, 0, 0], cuboid()), translate([0, 2, 0], cuboid()))',
    ],
    [
      'of tangent cylinders',
      'return union(cylinder({ height: 4 }), translate([1.9999, 0, 0], cylinder({ height: 4 })))',
    ],
    [
      'of a lattice of spheres taken from a box',
      'const list = []; for (let x = 0; x < 3; x++) for (let y = 0; y < 4; y++) for (let z = 0; z < 5; z++) list.push(translate([x * 4, y * 4, z * 4], sphere({ radius: 2.3, segments: 12 }))); return subtract(cuboid({ size: [12, 12, 12] }), ...list)',
    ],
  ])('%s is closed', async (_what, body) => {
    expect(isClosedMesh(await meshOf(body))).toBe(true);
  });

  it('with a triangle missing is not closed', async () => {
    const mesh = await meshOf('return cuboid()');
    expect(isClosedMesh({ triangles: mesh.triangles.slice(3) })).toBe(false);
  });
});

describe('a binary STL', () => {
  it('of a cube of 40 mm has true normals and bytes above 127, so that no reader takes it for text', async () => {
    const bytes = writeStl([await meshOf('return cuboid({ size: [40, 40, 40] })')]);
    const view = new DataView(bytes.buffer);
    expect(view.getUint32(80, true)).toBe(12);
    expect(bytes.length).toBe(84 + 12 * 50);
    for (let triangle = 0; triangle < 12; triangle += 1) {
      const normal = [0, 4, 8].map((offset) => view.getFloat32(84 + 50 * triangle + offset, true));
      expect(Math.hypot(...normal)).toBeCloseTo(1, 6);
    }
    expect(bytes.subarray(84).some((byte) => byte > 127)).toBe(true);
    expect(new TextDecoder().decode(bytes.subarray(0, 5))).not.toBe('solid');
  });
});

describe('a 3MF', () => {
  it('reads back with names, millimetres and the same volume', async () => {
    const bytes = writeThreeMf([
      await meshOf('return subtract(cuboid({ size: [40, 40, 40] }), cylinder({ radius: 5, height: 50 }))'),
    ]);
    const model = strFromU8(unzipSync(bytes)['3D/3dmodel.model'] ?? new Uint8Array());
    expect(model).toContain('unit="millimeter"');
    const vertices = [...model.matchAll(/<vertex x="([^"]+)" y="([^"]+)" z="([^"]+)"/g)].map((match) =>
      match.slice(1).map(Number),
    );
    const triangles = [...model.matchAll(/<triangle v1="(\d+)" v2="(\d+)" v3="(\d+)"/g)].map((match) =>
      match.slice(1).map(Number),
    );
    const volume = triangles.reduce((sum, corners) => {
      const [[ax = 0, ay = 0, az = 0] = [], [bx = 0, by = 0, bz = 0] = [], [cx = 0, cy = 0, cz = 0] = []] =
        corners.map((corner) => vertices[corner] ?? []);
      return sum + (ax * (by * cz - bz * cy) - ay * (bx * cz - bz * cx) + az * (bx * cy - by * cx)) / 6;
    }, 0);
    const circle = 0.5 * 32 * Math.sin((2 * Math.PI) / 32) * 25;
    expect(volume / (64_000 - 40 * circle)).toBeCloseTo(1, 4);
  });

  it('escapes names', async () => {
    const bytes = writeThreeMf([await meshOf('return cuboid()', { name: '"/><object id="9"/><x y="&' })]);
    const model = strFromU8(unzipSync(bytes)['3D/3dmodel.model'] ?? new Uint8Array());
    expect(model.match(/<object /g)).toHaveLength(1);
    expect(model).toContain('&quot;/&gt;&lt;object id=&quot;9&quot;/&gt;');
  });

  it('of the same mesh has the same bytes', async () => {
    const mesh = await meshOf('return cuboid()');
    expect(Buffer.compare(writeThreeMf([mesh]), writeThreeMf([mesh]))).toBe(0);
  });
});

describe('a GLB', () => {
  it('is in metres with Y upwards and says which part a node is', async () => {
    const bytes = writeGlb([await meshOf('return cuboid({ size: [1000, 2000, 3000] })', { partId: 'box' })]);
    const view = new DataView(bytes.buffer);
    expect([view.getUint32(0, true), view.getUint32(4, true), view.getUint32(8, true)]).toEqual([
      0x46546c67,
      2,
      bytes.length,
    ]);
    const json: unknown = JSON.parse(
      new TextDecoder().decode(bytes.subarray(20, 20 + view.getUint32(12, true))),
    );
    expect(json).toMatchObject({
      nodes: [{ name: 'cube', extras: { partId: 'box' } }],
      accessors: [{ min: [-0.5, -1.5, -1], max: [0.5, 1.5, 1], count: 24 }, { count: 24 }, { count: 36 }],
    });
  });

  it('keeps the numbers of copies once, each copy with a node at its own place', async () => {
    const bodies = [
      'return cuboid({ size: [30, 20, 10] })',
      'return translate([0, 50, 7], rotate([0, 0, Math.PI / 2], cuboid({ size: [30, 20, 10] })))',
      'return rotate([0, 0, 0.3], cuboid({ size: [30, 20, 10] }))',
    ];
    const meshes = await Promise.all(bodies.map((body, index) => meshOf(body, { name: `copy:${index}` })));
    const bytes = writeGlb(meshes);
    const size = new DataView(bytes.buffer).getUint32(12, true);
    const json: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(20, 20 + size)));
    const half = expect.closeTo(Math.SQRT1_2, 9);
    expect(json).toMatchObject({
      nodes: [
        { name: 'copy:0', mesh: 0 },
        { name: 'copy:1', mesh: 0, translation: [0, 0.007, -0.05], rotation: [0, half, 0, half] },
        { name: 'copy:2', mesh: 1 },
      ],
      meshes: [{ name: 'copy:0' }, { name: 'copy:2' }],
    });
  });
});
