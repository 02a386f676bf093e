import { Clipper, EndType, FillRule, JoinType, type PathsD } from 'clipper2-ts';
import { expect, test } from 'vitest';
import type { Contour, Point, SheetLayout } from '#contract/sheet-layout.ts';
import type { Cutter } from '../../../firmware-bridge/toolpath/cutter.ts';
import { makeCutProgram } from '../../../firmware-bridge/toolpath/make-cut-program.ts';
import { angle, areaOf, part, polygon, rectangle } from '../../server/geometry/nesting/shapes.ts';
import { CUTTER, type Cut, layoutOf, movesOf, pointsOf, workshopSheet } from './sheets.ts';

const R = CUTTER.diameterMm / 2;
const program = makeCutProgram(workshopSheet(), CUTTER);
const moves = movesOf(program.lines);

function toPath(contour: readonly Point[]): { x: number; y: number }[] {
  return contour.map(([x, y]) => ({ x, y }));
}

function outward(contour: Contour): { x: number; y: number }[] {
  return toPath(areaOf(contour) > 0 ? contour : [...contour].reverse());
}

/** Area swept by the cutter at or below a depth. */
function sweptBelow(cuts: readonly Cut[], z: number, radiusMm = R): PathsD {
  const paths = cuts
    .filter(({ rapid, from, to }) => !rapid && Math.max(from[2], to[2]) <= z + 1e-3)
    .map((cut) => toPath(pointsOf(cut)));
  return Clipper.inflatePathsD(paths, radiusMm, JoinType.Round, EndType.Round, 2, 4, 0.002);
}

function areaOfPaths(paths: PathsD): number {
  return Clipper.areaPathsD(paths);
}

function thickerThan(paths: PathsD, mm: number): PathsD {
  return Clipper.inflatePathsD(paths, -mm / 2, JoinType.Miter, EndType.Polygon, 2, 4);
}

/** What a dogbone at each of these corners may take away: a cutter-wide stadium from the path to the corner. */
function bones(corners: readonly Point[], towards: readonly Point[], radiusMm = R): PathsD {
  const ways = corners.map((corner, index) => {
    const [ux, uy] = towards[index] as Point;
    const at = (mm: number): Point => [
      corner[0] + (ux * mm) / Math.SQRT2,
      corner[1] + (uy * mm) / Math.SQRT2,
    ];
    return toPath([at(radiusMm), at(radiusMm * Math.SQRT2)]);
  });
  return Clipper.inflatePathsD(ways, radiusMm, JoinType.Round, EndType.Round, 2, 4, 0.0005);
}

const QUADRANTS: Point[] = [
  [1, 1],
  [-1, 1],
  [-1, -1],
  [1, -1],
];

function single(outline: Contour, more = {}): SheetLayout {
  return layoutOf({ part: part('plate', outline, more), at: [40, 40] });
}

function untabbed(more: Partial<Cutter> = {}): Cutter {
  return { ...CUTTER, tab: null, ...more };
}

test('a sheet with pockets, openings, corners and tabs becomes a program without refusals', () => {
  expect(program.refusals).toEqual([]);
  expect(program.summary).toEqual({
    parts: 3,
    contours: 7,
    pockets: 2,
    relievedCorners: expect.any(Number),
    tabs: expect.any(Number),
  });
  expect(program.summary.relievedCorners).toBe(4 + 4 + 12 + 1);
  expect(program.summary.tabs).toBeGreaterThanOrEqual(10);
  expect(program.estimatedSeconds).toBeGreaterThan((program.lengthMm / CUTTER.feedMmPerMin) * 60);
});

test('header and footer stand around the cuts, and no line is longer than GRBL reads', () => {
  const code = program.lines.filter((line) => !line.startsWith('('));
  expect(code.slice(0, 4)).toEqual(['G21 G90 G17 G94 G54', 'G0 Z10', 'M3 S18000', 'G4 P3']);
  expect(code.slice(-3)).toEqual(['G0 Z10', 'M5', 'M30']);
  for (const line of program.lines) expect(line).toMatch(/^[\x20-\x7e]{1,80}$/);
  for (const line of code) expect(line).not.toMatch(/\d\.\d{5}|e-|[RK]/);
});

test('pockets are cut before openings and openings before outlines', () => {
  const titles = program.lines.flatMap((line) => /^\((pocket|opening|outline)/.exec(line)?.[1] ?? []);
  const rank = titles.map((title) => ['pocket', 'opening', 'outline'].indexOf(title));
  expect(rank).toEqual([...rank].sort((a, b) => a - b));
  expect(titles).toHaveLength(9);
});

test('rapids cross the sheet at the safe height only and never end below the face', () => {
  for (const { rapid, from, to, line } of moves.slice(1)) {
    if (!rapid) continue;
    const crosses = from[0] !== to[0] || from[1] !== to[1];
    if (crosses) expect([line, from[2], to[2]]).toEqual([line, 10, 10]);
    expect(to[2]).toBeGreaterThanOrEqual(0);
  }
});

test('no contour is entered by a straight plunge', () => {
  const plunges = moves.filter(({ rapid, from, to }) => {
    const isStill = from[0] === to[0] && from[1] === to[1];
    return !rapid && isStill && to[2] < from[2] && to[2] < -9 - 1e-9;
  });
  expect(plunges).toEqual([]);
});

test('every descent in the material is at the plunge feed, and everything else at the feed', () => {
  let feed = 0;
  for (const line of program.lines) {
    feed = Number(/F([0-9.]+)/.exec(line)?.[1] ?? feed);
    if (/^G[123].*Z-/.test(line)) expect([600, 2400]).toContain(feed);
  }
  let at = 0;
  let last = 0;
  for (const { from, to, rapid, line } of moves) {
    feed = Number(
      /F([0-9.]+)/.exec(
        program.lines
          .slice(last, line + 1)
          .reverse()
          .join(' '),
      )?.[1] ?? at,
    );
    at = feed;
    last = line + 1;
    if (!rapid && to[2] < from[2] && to[2] < 0) expect([line, feed]).toEqual([line, 600]);
  }
});

test('no level of a contour is cut twice: passes are equal steps and the last one is the full depth', () => {
  const { lines } = makeCutProgram(single(rectangle(0, 0, 200, 120)), untabbed({ passDepthMm: 6 }));
  const levels = movesOf(lines)
    .filter(({ rapid, from, to }) => !rapid && from[2] === to[2])
    .map(({ to }) => to[2]);
  const distinct = [...new Set(levels)];
  expect(distinct).toEqual([-4.575, -9.15, -13.725, -18.3]);
  for (const level of distinct) {
    const lap = movesOf(lines).filter(({ from, to }) => from[2] === level && to[2] === level);
    const length = lap.reduce((sum, cut) => {
      const points = pointsOf(cut);
      return (
        sum +
        points
          .slice(1)
          .reduce(
            (part_, [x, y], i) => part_ + Math.hypot(x - (points[i]?.[0] ?? 0), y - (points[i]?.[1] ?? 0)),
            0,
          )
      );
    }, 0);
    expect(length).toBeCloseTo(2 * (200 + 120) + 2 * Math.PI * R, 2);
  }
});

test('outlines are cut clockwise and openings counter-clockwise when climbing, the other way round when not', () => {
  const sheet = single(rectangle(0, 0, 200, 200), { cutouts: [rectangle(50, 50, 60, 60)] });
  for (const [direction, sign] of [
    ['climb', 1],
    ['conventional', -1],
  ] as const) {
    const { lines } = makeCutProgram(sheet, untabbed({ direction }));
    const start = lines.findIndex((line) => line.startsWith('(outline'));
    const through = movesOf(lines).filter(
      ({ rapid, from, to }) => !rapid && from[2] === -18.3 && to[2] === -18.3,
    );
    const areaFrom = (cuts: Cut[]): number => areaOf(cuts.flatMap((cut) => pointsOf(cut).slice(1)));
    expect(Math.sign(areaFrom(through.filter(({ line }) => line < start)))).toBe(sign);
    expect(Math.sign(areaFrom(through.filter(({ line }) => line > start)))).toBe(-sign);
  }
});

test('what the cutter sweeps is exactly what lies between the parts, and nothing of the parts', () => {
  const opening = rectangle(50, 50, 60, 18.2);
  const sheet = single(angle(240, 80), { cutouts: [opening, polygon(30, 180, 12, 120)] });
  const { lines, refusals } = makeCutProgram(sheet, untabbed());
  expect(refusals).toEqual([]);
  const placed = sheet.placed[0]?.part;
  const outline = placed?.outline ?? [];
  const [slot, hole] = placed?.cutouts ?? [];
  const swept = sweptBelow(movesOf(lines), -18.3);
  const relief = bones([...(slot ?? []), [120, 120]], [...QUADRANTS, [1, 1]]);
  const body = Clipper.differenceD(
    [outward(outline)],
    [outward(slot ?? []), outward(hole ?? []), ...relief],
    FillRule.NonZero,
    4,
  );
  const gouged = Clipper.intersectD(swept, body, FillRule.NonZero, 4);
  expect(thickerThan(gouged, 0.04)).toEqual([]);
  const around = Clipper.inflatePathsD(
    [outward(outline)],
    2 * R,
    JoinType.Round,
    EndType.Polygon,
    2,
    4,
    0.002,
  );
  const wanted = Clipper.differenceD(around, [outward(outline)], FillRule.NonZero, 4);
  const missed = Clipper.differenceD(wanted, swept, FillRule.NonZero, 4);
  expect(thickerThan(missed, 0.02)).toEqual([]);
});

test('a dogbone lets a square corner in: the cutter touches the corner itself, and takes the nominal bit beside it', () => {
  const sheet = single(rectangle(0, 0, 200, 200), { cutouts: [rectangle(50, 50, 60, 18.2)] });
  const { lines, summary } = makeCutProgram(sheet, untabbed());
  expect(summary.relievedCorners).toBe(4);
  const swept = sweptBelow(movesOf(lines), -18.3, R + 0.005);
  const slot = sheet.placed[0]?.part.cutouts[0] ?? [];
  for (const [x, y] of slot) {
    expect(swept.some((path) => Clipper.pointInPolygonD({ x, y }, path) !== 2)).toBe(true);
  }
  const inside = Clipper.intersectD(
    sweptBelow(movesOf(lines), -18.3),
    [toPath(rectangle(70, 70, 120, 60))],
    FillRule.NonZero,
    4,
  );
  const over = Clipper.differenceD(inside, [outward(slot)], FillRule.NonZero, 4);
  expect(areaOfPaths(over) / 4).toBeCloseTo(5.13, 1);
});

test('a corner that the design relieves itself gets no second bone', () => {
  const bone = (x: number, y: number): Contour => polygon(x, y, 3.2, 48);
  const slot = rectangle(50, 50, 60, 18.2);
  const [relieved] = Clipper.unionD(
    [
      toPath(slot),
      ...slot.map(([x, y], i) =>
        toPath(bone(x + 2 * (QUADRANTS[i]?.[0] ?? 0), y + 2 * (QUADRANTS[i]?.[1] ?? 0))),
      ),
    ],
    [],
    FillRule.NonZero,
    4,
  );
  const cutout = (relieved ?? []).map(({ x, y }): Point => [x, y]);
  const { summary, refusals } = makeCutProgram(
    single(rectangle(0, 0, 200, 200), { cutouts: [cutout] }),
    CUTTER,
  );
  expect(refusals).toEqual([]);
  expect(summary.relievedCorners).toBe(0);
});

test('arcs take the place of chords: a hole of 80 chords is a few arcs with I and J', () => {
  const { lines } = makeCutProgram(
    single(rectangle(0, 0, 120, 120), { cutouts: [polygon(60, 60, 15, 80)] }),
    untabbed(),
  );
  const start = lines.findIndex((line) => line.startsWith('(opening'));
  const end = lines.findIndex((line) => line.startsWith('(outline'));
  const hole = lines.slice(start, end);
  const arcs = hole.filter((line) => /^G3 .*I.*J/.test(line));
  expect(arcs.length).toBeGreaterThan(6);
  expect(hole.filter((line) => /^G1 X/.test(line)).length).toBeLessThan(4);
  for (const { arc, from, to } of movesOf(hole)) {
    if (arc === undefined) continue;
    const [a, b] = [from, to].map((end_) => Math.hypot(end_[0] - arc[0], end_[1] - arc[1]));
    expect(Math.abs((a ?? 0) - (b ?? 0))).toBeLessThan(0.002);
    expect(a).toBeCloseTo(12, 1);
  }
});

test('a pocket is cleared to its walls but for the fillets, around its island, and at its own depth', () => {
  const pocket = { contour: rectangle(30, 30, 90, 70), islands: [rectangle(60, 55, 20, 20)], depthMm: 9 };
  const sheet = single(rectangle(0, 0, 150, 130), { pockets: [pocket] });
  const { lines } = makeCutProgram(sheet, untabbed());
  const end = lines.findIndex((line) => line.startsWith('(outline'));
  const cuts = movesOf(lines).filter(({ line }) => line < end);
  expect(Math.min(...cuts.map(({ to }) => to[2]))).toBe(-9);
  const swept = Clipper.unionD(sweptBelow(cuts, -9), [], FillRule.NonZero, 4);
  const placed = sheet.placed[0]?.part.pockets[0];
  const area = Clipper.differenceD(
    [outward(placed?.contour ?? [])],
    [outward(placed?.islands[0] ?? [])],
    FillRule.NonZero,
    4,
  );
  const over = Clipper.differenceD(swept, area, FillRule.NonZero, 4);
  expect(thickerThan(over, 0.01)).toEqual([]);
  const fillets = 4 * (1 - Math.PI / 4) * R * R;
  expect(areaOfPaths(area) - areaOfPaths(swept)).toBeCloseTo(fillets, 1);
});

test('a pocket that ends at the edge of its part is cut past it, so that no fillet stays at the edge', () => {
  const sheet = single(rectangle(0, 0, 150, 130), {
    pockets: [{ contour: rectangle(50, 0, 40, 130), islands: [], depthMm: 9 }],
  });
  const { lines } = makeCutProgram(sheet, untabbed());
  const end = lines.findIndex((line) => line.startsWith('(outline'));
  const swept = sweptBelow(
    movesOf(lines).filter(({ line }) => line < end),
    -9,
  );
  const left = Clipper.differenceD([toPath(rectangle(90, 40, 40, 130))], swept, FillRule.NonZero, 4);
  expect(thickerThan(left, 0.02)).toEqual([]);
});

test('tabs leave bridges of their height and width in every outline, away from its corners', () => {
  const { lines, summary } = makeCutProgram(single(rectangle(0, 0, 300, 200)), CUTTER);
  expect(summary.tabs).toBe(4);
  const top = -(18 - 4);
  const flats = movesOf(lines).filter(({ rapid, from, to }) => !rapid && from[2] === top && to[2] === top);
  const flat = flats.reduce((sum, { from, to }) => sum + Math.hypot(to[0] - from[0], to[1] - from[1]), 0);
  const laps = new Set(
    movesOf(lines)
      .filter(({ from, to }) => from[2] === to[2] && to[2] < top)
      .map(({ to }) => to[2]),
  ).size;
  expect(laps).toBe(1);
  expect(flat / (8 + 6)).toBeGreaterThanOrEqual(4 - 1e-6);
  for (const { from, to } of flats) {
    for (const [x, y] of [from, to]) {
      const corner = Math.min(
        ...[
          [40, 40],
          [340, 40],
          [340, 240],
          [40, 240],
        ].map(([cx, cy]) => Math.hypot(x - (cx ?? 0), y - (cy ?? 0))),
      );
      expect(corner).toBeGreaterThan(10);
    }
  }
});

test('the same sheet gives the same program', () => {
  expect(makeCutProgram(workshopSheet(), CUTTER).lines).toEqual(program.lines);
});
