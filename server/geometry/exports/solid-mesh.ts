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

/** Quantises to the micrometre; corners that fall together become one, triangles that lose their area go. */
export function toSolidMesh(
  solid: Manifold,
  about: Pick<SolidMesh, 'name' | 'partId' | 'colour'>,
): SolidMesh {
  const { vertProperties, triVerts, numProp } = solid.getMesh();
  const known = new Map<string, number>();
  const micrometres: number[] = [];
  const welded = new Uint32Array(vertProperties.length / numProp);
  for (let vertex = 0; vertex < welded.length; vertex += 1) {
    const at = vertex * numProp;
    const x = Math.round((vertProperties[at] ?? 0) * UM_PER_MM);
    const y = Math.round((vertProperties[at + 1] ?? 0) * UM_PER_MM);
    const z = Math.round((vertProperties[at + 2] ?? 0) * UM_PER_MM);
    const key = `${x},${y},${z}`;
    const index = known.get(key) ?? micrometres.length / 3;
    if (index === micrometres.length / 3) {
      known.set(key, index);
      micrometres.push(x, y, z);
    }
    welded[vertex] = index;
  }
  const triangles: number[] = [];
  for (let at = 0; at < triVerts.length; at += 3) {
    const a = welded[triVerts[at] ?? 0] ?? 0;
    const b = welded[triVerts[at + 1] ?? 0] ?? 0;
    const c = welded[triVerts[at + 2] ?? 0] ?? 0;
    if (a !== b && b !== c && c !== a) triangles.push(a, b, c);
  }
  return { ...about, micrometres: Int32Array.from(micrometres), triangles: Uint32Array.from(triangles) };
}

/** True where every directed edge is met once by its reverse, or as often where two solids touch in an edge. */
export function isClosedMesh({ triangles }: Pick<SolidMesh, 'triangles'>): boolean {
  const balance = new Map<string, number>();
  for (let at = 0; at < triangles.length; at += 3) {
    for (let corner = 0; corner < 3; corner += 1) {
      const from = triangles[at + corner] ?? 0;
      const to = triangles[at + ((corner + 1) % 3)] ?? 0;
      const key = from < to ? `${from},${to}` : `${to},${from}`;
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
