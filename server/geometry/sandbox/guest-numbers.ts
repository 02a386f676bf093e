import type { Mat4, Vec2 } from '../kernel/manifold-kernel.ts';
import { refusals } from './refusals.ts';

/** Coordinates beyond 10 km are a mistake of units, and would lose the micrometre in single precision. */
const MAX_COORDINATE_MM = 10_000_000;

/** Throws a sentence that names what has a number that is none, or is far too large. */
export function requireFinite(numbers: ArrayLike<number>, what: string): void {
  for (let index = 0; index < numbers.length; index += 1) {
    const value = numbers[index] ?? Number.NaN;
    if (!(Math.abs(value) < MAX_COORDINATE_MM)) throw refusals.notFinite(what);
  }
}

export const IDENTITY: Mat4 = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

/** Sixteen numbers, by columns. */
export function toMatrix(numbers: ArrayLike<number>): Mat4 {
  const at = (index: number): number => numbers[index] ?? 0;
  return [
    ...[at(0), at(1), at(2), at(3)],
    ...[at(4), at(5), at(6), at(7)],
    ...[at(8), at(9), at(10), at(11)],
    ...[at(12), at(13), at(14), at(15)],
  ] as Mat4;
}

/** `[count, x, y, …]` for each outline. */
export function unpackOutlines(numbers: Float64Array): Vec2[][] {
  const outlines: Vec2[][] = [];
  let at = 0;
  while (at < numbers.length) {
    const count = numbers[at] ?? 0;
    at += 1;
    if (count < 0 || at + 2 * count > numbers.length) throw refusals.notFinite('an outline');
    const outline: Vec2[] = [];
    for (let index = 0; index < count; index += 1, at += 2) {
      outline.push([numbers[at] ?? 0, numbers[at + 1] ?? 0]);
    }
    outlines.push(outline);
  }
  return outlines;
}

export function packOutlines(outlines: readonly (readonly Vec2[])[]): Float64Array {
  return new Float64Array(outlines.flatMap((outline) => [outline.length, ...outline.flat()]));
}
