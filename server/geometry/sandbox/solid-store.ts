import type { CrossSection, Kernel, Manifold, Mat4, Vec2 } from '../kernel/manifold-kernel.ts';
import { MAX_SEGMENTS, MAX_SOLIDS, MAX_TRIANGLES } from './limits.ts';
import { refusals } from './refusals.ts';
import { weldPolygons } from './weld-polygons.ts';

export type Combination = 'union' | 'subtract' | 'intersect';

/**
 * The solids of one evaluation, by number. All that comes in is checked: numbers finite, ids known, sizes within
 * limits. Errors are AppErrors with a sentence for the author of the design.
 */
export class SolidStore {
  readonly #kernel: Kernel;
  readonly #solids: Manifold[] = [];
  #trianglesAdded = 0;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  #keep(solid: Manifold): number {
    if (this.#solids.length >= MAX_SOLIDS) {
      solid.delete();
      throw refusals.tooDetailed(this.#solids.length, MAX_SOLIDS);
    }
    this.#solids.push(solid);
    return this.#solids.length - 1;
  }

  get(id: number): Manifold {
    const solid = this.#solids[id];
    if (solid === undefined) throw refusals.notAShape('');
    return solid;
  }

  /** `[count, x, y, z, …]` for each convex face, in millimetres, counter-clockwise seen from outside. */
  addPolygons(numbers: Float64Array): number {
    requireFinite(numbers, 'a solid');
    const mesh = weldPolygons(numbers);
    this.#count(mesh.triVerts.length / 3);
    if (mesh.triVerts.length === 0) return this.#keep(this.#emptySolid());
    return this.#keep(this.#fromMesh(mesh));
  }

  #emptySolid(): Manifold {
    return this.#kernel.Manifold.union([]);
  }

  #fromMesh(mesh: { vertProperties: Float32Array; triVerts: Uint32Array }): Manifold {
    try {
      return new this.#kernel.Manifold(new this.#kernel.Mesh({ numProp: 3, ...mesh }));
    } catch (error) {
      throw refusals.notClosed(error instanceof Error ? error.message : 'not manifold');
    }
  }

  addCuboid(center: readonly number[], size: readonly number[]): number {
    requireFinite([...center, ...size], 'a cuboid');
    this.#count(12);
    const [x = 0, y = 0, z = 0] = center;
    const [width = 0, depth = 0, height = 0] = size;
    return this.#keep(this.#moved(this.#kernel.Manifold.cube([width, depth, height], true), [x, y, z]));
  }

  addCylinder(center: readonly number[], height: number, radius: number, segments: number): number {
    requireFinite([...center, height, radius, segments], 'a cylinder');
    if (segments > MAX_SEGMENTS) throw refusals.tooManySegments(segments, MAX_SEGMENTS);
    this.#count(segments * 4);
    const [x = 0, y = 0, z = 0] = center;
    const cylinder = this.#kernel.Manifold.cylinder(height, radius, radius, segments, true);
    return this.#keep(this.#moved(cylinder, [x, y, z]));
  }

  #moved(solid: Manifold, by: readonly [number, number, number]): Manifold {
    if (by.every((value) => value === 0)) return solid;
    const moved = solid.translate([...by]);
    solid.delete();
    return moved;
  }

  extrudeOutlines(outlines: Float64Array, height: number): number {
    requireFinite([height], 'an extrusion');
    const section = this.#section(outlines);
    try {
      this.#count(section.numVert() * 4);
      return this.#keep(this.#kernel.Manifold.extrude(section, height));
    } finally {
      section.delete();
    }
  }

  /** Seventeen numbers for each operand: its id and the 4 × 4 matrix, by columns, that moves it to its place. */
  combineSolids(kind: Combination, operands: Float64Array): number {
    requireFinite(operands, 'a solid');
    const placed: Manifold[] = [];
    try {
      let triangles = 0;
      for (let at = 0; at + 17 <= operands.length; at += 17) {
        const solid = this.get(operands[at] ?? -1).transform(toMatrix(operands.subarray(at + 1, at + 17)));
        placed.push(solid);
        triangles += solid.numTri();
      }
      if (triangles > MAX_TRIANGLES) throw refusals.tooDetailed(triangles, MAX_TRIANGLES);
      const combined = this.#combine(kind, placed);
      // The kernel works only when it is asked; asked now, all copies of the solid share the work.
      combined.numTri();
      return this.#keep(combined);
    } finally {
      for (const solid of placed) solid.delete();
    }
  }

  #combine(kind: Combination, solids: readonly Manifold[]): Manifold {
    const { Manifold } = this.#kernel;
    if (kind === 'union') return Manifold.union(solids);
    return kind === 'subtract' ? Manifold.difference(solids) : Manifold.intersection(solids);
  }

  /** The outlines that remain, packed as they came: `[count, x, y, …]` for each, holes clockwise. */
  combineOutlines(kind: Combination, operands: readonly Float64Array[]): Float64Array {
    const sections: CrossSection[] = [];
    try {
      for (const operand of operands) sections.push(this.#section(operand));
      const { CrossSection: Section } = this.#kernel;
      const combined =
        kind === 'union'
          ? Section.union(sections)
          : kind === 'subtract'
            ? Section.difference(sections)
            : Section.intersection(sections);
      sections.push(combined);
      return packOutlines(combined.toPolygons());
    } finally {
      for (const section of sections) section.delete();
    }
  }

  #section(numbers: Float64Array): CrossSection {
    requireFinite(numbers, 'an outline');
    if (numbers.length > MAX_TRIANGLES) throw refusals.tooDetailed(numbers.length / 2, MAX_TRIANGLES);
    return this.#kernel.CrossSection.ofPolygons(unpackOutlines(numbers), 'NonZero');
  }

  /** A solid at its place, for whoever takes it out of the store and frees it. */
  takePlaced(id: number, matrix: readonly number[]): Manifold {
    requireFinite(matrix, 'a solid');
    const placed = this.get(id).transform(toMatrix(matrix));
    const triangles = placed.numTri();
    if (triangles <= MAX_TRIANGLES) return placed;
    placed.delete();
    throw refusals.tooDetailed(triangles, MAX_TRIANGLES);
  }

  splitSolid(id: number): number[] {
    return this.get(id)
      .decompose()
      .map((piece) => this.#keep(piece));
  }

  /** Nine numbers for each triangle. */
  fetchTriangles(id: number): Float64Array {
    const mesh = this.get(id).getMesh();
    const numbers = new Float64Array(mesh.triVerts.length * 3);
    mesh.triVerts.forEach((vertex, index) => {
      for (let axis = 0; axis < 3; axis += 1) {
        numbers[index * 3 + axis] = mesh.vertProperties[vertex * mesh.numProp + axis] ?? 0;
      }
    });
    return numbers;
  }

  #count(triangles: number): void {
    this.#trianglesAdded += triangles;
    if (this.#trianglesAdded > 4 * MAX_TRIANGLES || triangles > MAX_TRIANGLES) {
      throw refusals.tooDetailed(Math.max(triangles, this.#trianglesAdded), MAX_TRIANGLES);
    }
  }

  /** Frees the kernel's memory; the solids that left the store as copies stay. */
  clear(): void {
    for (const solid of this.#solids) solid.delete();
    this.#solids.length = 0;
  }
}

/** Coordinates beyond 10 km are a mistake of units, and would lose the micrometre in single precision. */
const MAX_COORDINATE_MM = 10_000_000;

function requireFinite(numbers: ArrayLike<number>, what: string): void {
  for (let index = 0; index < numbers.length; index += 1) {
    const value = numbers[index] ?? Number.NaN;
    if (!(Math.abs(value) < MAX_COORDINATE_MM)) throw refusals.notFinite(what);
  }
}

function toMatrix(numbers: ArrayLike<number>): Mat4 {
  const at = (index: number): number => numbers[index] ?? 0;
  return [
    ...[at(0), at(1), at(2), at(3)],
    ...[at(4), at(5), at(6), at(7)],
    ...[at(8), at(9), at(10), at(11)],
    ...[at(12), at(13), at(14), at(15)],
  ] as Mat4;
}

function unpackOutlines(numbers: Float64Array): Vec2[][] {
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

function packOutlines(outlines: readonly (readonly Vec2[])[]): Float64Array {
  return new Float64Array(outlines.flatMap((outline) => [outline.length, ...outline.flat()]));
}
