import type { Manifold } from '../kernel/manifold-kernel.ts';

export type Rgba = readonly [number, number, number, number];

/** Triangles with shared corners, in millimetres, counter-clockwise seen from outside. */
export interface SolidMesh {
  readonly name: string;
  readonly partId: string;
  readonly colour: Rgba;
  /** Whole micrometres, three for each corner: every export and the hash are made of the same numbers. */
  readonly micrometres: Int32Array;
  readonly triangles: Uint32Array;
}

const UM_PER_MM = 1000;

/** Numbers corners in the order in which they are first met; equal ones get one number. Open addressing, never fuller than half. */
class CornerTable {
  readonly #places: Int32Array;
  readonly #slots: Int32Array;
  #count = 0;

  constructor(most: number) {
    this.#places = new Int32Array(3 * most);
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * most + 2))).fill(-1);
  }

  add(x: number, y: number, z: number): number {
    const places = this.#places;
    const mask = this.#slots.length - 1;
    // Large odd factors spread neighbours over the table.
    let slot = (Math.imul(x, 73_856_093) ^ Math.imul(y, 19_349_663) ^ Math.imul(z, 83_492_791)) & mask;
    for (;;) {
      const known = this.#slots[slot] ?? -1;
      if (known === -1) break;
      if (places[3 * known] === x && places[3 * known + 1] === y && places[3 * known + 2] === z) return known;
      slot = (slot + 1) & mask;
    }
    places.set([x, y, z], 3 * this.#count);
    this.#slots[slot] = this.#count;
    this.#count += 1;
    return this.#count - 1;
  }

  micrometres(): Int32Array {
    return this.#places.slice(0, 3 * this.#count);
  }
}

/** Quantises to the micrometre; corners that fall together become one, triangles that lose their area go. */
export function toSolidMesh(
  solid: Manifold,
  about: Pick<SolidMesh, 'name' | 'partId' | 'colour'>,
): SolidMesh {
  const { vertProperties, triVerts, numProp } = solid.getMesh();
  const count = vertProperties.length / numProp;
  const corners = new CornerTable(count);
  const welded = new Uint32Array(count);
  for (let vertex = 0; vertex < count; vertex += 1) {
    const at = vertex * numProp;
    welded[vertex] = corners.add(
      Math.round((vertProperties[at] ?? 0) * UM_PER_MM),
      Math.round((vertProperties[at + 1] ?? 0) * UM_PER_MM),
      Math.round((vertProperties[at + 2] ?? 0) * UM_PER_MM),
    );
  }
  const triangles: number[] = [];
  for (let at = 0; at < triVerts.length; at += 3) {
    const a = welded[triVerts[at] ?? 0] ?? 0;
    const b = welded[triVerts[at + 1] ?? 0] ?? 0;
    const c = welded[triVerts[at + 2] ?? 0] ?? 0;
    if (a !== b && b !== c && c !== a) triangles.push(a, b, c);
  }
  return { ...about, micrometres: corners.micrometres(), triangles: Uint32Array.from(triangles) };
}

/** True where every directed edge is met once by its reverse, or as often where two solids touch in an edge. */
export function isClosedMesh({ triangles }: Pick<SolidMesh, 'triangles'>): boolean {
  // One number for each pair of corners: exact, since there are far fewer than 2^26 of them.
  const corners = triangles.reduce((most, corner) => Math.max(most, corner), 0) + 1;
  const balance = new Map<number, number>();
  for (let at = 0; at < triangles.length; at += 3) {
    for (let corner = 0; corner < 3; corner += 1) {
      const from = triangles[at + corner] ?? 0;
      const to = triangles[at + ((corner + 1) % 3)] ?? 0;
      const key = from < to ? from * corners + to : to * corners + from;
      balance.set(key, (balance.get(key) ?? 0) + (from < to ? 1 : -1));
    }
  }
  return triangles.length > 0 && [...balance.values()].every((count) => count === 0);
}

/** Corner of a triangle in millimetres. */
export function cornerMm({ micrometres, triangles }: SolidMesh, at: number): [number, number, number] {
  const vertex = 3 * (triangles[at] ?? 0);
  return [
    (micrometres[vertex] ?? 0) / UM_PER_MM,
    (micrometres[vertex + 1] ?? 0) / UM_PER_MM,
    (micrometres[vertex + 2] ?? 0) / UM_PER_MM,
  ];
}

/** Unit normal of the triangle whose first corner is at `at`; zero where the triangle has no area. */
export function normalOf(mesh: SolidMesh, at: number): [number, number, number] {
  const [ax, ay, az] = cornerMm(mesh, at);
  const [bx, by, bz] = cornerMm(mesh, at + 1);
  const [cx, cy, cz] = cornerMm(mesh, at + 2);
  const x = (by - ay) * (cz - az) - (bz - az) * (cy - ay);
  const y = (bz - az) * (cx - ax) - (bx - ax) * (cz - az);
  const z = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
  const length = Math.sqrt(x * x + y * y + z * z);
  return length === 0 ? [0, 0, 0] : [x / length, y / length, z / length];
}
