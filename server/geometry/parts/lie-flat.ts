import type { Manifold, Mat4, Vec3 } from '../kernel/manifold-kernel.ts';

export interface Face {
  readonly corners: readonly [Vec3, Vec3, Vec3];
  readonly normal: Vec3;
  readonly areaMm2: number;
}

export function facesOf(solid: Manifold): Face[] {
  const { vertProperties, triVerts, numProp } = solid.getMesh();
  const corner = (vertex: number): Vec3 => [
    vertProperties[vertex * numProp] ?? 0,
    vertProperties[vertex * numProp + 1] ?? 0,
    vertProperties[vertex * numProp + 2] ?? 0,
  ];
  const faces: Face[] = [];
  for (let at = 0; at < triVerts.length; at += 3) {
    const corners: Face['corners'] = [
      corner(triVerts[at] ?? 0),
      corner(triVerts[at + 1] ?? 0),
      corner(triVerts[at + 2] ?? 0),
    ];
    const across = cross(minus(corners[1], corners[0]), minus(corners[2], corners[0]));
    const length = Math.hypot(...across);
    if (length > 0) faces.push({ corners, normal: scaled(across, 1 / length), areaMm2: length / 2 });
  }
  return faces;
}

/** Faces whose normals agree to about a third of a degree count as one direction. */
const DIRECTION_STEPS = 200;

/** The direction, up or down alike, that most of the surface looks to. */
function broadestDirection(faces: readonly Face[]): Vec3 {
  const sums = new Map<string, { sum: Vec3; area: number }>();
  for (const { normal, areaMm2 } of faces) {
    const up = isUpper(normal) ? normal : scaled(normal, -1);
    const key = up.map((value) => Math.round(value * DIRECTION_STEPS) + 0).join();
    const entry = sums.get(key) ?? { sum: [0, 0, 0], area: 0 };
    entry.sum = plus(entry.sum, scaled(up, areaMm2));
    entry.area += areaMm2;
    sums.set(key, entry);
  }
  let best: { sum: Vec3; area: number } = { sum: [0, 0, 1], area: 0 };
  for (const entry of sums.values()) if (entry.area > best.area * (1 + 1e-6)) best = entry;
  return scaled(best.sum, 1 / Math.hypot(...best.sum));
}

function isUpper([x, y, z]: Vec3): boolean {
  if (Math.abs(z) > 1e-6) return z > 0;
  return Math.abs(y) > 1e-6 ? y > 0 : x > 0;
}

/** The direction in the plane that most of the rim runs along: where it becomes X, parts lie straight on the sheet. */
function mainRimDirection(faces: readonly Face[], normal: Vec3): Vec3 {
  const lengths = new Map<string, { direction: Vec3; length: number }>();
  const [helpX, helpY] = planeAxes(normal);
  for (const { normal: side, corners } of faces) {
    if (Math.abs(dot(side, normal)) > 0.02) continue;
    for (const [index, corner] of corners.entries()) {
      const edge = minus(corners[(index + 1) % 3] ?? corner, corner);
      const length = Math.hypot(...edge);
      if (length < 1e-3 || Math.abs(dot(edge, normal)) > length * 1e-3) continue;
      const turn = (Math.atan2(dot(edge, helpY), dot(edge, helpX)) + Math.PI) % Math.PI;
      const key = `${Math.round((turn * 1800) / Math.PI) % 1800}`;
      const entry = lengths.get(key) ?? { direction: scaled(edge, 1 / length), length: 0 };
      entry.length += length;
      lengths.set(key, entry);
    }
  }
  let best: { direction: Vec3; length: number } = { direction: helpX, length: 0 };
  for (const entry of lengths.values()) if (entry.length > best.length * (1 + 1e-4)) best = entry;
  return best.direction;
}

function planeAxes(normal: Vec3): [Vec3, Vec3] {
  const [x, y, z] = normal.map(Math.abs) as Vec3;
  const seed: Vec3 = x <= y && x <= z ? [1, 0, 0] : y <= z ? [0, 1, 0] : [0, 0, 1];
  const across = cross(normal, seed);
  const first = scaled(across, 1 / Math.hypot(...across));
  return [first, cross(normal, first)];
}

/** Turns a solid so that its broadest direction becomes Z and most of its rim runs along X or Y; the lowest point is at 0. */
export function lieFlat(solid: Manifold): Manifold {
  const faces = facesOf(solid);
  const normal = broadestDirection(faces);
  const x = mainRimDirection(faces, normal);
  const straightened = minus(x, scaled(normal, dot(x, normal)));
  const axisX = scaled(straightened, 1 / Math.hypot(...straightened));
  const axisY = cross(normal, axisX);
  return settle(solid.transform(rowsToMatrix(axisX, axisY, normal)));
}

/** Puts the lowest corner of the box to the origin. Deletes what it is given. */
export function settle(solid: Manifold): Manifold {
  const { min } = solid.boundingBox();
  const settled = solid.translate([-min[0], -min[1], -min[2]]);
  solid.delete();
  return settled;
}

export const HALF_TURN_ABOUT_X: Mat4 = [1, 0, 0, 0, 0, -1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1];
export const QUARTER_TURN_ABOUT_Z: Mat4 = [0, 1, 0, 0, -1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

function rowsToMatrix(x: Vec3, y: Vec3, z: Vec3): Mat4 {
  return [x[0], y[0], z[0], 0, x[1], y[1], z[1], 0, x[2], y[2], z[2], 0, 0, 0, 0, 1];
}

function minus(a: Vec3, b: Vec3): Vec3 {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

function plus(a: Vec3, b: Vec3): Vec3 {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

function scaled(a: Vec3, by: number): Vec3 {
  return [a[0] * by, a[1] * by, a[2] * by];
}

function dot(a: Vec3, b: Vec3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function cross(a: Vec3, b: Vec3): Vec3 {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}
