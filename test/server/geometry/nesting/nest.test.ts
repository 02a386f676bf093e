import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Contour, type Point, SheetLayout, type SheetStock } from '#contract/sheet-layout.ts';
import { type NestRequest, nestSheets } from '../../../../server/geometry/nesting/nest.ts';
import { angle, areaOf, part, polygon, rectangle, tabbed } from './shapes.ts';

const STOCK: SheetStock = { material: 'plywood', lengthMm: 2440, widthMm: 1220, thicknessMm: 18 };

function request(parts: NestRequest['parts'], more: Partial<NestRequest> = {}): NestRequest {
  return {
    parts,
    stock: STOCK,
    gapMm: 8,
    marginMm: 15,
    rotationsDeg: [0, 90, 180, 270],
    seed: 1,
    evaluations: 1,
    ...more,
  };
}

/** Least distance between two outlines by brute force over all edges; negative where they cross or one holds the other. */
function clearance(a: Contour, b: Contour): number {
  if (holds(a, b[0] as Point) || holds(b, a[0] as Point)) return -1;
  let least = Infinity;
  for (const [p, q] of edgesOf(a)) {
    for (const [r, s] of edgesOf(b)) {
      if (orientation(p, q, r) * orientation(p, q, s) < 0 && orientation(r, s, p) * orientation(r, s, q) < 0)
        return -1;
      for (const [point, from, to] of [
        [p, r, s],
        [q, r, s],
        [r, p, q],
        [s, p, q],
      ] as const) {
        least = Math.min(least, toSegment(point, from, to));
      }
    }
  }
  return least;
}

function edgesOf(contour: Contour): [Point, Point][] {
  return contour.map((point, index) => [point, contour[(index + 1) % contour.length] as Point]);
}

function orientation(a: Point, b: Point, c: Point): number {
  return Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));
}

function toSegment(point: Point, from: Point, to: Point): number {
  const run = [to[0] - from[0], to[1] - from[1]] as const;
  const t = ((point[0] - from[0]) * run[0] + (point[1] - from[1]) * run[1]) / (run[0] ** 2 + run[1] ** 2);
  const clamped = Math.max(0, Math.min(1, t));
  return Math.hypot(from[0] + clamped * run[0] - point[0], from[1] + clamped * run[1] - point[1]);
}

/** Winding number, not the crossing parity that the nester uses. */
function holds(contour: Contour, point: Point): boolean {
  let turns = 0;
  for (const [a, b] of edgesOf(contour)) {
    const from = Math.atan2(a[1] - point[1], a[0] - point[0]);
    let turn = Math.atan2(b[1] - point[1], b[0] - point[0]) - from;
    if (turn > Math.PI) turn -= 2 * Math.PI;
    if (turn < -Math.PI) turn += 2 * Math.PI;
    turns += turn;
  }
  return Math.abs(turns) > Math.PI;
}

function faults(nesting: ReturnType<typeof nestSheets>, of: NestRequest): string[] {
  const found: string[] = [];
  for (const [number, sheet] of nesting.sheets.entries()) {
    for (const [index, { part: one }] of sheet.placed.entries()) {
      const { gapMm, marginMm, stock } = of;
      for (const [x, y] of one.outline) {
        const room = Math.min(x, y, stock.lengthMm - x, stock.widthMm - y);
        if (room < marginMm - 0.001) found.push(`sheet ${number}: ${one.partId} is ${room} mm from the edge`);
      }
      for (const { part: other } of sheet.placed.slice(index + 1)) {
        const apart = clearance(one.outline, other.outline);
        if (apart < gapMm - 0.0011)
          found.push(`sheet ${number}: ${one.partId} and ${other.partId} ${apart} mm apart`);
      }
    }
  }
  return found;
}

/** Star-shaped polygons with deep notches, thin bars, tabbed panels, discs and angles. */
const anyOutline: fc.Arbitrary<Contour> = fc.oneof(
  fc
    .array(fc.tuple(fc.double({ min: 20, max: 160, noNaN: true })), { minLength: 5, maxLength: 12 })
    .map((radii) =>
      radii.map(([radius], index): Point => {
        const at = (2 * Math.PI * index) / radii.length;
        return [radius * Math.cos(at), radius * Math.sin(at)];
      }),
    ),
  fc
    .tuple(fc.integer({ min: 20, max: 600 }), fc.integer({ min: 15, max: 300 }))
    .map(([w, h]) => rectangle(-7, 3, w, h)),
  fc
    .tuple(fc.integer({ min: 120, max: 400 }), fc.integer({ min: 1, max: 3 }))
    .map(([w, n]) => tabbed(w, w / 2, n, 18)),
  fc
    .tuple(fc.integer({ min: 60, max: 300 }), fc.integer({ min: 20, max: 55 }))
    .map(([long, arm]) => angle(long, arm)),
  fc.integer({ min: 10, max: 120 }).map((radius) => polygon(0, 0, radius, 24)),
);

test('in any nesting the parts keep gap and margin, and each copy is placed once or its part is listed', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ outline: anyOutline, quantity: fc.integer({ min: 1, max: 4 }) }), {
        minLength: 1,
        maxLength: 5,
      }),
      fc.constantFrom([0], [0, 180], [0, 90, 180, 270], [0, 45, 90, 200]),
      fc.constantFrom(0, 6, 8.5),
      fc.integer({ min: 0, max: 1_000 }),
      (kinds, rotationsDeg, gapMm, seed) => {
        const asked = request(
          kinds.map(({ outline, quantity }, index) => ({ part: part(`p${index}`, outline), quantity })),
          {
            stock: { ...STOCK, lengthMm: 800, widthMm: 500 },
            rotationsDeg,
            gapMm,
            marginMm: 10,
            seed,
            evaluations: 3,
          },
        );
        const nesting = nestSheets(asked);
        expect(faults(nesting, asked)).toEqual([]);
        const placed = nesting.sheets.flatMap((sheet) => sheet.placed);
        for (const { part: kind, quantity } of asked.parts) {
          const copies = placed.filter(({ part: one }) => one.partId === kind.partId).map(({ copy }) => copy);
          const isListed = nesting.unplaced.some(({ partId }) => partId === kind.partId);
          const expected = isListed ? [] : Array.from({ length: quantity }, (_, index) => index + 1);
          expect(copies.sort((a, b) => a - b)).toEqual(expected);
        }
        for (const { rotationDeg } of placed) expect(rotationsDeg).toContain(rotationDeg);
      },
    ),
    { numRuns: 120, seed: 20_260_101 },
  );
});

test('the same request gives the same layout, and another seed may not break it', () => {
  const parts = [
    { part: part('side', tabbed(900, 300, 3, 18)), quantity: 4 },
    { part: part('angle', angle(400, 90)), quantity: 7 },
    { part: part('disc', polygon(0, 0, 110, 48)), quantity: 6 },
    { part: part('panel', rectangle(0, 0, 620, 480)), quantity: 5 },
  ];
  const first = nestSheets(request(parts, { evaluations: 12 }));
  expect(nestSheets(request(parts, { evaluations: 12 }))).toEqual(first);
  const other = request(parts, { evaluations: 12, seed: 99 });
  expect(faults(nestSheets(other), other)).toEqual([]);
});

test('angles lie inside each other instead of box beside box', () => {
  const parts = [{ part: part('angle', angle(500, 100)), quantity: 24 }];
  const asked = request(parts, { evaluations: 6 });
  const nesting = nestSheets(asked);
  const perBoxedSheet = Math.floor((2410 + 8) / 508) * Math.floor((1190 + 8) / 508);
  expect(nesting.sheets.length).toBeLessThan(Math.ceil(24 / perBoxedSheet));
  expect(nesting.sheets[0]?.placed.length).toBeGreaterThan(perBoxedSheet * 1.15);
});

test('a longer search never needs more sheets', () => {
  const parts = [
    { part: part('bar', rectangle(0, 0, 1100, 140)), quantity: 9 },
    { part: part('angle', angle(450, 120)), quantity: 9 },
    { part: part('disc', polygon(0, 0, 160, 32)), quantity: 6 },
  ];
  const counts = [1, 5, 20].map((evaluations) => nestSheets(request(parts, { evaluations })).sheets.length);
  expect(counts).toEqual([...counts].sort((a, b) => b - a));
});

test('a part larger than the sheet is listed once with the millimetres that are missing, and the rest is placed', () => {
  const asked = request([
    { part: part('beam', rectangle(0, 0, 2490, 100)), quantity: 3 },
    { part: part('shelf', rectangle(0, 0, 400, 300)), quantity: 2 },
    { part: part('door', rectangle(0, 0, 1300, 1300)), quantity: 1 },
  ]);
  const { sheets, unplaced } = nestSheets(asked);
  expect(unplaced.map(({ partId }) => partId)).toEqual(['beam', 'door']);
  expect(unplaced[0]?.reason).toContain('80 mm too long for the sheet of 2440 × 1220 mm');
  expect(unplaced[1]?.reason).toContain('110 mm too wide');
  expect(sheets.flatMap(({ placed }) => placed.map(({ part: one }) => one.partId))).toEqual([
    'shelf',
    'shelf',
  ]);
});

test('a part as large as the sheet without its margin is placed', () => {
  const { sheets, unplaced } = nestSheets(
    request([{ part: part('whole', rectangle(0, 0, 1190, 2410)), quantity: 2 }]),
  );
  expect(unplaced).toEqual([]);
  expect(sheets.map(({ placed }) => [placed[0]?.rotationDeg, placed[0]?.offsetMm[1]])).toEqual([
    [90, 15],
    [90, 15],
  ]);
});

test('cutouts and pockets are turned and moved together with their outline, and the layout meets the contract', () => {
  const shelf = part('shelf', rectangle(0, 0, 300, 1500), {
    cutouts: [rectangle(20, 30, 40, 18)],
    pockets: [{ contour: rectangle(100, 200, 60, 90), islands: [polygon(130, 240, 10, 12)], depthMm: 9 }],
  });
  const { sheets } = nestSheets(request([{ part: shelf, quantity: 1 }], { rotationsDeg: [90] }));
  const layout = SheetLayout.parse(sheets[0]);
  const placed = layout.placed[0];
  const [dx, dy] = placed?.offsetMm ?? [0, 0];
  const turned = ([x, y]: Point): Point => [dx - y, dy + x];
  expect(placed?.part.cutouts[0]).toEqual(shelf.cutouts[0]?.map(turned));
  expect(placed?.part.pockets[0]?.contour).toEqual(shelf.pockets[0]?.contour.map(turned));
  const island = placed?.part.pockets[0]?.islands[0] ?? [];
  expect(areaOf(island)).toBeCloseTo(areaOf(shelf.pockets[0]?.islands[0] ?? []), 6);
  const area = (300 * 1500 - 40 * 18) / (2440 * 1220);
  expect(layout.utilisation).toBeCloseTo(area, 9);
});

test('nothing to place gives no sheet', () => {
  expect(nestSheets(request([{ part: part('none', rectangle(0, 0, 10, 10)), quantity: 0 }]))).toEqual({
    sheets: [],
    unplaced: [],
  });
});
