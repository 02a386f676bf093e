import type { Contour, Point } from '#contract/sheet-layout.ts';

/**
 * Whether two outlines keep `gapMm` between them, by exact distances of their edges in floating point.
 * It shares nothing with the integer geometry that proposes places, because rounding there can leave slivers that look like
 * legal places inside another part (an effect known of Minkowski sums by polygon union).
 */
export function keepsGap(a: Contour, b: Contour, gapMm: number): boolean {
  const near = boxOf(a);
  const edges = edgesNear(b, {
    minX: near.minX - gapMm,
    minY: near.minY - gapMm,
    maxX: near.maxX + gapMm,
    maxY: near.maxY + gapMm,
  });
  if (edges.length === 0) return !contains(b, a[0] as Point);
  const reach = boxOf(edges.flat());
  const others = edgesNear(a, {
    minX: reach.minX - gapMm,
    minY: reach.minY - gapMm,
    maxX: reach.maxX + gapMm,
    maxY: reach.maxY + gapMm,
  });
  for (const edge of others) {
    for (const other of edges) {
      if (edgeDistance(edge, other) < gapMm) return false;
    }
  }
  return !contains(b, a[0] as Point) && !contains(a, b[0] as Point);
}

export type Box = { minX: number; minY: number; maxX: number; maxY: number };
type Edge = [Point, Point];

/** Smallest box around some points. */
export function boxOf(points: readonly Point[]): Box {
  const box: Box = { minX: Infinity, minY: Infinity, maxX: -Infinity, maxY: -Infinity };
  for (const [x, y] of points) {
    box.minX = Math.min(box.minX, x);
    box.minY = Math.min(box.minY, y);
    box.maxX = Math.max(box.maxX, x);
    box.maxY = Math.max(box.maxY, y);
  }
  return box;
}

function edgesNear(contour: Contour, box: Box): Edge[] {
  const edges: Edge[] = [];
  let last = contour.at(-1) as Point;
  for (const point of contour) {
    const isAway =
      Math.max(last[0], point[0]) < box.minX ||
      Math.min(last[0], point[0]) > box.maxX ||
      Math.max(last[1], point[1]) < box.minY ||
      Math.min(last[1], point[1]) > box.maxY;
    if (!isAway) edges.push([last, point]);
    last = point;
  }
  return edges;
}

function edgeDistance([a, b]: Edge, [c, d]: Edge): number {
  if (crosses(a, b, c, d)) return -Infinity;
  return Math.min(
    pointDistance(a, c, d),
    pointDistance(b, c, d),
    pointDistance(c, a, b),
    pointDistance(d, a, b),
  );
}

function side(a: Point, b: Point, p: Point): number {
  return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]);
}

function crosses(a: Point, b: Point, c: Point, d: Point): boolean {
  return side(a, b, c) > 0 !== side(a, b, d) > 0 && side(c, d, a) > 0 !== side(c, d, b) > 0;
}

function pointDistance(p: Point, a: Point, b: Point): number {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const lengthSquared = dx * dx + dy * dy;
  const along = lengthSquared === 0 ? 0 : ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / lengthSquared;
  const t = Math.min(1, Math.max(0, along));
  return Math.hypot(p[0] - a[0] - t * dx, p[1] - a[1] - t * dy);
}

function contains(contour: Contour, [x, y]: Point): boolean {
  let isInside = false;
  let [lastX, lastY] = contour.at(-1) as Point;
  for (const [nextX, nextY] of contour) {
    if (nextY > y !== lastY > y && x < ((lastX - nextX) * (y - nextY)) / (lastY - nextY) + nextX) {
      isInside = !isInside;
    }
    [lastX, lastY] = [nextX, nextY];
  }
  return isInside;
}
