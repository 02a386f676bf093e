import type { Contour, Point, SheetPart } from '#contract/sheet-layout.ts';

type Turn = { cos: number; sin: number };

/** Quarter turns are exact, so that a panel turned by 90° keeps its straight sides straight. */
function turnBy(rotationDeg: number): Turn {
  const degrees = ((rotationDeg % 360) + 360) % 360;
  if (degrees === 0) return { cos: 1, sin: 0 };
  if (degrees === 90) return { cos: 0, sin: 1 };
  if (degrees === 180) return { cos: -1, sin: 0 };
  if (degrees === 270) return { cos: 0, sin: -1 };
  const radians = (degrees * Math.PI) / 180;
  return { cos: Math.cos(radians), sin: Math.sin(radians) };
}

/** Turns a contour counter-clockwise about the origin, then moves it. */
export function turnContour(contour: Contour, rotationDeg: number, offsetMm: Point = [0, 0]): Contour {
  const { cos, sin } = turnBy(rotationDeg);
  return contour.map(([x, y]) => [x * cos - y * sin + offsetMm[0], x * sin + y * cos + offsetMm[1]]);
}

/** Every contour of the part turned about the part's own origin and moved; its pockets stay on top. */
export function turnPart(part: SheetPart, rotationDeg: number, offsetMm: Point): SheetPart {
  const turn = (contour: Contour): Contour => turnContour(contour, rotationDeg, offsetMm);
  return {
    ...part,
    outline: turn(part.outline),
    cutouts: part.cutouts.map(turn),
    pockets: part.pockets.map((pocket) => ({
      contour: turn(pocket.contour),
      islands: pocket.islands.map(turn),
      depthMm: pocket.depthMm,
    })),
  };
}
