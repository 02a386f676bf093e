import type { Contour, Point, SheetPart } from '#contract/sheet-layout.ts';

export function rectangle(x: number, y: number, width: number, height: number): Contour {
  return [
    [x, y],
    [x + width, y],
    [x + width, y + height],
    [x, y + height],
  ];
}

export function polygon(x: number, y: number, radius: number, corners: number): Contour {
  return Array.from({ length: corners }, (_, index): Point => {
    const angle = (2 * Math.PI * index) / corners;
    return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
  });
}

/** An L of two arms as wide as `arm`. */
export function angle(long: number, arm: number): Contour {
  return [
    [0, 0],
    [long, 0],
    [long, arm],
    [arm, arm],
    [arm, long],
    [0, long],
  ];
}

/** A panel with `count` tabs of `depth` on its lower and its upper edge, as wall blocks have them. */
export function tabbed(width: number, height: number, count: number, depth: number): Contour {
  const step = width / (2 * count + 1);
  const outline: Contour = [[0, 0]];
  for (let tab = 0; tab < count; tab++) {
    const x = step * (2 * tab + 1);
    outline.push([x, 0], [x, -depth], [x + step, -depth], [x + step, 0]);
  }
  outline.push([width, 0], [width, height]);
  for (let tab = count - 1; tab >= 0; tab--) {
    const x = step * (2 * tab + 1);
    outline.push([x + step, height], [x + step, height + depth], [x, height + depth], [x, height]);
  }
  outline.push([0, height]);
  return outline;
}

export function part(partId: string, outline: Contour, more: Partial<SheetPart> = {}): SheetPart {
  return { partId, name: partId, thicknessMm: 18, outline, cutouts: [], pockets: [], ...more };
}

/** Twice the signed area, halved: positive for a counter-clockwise contour. */
export function areaOf(contour: Contour): number {
  let doubled = 0;
  let last = contour.at(-1) as Point;
  for (const next of contour) {
    doubled += last[0] * next[1] - next[0] * last[1];
    last = next;
  }
  return doubled / 2;
}
