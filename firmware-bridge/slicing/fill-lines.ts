export type Point2 = readonly [number, number];
export type Loop = readonly Point2[];
export type FillLine = { from: Point2; to: Point2 };

/** Shorter lines are blobs of filament. */
const SHORTEST_MM = 0.3;

/**
 * Parallel lines that fill the inside of some loops (even-odd), every `spacingMm` at an angle, in rows that run to and fro. The
 * rows lie on a grid through the origin, so that equal layers get equal lines above each other.
 */
export function fillLines(loops: readonly Loop[], angleDeg: number, spacingMm: number): FillLine[] {
  const angle = (angleDeg * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const turned = loops.map((loop) => loop.map(([x, y]): Point2 => [x * cos + y * sin, y * cos - x * sin]));
  const rows = crossingsByRow(turned, spacingMm);
  const back = (x: number, y: number): Point2 => [x * cos - y * sin, x * sin + y * cos];
  const lines: FillLine[] = [];
  let runsBack = false;
  for (const row of [...rows.keys()].sort((a, b) => a - b)) {
    const xs = (rows.get(row) ?? []).sort((a, b) => a - b);
    const inRow: FillLine[] = [];
    for (let index = 0; index + 1 < xs.length; index += 2) {
      const [from, to] = [xs[index] ?? 0, xs[index + 1] ?? 0];
      if (to - from < SHORTEST_MM) continue;
      const y = (row + 0.5) * spacingMm;
      inRow.push({ from: back(from, y), to: back(to, y) });
    }
    if (runsBack) lines.push(...inRow.reverse().map(({ from, to }) => ({ from: to, to: from })));
    else lines.push(...inRow);
    runsBack = !runsBack;
  }
  return lines;
}

/** Where each row's line crosses the loops. Rows lie between the grid lines, so that no vertex is met twice. */
function crossingsByRow(loops: readonly Loop[], spacingMm: number): Map<number, number[]> {
  const rows = new Map<number, number[]>();
  for (const loop of loops) {
    let last = loop.at(-1);
    for (const point of loop) {
      if (last !== undefined) addCrossings(rows, last, point, spacingMm);
      last = point;
    }
  }
  return rows;
}

function addCrossings(rows: Map<number, number[]>, a: Point2, b: Point2, spacingMm: number): void {
  const [low, high] = a[1] < b[1] ? [a, b] : [b, a];
  const first = Math.ceil(low[1] / spacingMm - 0.5);
  for (let row = first; (row + 0.5) * spacingMm < high[1]; row++) {
    const y = (row + 0.5) * spacingMm;
    const x = low[0] + ((high[0] - low[0]) * (y - low[1])) / (high[1] - low[1]);
    const known = rows.get(row);
    if (known === undefined) rows.set(row, [x]);
    else known.push(x);
  }
}
