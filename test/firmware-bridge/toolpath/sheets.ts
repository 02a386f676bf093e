import type { Contour, Point, SheetLayout, SheetPart } from '#contract/sheet-layout.ts';
import type { Cutter } from '../../../firmware-bridge/toolpath/cutter.ts';
import { angle, part, polygon, rectangle, tabbed } from '../../server/geometry/nesting/shapes.ts';

export const CUTTER: Cutter = {
  diameterMm: 6,
  flutes: 2,
  feedMmPerMin: 2400,
  plungeMmPerMin: 600,
  spindleRpm: 18_000,
  passDepthMm: 6,
  safeZMm: 10,
  spoilMm: 0.3,
  tab: { widthMm: 8, heightMm: 4, perPart: 4, everyMm: 400 },
  dialect: 'grbl',
  direction: 'climb',
};

function moved(contour: Contour, [dx, dy]: Point): Contour {
  return contour.map(([x, y]) => [x + dx, y + dy]);
}

/** A sheet with each part moved to its place. */
export function layoutOf(...parts: { part: SheetPart; at: Point }[]): SheetLayout {
  return {
    v: 1,
    sheet: { material: 'birch plywood', lengthMm: 1250, widthMm: 625, thicknessMm: 18 },
    gapMm: 8,
    marginMm: 15,
    utilisation: 0.5,
    placed: parts.map(({ part: one, at }) => ({
      part: {
        ...one,
        outline: moved(one.outline, at),
        cutouts: one.cutouts.map((cutout) => moved(cutout, at)),
        pockets: one.pockets.map((pocket) => ({
          contour: moved(pocket.contour, at),
          islands: pocket.islands.map((island) => moved(island, at)),
          depthMm: pocket.depthMm,
        })),
      },
      copy: 1,
      rotationDeg: 0,
      offsetMm: at,
    })),
  };
}

/** A panel with everything a flat part can have, an angle with a concave corner, and a disc. */
export function workshopSheet(): SheetLayout {
  const panel = part('panel', tabbed(500, 260, 3, 18), {
    thicknessMm: 17.8,
    cutouts: [
      rectangle(60, 60, 100, 18.1),
      rectangle(60, 120, 18.1, 90),
      polygon(220, 80, 4, 40),
      polygon(260, 80, 15, 80),
    ],
    pockets: [
      { contour: rectangle(320, 60, 120, 140), islands: [polygon(380, 130, 18, 48)], depthMm: 9 },
      { contour: rectangle(120, 200, 70, 60), islands: [], depthMm: 4 },
    ],
  });
  return layoutOf(
    { part: panel, at: [30, 60] },
    { part: part('angle', angle(240, 70), { thicknessMm: 17.8 }), at: [560, 40] },
    { part: part('disc', polygon(0, 0, 60, 90), { thicknessMm: 17.8 }), at: [760, 200] },
  );
}

/** Cutting moves of a program, read with nothing but regular expressions: only G0 to G3 with I and J, absolute. */
export type Cut = {
  line: number;
  rapid: boolean;
  from: [number, number, number];
  to: [number, number, number];
  arc?: Point;
  clockwise: boolean;
};

export function movesOf(lines: readonly string[]): Cut[] {
  const cuts: Cut[] = [];
  let at: [number, number, number] = [0, 0, 0];
  for (const [line, text] of lines.entries()) {
    const motion = /^G([0123])\b/.exec(text)?.[1];
    if (motion === undefined) continue;
    const word = (letter: string): number | undefined => {
      const digits = new RegExp(`${letter}(-?[0-9.]+)`).exec(text)?.[1];
      return digits === undefined ? undefined : Number(digits);
    };
    const to: [number, number, number] = [word('X') ?? at[0], word('Y') ?? at[1], word('Z') ?? at[2]];
    const isArc = motion === '2' || motion === '3';
    cuts.push({
      line,
      rapid: motion === '0',
      from: at,
      to,
      clockwise: motion === '2',
      ...(isArc ? { arc: [at[0] + (word('I') ?? 0), at[1] + (word('J') ?? 0)] satisfies Point } : {}),
    });
    at = to;
  }
  return cuts;
}

/** A move as a chain of points. */
export function pointsOf({ from, to, arc, clockwise }: Cut, pieces = 40): Point[] {
  if (arc === undefined) {
    return [
      [from[0], from[1]],
      [to[0], to[1]],
    ];
  }
  const radius = Math.hypot(from[0] - arc[0], from[1] - arc[1]);
  const start = Math.atan2(from[1] - arc[1], from[0] - arc[0]);
  let end = Math.atan2(to[1] - arc[1], to[0] - arc[0]);
  if (clockwise && end >= start) end -= 2 * Math.PI;
  if (!clockwise && end <= start) end += 2 * Math.PI;
  return Array.from({ length: pieces + 1 }, (_, index): Point => {
    const at = start + ((end - start) * index) / pieces;
    return [arc[0] + radius * Math.cos(at), arc[1] + radius * Math.sin(at)];
  });
}
