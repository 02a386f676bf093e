import type { Point } from '#contract/sheet-layout.ts';

/** About the size of a slot: few segments share a cell, few cells hold one segment. */
const CELL_MM = 16;
/** More columns than any sheet has cells. */
const COLUMNS = 1 << 20;

type Entry<Item> = { from: Point; to: Point; item: Item };

/** Finds the segments near a place without asking each of them. */
export class SegmentGrid<Item> {
  readonly #cells = new Map<number, Entry<Item>[]>();

  add(from: Point, to: Point, item: Item): void {
    const entry = { from, to, item };
    for (const key of cellsAlong(from, to)) {
      const cell = this.#cells.get(key);
      if (cell === undefined) this.#cells.set(key, [entry]);
      else if (cell.at(-1) !== entry) cell.push(entry);
    }
  }

  /** Whether any segment comes within `reachMm` of a place. */
  isNear(place: Point, reachMm: number): boolean {
    for (const key of cellsBetween(place, place, reachMm)) {
      for (const { from, to } of this.#cells.get(key) ?? []) {
        if (distanceTo(place, from, to) <= reachMm) return true;
      }
    }
    return false;
  }

  /** The first segment that crosses the one given and passes the test. */
  crossing(from: Point, to: Point, test: (item: Item) => boolean): Item | undefined {
    for (const key of cellsAlong(from, to)) {
      for (const other of this.#cells.get(key) ?? []) {
        if (cross(from, to, other.from, other.to) && test(other.item)) return other.item;
      }
    }
    return;
  }
}

/** The cells that a segment passes; a long diagonal is divided, because its box has thousands of cells it never sees. */
function cellsAlong(from: Point, to: Point): number[] {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const count = Math.ceil(Math.min(Math.abs(dx), Math.abs(dy)) / (2 * CELL_MM));
  if (count <= 1) return cellsBetween(from, to, 0);
  const keys: number[] = [];
  for (let piece = 0; piece < count; piece++) {
    const [start, end] = [piece / count, (piece + 1) / count];
    const a: Point = [from[0] + dx * start, from[1] + dy * start];
    const b: Point = [from[0] + dx * end, from[1] + dy * end];
    keys.push(...cellsBetween(a, b, 0));
  }
  return keys;
}

function cellsBetween(a: Point, b: Point, reachMm: number): number[] {
  const left = Math.floor((Math.min(a[0], b[0]) - reachMm) / CELL_MM);
  const right = Math.floor((Math.max(a[0], b[0]) + reachMm) / CELL_MM);
  const low = Math.floor((Math.min(a[1], b[1]) - reachMm) / CELL_MM);
  const high = Math.floor((Math.max(a[1], b[1]) + reachMm) / CELL_MM);
  const keys: number[] = [];
  for (let x = left; x <= right; x++) for (let y = low; y <= high; y++) keys.push(x * COLUMNS + y);
  return keys;
}

function distanceTo(p: Point, a: Point, b: Point): number {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const lengthSquared = dx * dx + dy * dy;
  const along = lengthSquared === 0 ? 0 : ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / lengthSquared;
  const share = Math.min(1, Math.max(0, along));
  return Math.hypot(p[0] - a[0] - dx * share, p[1] - a[1] - dy * share);
}

function side(a: Point, b: Point, p: Point): number {
  return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]);
}

function cross(a: Point, b: Point, c: Point, d: Point): boolean {
  return side(a, b, c) > 0 !== side(a, b, d) > 0 && side(c, d, a) > 0 !== side(c, d, b) > 0;
}
