import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isClosedMesh, toSolidMesh } from '../../../server/geometry/exports/solid-mesh.ts';
import {
  type Kernel,
  loadKernel,
  type Manifold,
  type Mat4,
} from '../../../server/geometry/kernel/manifold-kernel.ts';
import { type Combination, SolidStore } from '../../../server/geometry/sandbox/solid-store.ts';

let kernel: Kernel;
let store: SolidStore;
beforeAll(async () => {
  kernel = await loadKernel();
});
afterEach(() => store.clear());

interface Made {
  readonly shape: 'cuboid' | 'cylinder' | 'bar';
  readonly at: readonly [number, number, number];
  readonly size: readonly [number, number, number];
  readonly turnDeg: number;
}

/** Few values, so that faces, edges and corners often touch. */
const made: fc.Arbitrary<Made> = fc.record({
  shape: fc.constantFrom('cuboid', 'cylinder', 'bar'),
  at: fc.tuple(
    fc.integer({ min: -3, max: 3 }),
    fc.integer({ min: -3, max: 3 }),
    fc.constantFrom(0, 0, 0, 2, -9, 0.0004),
  ),
  size: fc.tuple(fc.constantFrom(2, 4, 5), fc.constantFrom(2, 4, 5), fc.constantFrom(4, 4, 8)),
  turnDeg: fc.constantFrom(0, 0, 90, 180, 30, 37.3),
});

function matrixOf({ at: [x, y, z], turnDeg }: Made): Mat4 {
  const [cos, sin] = [Math.cos((turnDeg * Math.PI) / 180), Math.sin((turnDeg * Math.PI) / 180)];
  return [cos, sin, 0, 0, -sin, cos, 0, 0, 0, 0, 1, 0, x, y, z, 1];
}

function add({ shape, size: [width, depth, height] }: Made): number {
  if (shape === 'cuboid') return store.addCuboid([0, 0, 0], [width, depth, height]);
  if (shape === 'cylinder') return store.addCylinder([0, 0, 0], height, width / 2, 16);
  const l = [6, 0, 0, width, 0, width, 1, 1, 1, 1, depth, 0, depth];
  return store.extrudeOutlines(new Float64Array(l), height);
}

function inSpace(kind: Combination, shapes: readonly Made[]): Manifold {
  const solids = shapes.map((shape) => {
    const [width, depth, height] = shape.size;
    const solid =
      shape.shape === 'cuboid'
        ? kernel.Manifold.cube([width, depth, height], true)
        : shape.shape === 'cylinder'
          ? kernel.Manifold.cylinder(height, width / 2, width / 2, 16, true)
          : kernel.Manifold.extrude(
              [
                [
                  [0, 0],
                  [width, 0],
                  [width, 1],
                  [1, 1],
                  [1, depth],
                  [0, depth],
                ],
              ],
              height,
            );
    return solid.transform(matrixOf(shape));
  });
  if (kind === 'union') return kernel.Manifold.union(solids);
  return kind === 'subtract' ? kernel.Manifold.difference(solids) : kernel.Manifold.intersection(solids);
}

function combine(kind: Combination, shapes: readonly Made[]): Manifold {
  const numbers = shapes.flatMap((shape) => [add(shape), ...matrixOf(shape)]);
  return store.get(store.combineSolids(kind, new Float64Array(numbers)));
}

function expectSame(found: Manifold, wanted: Manifold): void {
  // What touches in single points only may be there or not: such splinters have no volume.
  const volume = wanted.volume();
  expect(Math.abs(found.volume() - volume)).toBeLessThan(1e-6 * Math.max(1, volume));
  if (volume < 1e-6) return;
  const [box, wantedBox] = [found.boundingBox(), wanted.boundingBox()];
  for (const side of ['min', 'max'] as const)
    for (const axis of [0, 1, 2] as const) expect(box[side][axis]).toBeCloseTo(wantedBox[side][axis], 5);
  expect(isClosedMesh(toSolidMesh(found, { name: '', partId: '', colour: [0, 0, 0, 1] }))).toBe(true);
}

describe.each(['union', 'subtract', 'intersect'] as const)('the %s of upright prisms', (kind) => {
  it('has the volume, the box and the closed surface that the kernel in space gives it', () => {
    fc.assert(
      fc.property(fc.array(made, { minLength: 2, maxLength: kind === 'intersect' ? 3 : 6 }), (shapes) => {
        store = new SolidStore(kernel);
        expectSame(combine(kind, shapes), inSpace(kind, shapes));
        store.clear();
      }),
      { numRuns: 150, seed: 7 },
    );
  });
});

describe('a prism of prisms', () => {
  it('is cut again, in the plane and from above, as in space', () => {
    store = new SolidStore(kernel);
    const identity = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
    const board = store.addCuboid([0, 0, 9], [100, 60, 18]);
    const hole = store.addCylinder([20, 0, 9], 20, 5, 32);
    const rout = store.addCuboid([-20, 0, 18], [10, 80, 18]);
    const operands = (...ids: number[]): Float64Array =>
      new Float64Array(ids.flatMap((id) => [id, ...identity]));
    const once = store.combineSolids('subtract', operands(board, hole));
    const twice = store.get(store.combineSolids('subtract', operands(once, rout, hole)));
    const circle = store.get(hole).volume() * (18 / 20);
    expect(twice.volume()).toBeCloseTo(100 * 60 * 18 - circle - 10 * 60 * 9, 5);
  });

  it('that nothing is left of is empty', () => {
    store = new SolidStore(kernel);
    const shape: Made = { shape: 'cuboid', at: [0, 0, 0], size: [4, 4, 4], turnDeg: 0 };
    expect(combine('subtract', [shape, shape]).isEmpty()).toBe(true);
  });
});
