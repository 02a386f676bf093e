import { refusals } from './refusals.ts';

/** Corners nearer than this are one: JSCAD's primitives repeat each corner in every face, rounded differently. */
const WELD_PER_MM = 100_000;

/** Faces `[count, x, y, z, …]` → triangles with shared corners, as the kernel wants them. Thin slivers fall away. */
export function weldPolygons(numbers: Float64Array): { vertProperties: Float32Array; triVerts: Uint32Array } {
  const corners = new Map<string, number>();
  const positions: number[] = [];
  const triangles: number[] = [];
  const cornerAt = (at: number): number => {
    const [x = 0, y = 0, z = 0] = numbers.subarray(at, at + 3);
    const key = `${Math.round(x * WELD_PER_MM)},${Math.round(y * WELD_PER_MM)},${Math.round(z * WELD_PER_MM)}`;
    const known = corners.get(key);
    if (known !== undefined) return known;
    const index = positions.length / 3;
    positions.push(x, y, z);
    corners.set(key, index);
    return index;
  };
  let at = 0;
  while (at < numbers.length) {
    const count = numbers[at] ?? 0;
    at += 1;
    if (!Number.isInteger(count) || count < 0 || at + 3 * count > numbers.length) {
      throw refusals.notFinite('a solid');
    }
    addFan(
      Array.from({ length: count }, (_, index) => cornerAt(at + 3 * index)),
      triangles,
    );
    at += 3 * count;
  }
  return { vertProperties: new Float32Array(positions), triVerts: new Uint32Array(triangles) };
}

function addFan(face: readonly number[], triangles: number[]): void {
  const distinct = face.filter((corner, index) => corner !== face[(index + 1) % face.length]);
  const [first] = distinct;
  for (let index = 1; index + 1 < distinct.length; index += 1) {
    const second = distinct[index];
    const third = distinct[index + 1];
    if (first === undefined || second === undefined || third === undefined) return;
    if (first !== second && second !== third && third !== first) triangles.push(first, second, third);
  }
}
