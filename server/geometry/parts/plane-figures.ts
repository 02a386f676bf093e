import type { Contour, Point } from '#contract/sheet-layout.ts';

/** Twice-signed area halved: positive for counter-clockwise outlines. */
export function signedArea(contour: readonly Point[]): number {
  let doubled = 0;
  for (const [index, [x, y]] of contour.entries()) {
    const [nextX, nextY] = contour[(index + 1) % contour.length] ?? [0, 0];
    doubled += x * nextY - nextX * y;
  }
  return doubled / 2;
}

export interface Bounds {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
}

export function boundsOf(contours: readonly (readonly Point[])[]): Bounds {
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of contours.flat()) {
    minX = Math.min(minX, x);
    minY = Math.min(minY, y);
    maxX = Math.max(maxX, x);
    maxY = Math.max(maxY, y);
  }
  return { minX, minY, maxX, maxY };
}

/** Ten micrometres' tenth: contours are written to the micrometre, finer digits are noise of the kernel. */
const STEPS_PER_MM = 1000;

export function roundToMicrometre(value: number): number {
  // Adding zero turns -0 into 0, which would otherwise be written with its sign.
  return Math.round(value * STEPS_PER_MM) / STEPS_PER_MM + 0;
}

/** Corners rounded to the micrometre, without those that fall together. */
export function tidyContour(contour: readonly (readonly [number, number])[]): Contour {
  const rounded = contour.map(([x, y]): Point => [roundToMicrometre(x), roundToMicrometre(y)]);
  return rounded.filter((point, index) => {
    const next = rounded[(index + 1) % rounded.length];
    return next === undefined || point[0] !== next[0] || point[1] !== next[1];
  });
}
