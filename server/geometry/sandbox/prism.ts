import type { CrossSection, Kernel, Manifold, Vec2 } from '../kernel/manifold-kernel.ts';

/**
 * A solid with upright sides and level faces: outlines (holes clockwise, none crossing another) between two heights,
 * in millimetres. Sheet designs consist of them, and in the plane their booleans cost a fraction of those in space.
 */
export interface Prism {
  readonly contours: readonly (readonly Vec2[])[];
  readonly lowMm: number;
  readonly highMm: number;
}

/**
 * Heights that differ by less, but do differ, may be meant as one. What then is left, a film or nothing, is for the
 * kernel in space to say.
 */
const SAME_HEIGHT_MM = 1e-3;

/** Sums of sines and cosines differ in the last digits of double precision, and by no more. */
const ROTATION_TOLERANCE = 1e-12;

/** The prism at its place; none where the matrix (4 × 4, by columns) does more than turn about Z and move. */
export function placePrism(prism: Prism, matrix: ArrayLike<number>): Prism | undefined {
  const at = (index: number): number => matrix[index] ?? 0;
  const isUpright = [2, 3, 6, 7, 8, 9, 11].every((index) => at(index) === 0) && at(10) === 1 && at(15) === 1;
  const [cos, sin] = [at(0), at(1)];
  const isRotation =
    Math.abs(at(5) - cos) < ROTATION_TOLERANCE &&
    Math.abs(at(4) + sin) < ROTATION_TOLERANCE &&
    Math.abs(cos * cos + sin * sin - 1) < ROTATION_TOLERANCE;
  if (!isUpright || !isRotation) return undefined;
  const place = ([x, y]: Vec2): Vec2 => [cos * x - sin * y + at(12), sin * x + cos * y + at(13)];
  return {
    contours: prism.contours.map((contour) => contour.map(place)),
    lowMm: prism.lowMm + at(14),
    highMm: prism.highMm + at(14),
  };
}

function isSameRange(a: Prism, b: Prism): boolean {
  return a.lowMm === b.lowMm && a.highMm === b.highMm;
}

/** True where a cutter goes through the body: each of its faces level with the body's or clearly beyond. */
function passesThrough(cutter: Prism, body: Prism): boolean {
  const reachesDown = cutter.lowMm === body.lowMm || cutter.lowMm < body.lowMm - SAME_HEIGHT_MM;
  const reachesUp = cutter.highMm === body.highMm || cutter.highMm > body.highMm + SAME_HEIGHT_MM;
  return reachesDown && reachesUp;
}

/** Outlines that cover each other, as one set. Each prism counts its own places once, so that all that is counted is covered. */
function cover(kernel: Kernel, prisms: readonly Prism[]): CrossSection {
  return kernel.CrossSection.ofPolygons(
    prisms.flatMap(({ contours }) => contours.map((contour) => [...contour])),
    'Positive',
  );
}

function contoursOf(kernel: Kernel, prisms: readonly Prism[]): Vec2[][] {
  const section = cover(kernel, prisms);
  try {
    return section.toPolygons();
  } finally {
    section.delete();
  }
}

/** All prisms as one; none where their heights differ. */
export function unitePrisms(kernel: Kernel, prisms: readonly Prism[]): Prism | undefined {
  const [first] = prisms;
  if (first === undefined || !prisms.every((prism) => isSameRange(prism, first))) return undefined;
  return { ...first, contours: contoursOf(kernel, prisms) };
}

/** Splits cutters into those that go through the body and are taken away in the plane, and the others. */
export function findThroughCutters(body: Prism, cutters: readonly (Prism | undefined)[]): boolean[] {
  return cutters.map((cutter) => cutter !== undefined && passesThrough(cutter, body));
}

/** The body without cutters that all go through it. */
export function cutThrough(kernel: Kernel, body: Prism, cutters: readonly Prism[]): Prism {
  const sections = [cover(kernel, [body]), cover(kernel, cutters)];
  try {
    const rest = kernel.CrossSection.difference(sections);
    sections.push(rest);
    return { ...body, contours: rest.toPolygons() };
  } finally {
    for (const section of sections) section.delete();
  }
}

/** What all prisms share; none where their common heights are a film or nothing. */
export function intersectPrisms(kernel: Kernel, prisms: readonly Prism[]): Prism | undefined {
  const lowMm = Math.max(...prisms.map((prism) => prism.lowMm));
  const highMm = Math.min(...prisms.map((prism) => prism.highMm));
  const isClear = (height: number, edge: number): boolean =>
    height === edge || Math.abs(height - edge) > SAME_HEIGHT_MM;
  const isExact = prisms.every((prism) => isClear(prism.lowMm, lowMm) && isClear(prism.highMm, highMm));
  if (!isExact || highMm - lowMm <= SAME_HEIGHT_MM) return undefined;
  const sections = prisms.map((prism) => cover(kernel, [prism]));
  try {
    const shared = kernel.CrossSection.intersection(sections);
    sections.push(shared);
    return { contours: shared.toPolygons(), lowMm, highMm };
  } finally {
    for (const section of sections) section.delete();
  }
}

/** The solid of a prism, for whoever frees it; the empty solid where no outline is left. */
export function raisePrism(kernel: Kernel, prism: Prism): Manifold {
  const { contours, lowMm, highMm } = prism;
  if (contours.length === 0) return kernel.Manifold.union([]);
  const section = cover(kernel, [prism]);
  const raised = kernel.Manifold.extrude(section, highMm - lowMm);
  section.delete();
  if (lowMm === 0) return raised;
  const placed = raised.translate(0, 0, lowMm);
  raised.delete();
  return placed;
}

/** Triangles that the solid of a prism has, about: two for each side face, and as many in both faces together. */
export function countTriangles({ contours }: Prism): number {
  return 4 * contours.reduce((sum, contour) => sum + contour.length, 0);
}

export function rectangle([x, y]: Vec2, [width, depth]: Vec2): Vec2[] {
  const [left, right, front, back] = [x - width / 2, x + width / 2, y - depth / 2, y + depth / 2];
  return [
    [left, front],
    [right, front],
    [right, back],
    [left, back],
  ];
}

/** The corners that the kernel gives a cylinder of this radius. */
export function circle(kernel: Kernel, radius: number, segments: number): Vec2[] {
  const section = kernel.CrossSection.circle(radius, segments);
  try {
    return section.toPolygons()[0] ?? [];
  } finally {
    section.delete();
  }
}
