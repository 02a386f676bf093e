import type { CrossSection, Kernel, Manifold, Mat4, Vec2 } from '../kernel/manifold-kernel.ts';
import { IDENTITY, packOutlines, requireFinite, toMatrix, unpackOutlines } from './guest-numbers.ts';
import { MAX_SEGMENTS, MAX_SOLIDS, MAX_TRIANGLES } from './limits.ts';
import {
  circle,
  countTriangles,
  cutThrough,
  findThroughCutters,
  intersectPrisms,
  type Prism,
  placePrism,
  raisePrism,
  rectangle,
  unitePrisms,
} from './prism.ts';
import { refusals } from './refusals.ts';
import { weldPolygons } from './weld-polygons.ts';

export type Combination = 'union' | 'subtract' | 'intersect';

/** Made when it is first needed: most cutters of a sheet design never become solids. */
interface Stored {
  solid?: Manifold;
  readonly make: () => Manifold;
  /** Where the solid is known to be a prism in its own axes. */
  readonly prism: Prism | undefined;
}

/** An operand of a boolean operation. */
interface Operand {
  readonly stored: Stored;
  readonly matrix: Mat4;
  /** The prism at its place. */
  readonly prism: Prism | undefined;
}

/**
 * The solids of one evaluation, by number. All that comes in is checked: numbers finite, ids known, sizes within
 * limits. Errors are AppErrors with a sentence for the author of the design.
 */
export class SolidStore {
  readonly #kernel: Kernel;
  readonly #stored: Stored[] = [];
  readonly #circles = new Map<string, Vec2[]>();
  #trianglesAdded = 0;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  #keep(make: () => Manifold, prism?: Prism): number {
    if (this.#stored.length >= MAX_SOLIDS) throw refusals.tooDetailed(this.#stored.length, MAX_SOLIDS);
    this.#stored.push({ make, prism });
    return this.#stored.length - 1;
  }

  #keepSolid(solid: Manifold): number {
    try {
      const id = this.#keep(() => solid);
      this.get(id);
      return id;
    } catch (error) {
      solid.delete();
      throw error;
    }
  }

  #keepPrism(prism: Prism): number {
    return this.#keep(() => raisePrism(this.#kernel, prism), prism);
  }

  #find(id: number): Stored {
    const stored = this.#stored[id];
    if (stored === undefined) throw refusals.notAShape('');
    return stored;
  }

  #solidOf(stored: Stored): Manifold {
    stored.solid ??= stored.make();
    return stored.solid;
  }

  get(id: number): Manifold {
    return this.#solidOf(this.#find(id));
  }

  /** `[count, x, y, z, …]` for each convex face, in millimetres, counter-clockwise seen from outside. */
  addPolygons(numbers: Float64Array): number {
    requireFinite(numbers, 'a solid');
    const mesh = weldPolygons(numbers);
    this.#count(mesh.triVerts.length / 3);
    if (mesh.triVerts.length === 0) return this.#keepSolid(this.#emptySolid());
    return this.#keepSolid(this.#fromMesh(mesh));
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
    const make = (): Manifold =>
      this.#moved(this.#kernel.Manifold.cube([width, depth, height], true), [x, y, z]);
    return this.#keep(make, {
      contours: [rectangle([x, y], [width, depth])],
      lowMm: z - height / 2,
      highMm: z + height / 2,
    });
  }

  addCylinder(center: readonly number[], height: number, radius: number, segments: number): number {
    requireFinite([...center, height, radius, segments], 'a cylinder');
    if (segments > MAX_SEGMENTS) throw refusals.tooManySegments(segments, MAX_SEGMENTS);
    this.#count(segments * 4);
    const [x = 0, y = 0, z = 0] = center;
    const make = (): Manifold =>
      this.#moved(this.#kernel.Manifold.cylinder(height, radius, radius, segments, true), [x, y, z]);
    const corners = this.#circle(radius, segments).map(
      ([cornerX, cornerY]): Vec2 => [cornerX + x, cornerY + y],
    );
    return this.#keep(make, { contours: [corners], lowMm: z - height / 2, highMm: z + height / 2 });
  }

  #circle(radius: number, segments: number): readonly Vec2[] {
    const key = `${radius},${segments}`;
    const known = this.#circles.get(key) ?? circle(this.#kernel, radius, segments);
    this.#circles.set(key, known);
    return known;
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
      return this.#keepPrism({ contours: section.toPolygons(), lowMm: 0, highMm: height });
    } finally {
      section.delete();
    }
  }

  /** Seventeen numbers for each operand: its id and the 4 × 4 matrix, by columns, that moves it to its place. */
  combineSolids(kind: Combination, operands: Float64Array): number {
    requireFinite(operands, 'a solid');
    const list: Operand[] = [];
    for (let at = 0; at + 17 <= operands.length; at += 17) {
      const stored = this.#find(operands[at] ?? -1);
      const matrix = toMatrix(operands.subarray(at + 1, at + 17));
      list.push({ stored, matrix, prism: stored.prism && placePrism(stored.prism, matrix) });
    }
    const triangles = list.reduce((sum, { stored }) => sum + this.#trianglesOf(stored), 0);
    if (triangles > MAX_TRIANGLES) throw refusals.tooDetailed(triangles, MAX_TRIANGLES);
    return kind === 'subtract' ? this.#subtract(list) : this.#join(kind, list);
  }

  #trianglesOf({ solid, prism }: Stored): number {
    return solid?.numTri() ?? (prism === undefined ? 0 : countTriangles(prism));
  }

  #join(kind: 'union' | 'intersect', operands: readonly Operand[]): number {
    const prisms = operands.flatMap(({ prism }) => prism ?? []);
    if (prisms.length === operands.length && prisms.length > 0) {
      const joined = (kind === 'union' ? unitePrisms : intersectPrisms)(this.#kernel, prisms);
      if (joined !== undefined) return this.#keepPrism(joined);
    }
    return this.#inSpace(kind, operands);
  }

  /** What goes through the body is taken away in the plane first; the rest in space, where there is any. */
  #subtract(operands: readonly Operand[]): number {
    const [body, ...cutters] = operands;
    if (body?.prism === undefined) return this.#inSpace('subtract', operands);
    const isThrough = findThroughCutters(
      body.prism,
      cutters.map(({ prism }) => prism),
    );
    const through = cutters.flatMap(({ prism }, index) => (isThrough[index] && prism ? prism : []));
    const others = cutters.filter((_, index) => !isThrough[index]);
    const prism = through.length === 0 ? body.prism : cutThrough(this.#kernel, body.prism, through);
    if (others.length === 0) return this.#keepPrism(prism);
    const cut: Stored = { prism, make: () => raisePrism(this.#kernel, prism) };
    try {
      return this.#inSpace('subtract', [{ stored: cut, matrix: IDENTITY, prism }, ...others]);
    } finally {
      cut.solid?.delete();
    }
  }

  #inSpace(kind: Combination, operands: readonly Operand[]): number {
    const placed: Manifold[] = [];
    try {
      for (const { stored, matrix } of operands) placed.push(this.#solidOf(stored).transform(matrix));
      const combined = this.#combine(kind, placed);
      // The kernel works only when it is asked; asked now, all copies of the solid share the work.
      combined.numTri();
      return this.#keepSolid(combined);
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
      .map((piece) => this.#keepSolid(piece));
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
    for (const { solid } of this.#stored) solid?.delete();
    this.#stored.length = 0;
  }
}
