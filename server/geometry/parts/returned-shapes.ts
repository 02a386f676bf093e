import { z } from 'zod';
import type { Rgba } from '../exports/solid-mesh.ts';
import type { Manifold } from '../kernel/manifold-kernel.ts';
import { MAX_RETURNED_SOLIDS } from '../sandbox/limits.ts';
import { refusals } from '../sandbox/refusals.ts';
import type { SolidStore } from '../sandbox/solid-store.ts';

/** JSON has no NaN: a colour or a matrix that is not finite arrives as null. */
const number = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);

const Described = z.object({
  promise: z.boolean().optional(),
  shapes: z.array(
    z.object({
      kind: z.enum(['solid', 'flat', 'other']),
      name: z.string().optional(),
      id: z.int().nonnegative().optional(),
      matrix: z.array(number).length(16).optional(),
      color: z.array(number).optional(),
    }),
  ),
});

/** A solid as the script returned it, at its place in the assembly. Whoever holds it frees it. */
export interface ReturnedSolid {
  readonly name: string;
  readonly colour: Rgba | undefined;
  readonly solid: Manifold;
  /** Equal for solids that are one shape moved and turned, without mirror or stretch. */
  readonly shapeKey: string;
}

const MAX_NAME_CHARACTERS = 100;

/** Rounded so far, matrices of rotations from different sums are equal. */
const MATRIX_DIGITS = 6;

function shapeKey(id: number, matrix: readonly number[]): string {
  const [a = 0, b = 0, c = 0, , d = 0, e = 0, f = 0, , g = 0, h = 0, i = 0] = matrix;
  const columns = [
    [a, b, c],
    [d, e, f],
    [g, h, i],
  ];
  const products = columns.flatMap((u) =>
    columns.map((v) => u.reduce((sum, value, axis) => sum + value * (v[axis] ?? 0), 0)),
  );
  const determinant = a * (e * i - f * h) - d * (b * i - c * h) + g * (b * f - c * e);
  return [
    id,
    Math.sign(determinant),
    ...products.map((value) => (value + 0).toFixed(MATRIX_DIGITS).replace(/^-(0\.0+)$/, '$1')),
  ].join();
}

function readColour(color: readonly number[] | undefined): Rgba | undefined {
  if (color === undefined || color.length < 3) return undefined;
  const [red = 0, green = 0, blue = 0, alpha = 1] = color.map((value) => Math.min(1, Math.max(0, value)));
  return [red, green, blue, alpha].every(Number.isFinite) ? [red, green, blue, alpha] : undefined;
}

/** Takes the solids that `main` returned out of the store. Throws a sentence where there are none, or other things among them. */
export function takeReturnedSolids(described: unknown, store: SolidStore): ReturnedSolid[] {
  const { promise, shapes } = Described.parse(described);
  if (promise) throw refusals.returnsPromise();
  if (shapes.length === 0) throw refusals.returnsNothing();
  if (shapes.length > MAX_RETURNED_SOLIDS) throw refusals.tooMuchOutput();
  const taken: ReturnedSolid[] = [];
  try {
    for (const { kind, name = '', id = -1, matrix = [], color } of shapes) {
      const shortName = name.slice(0, MAX_NAME_CHARACTERS);
      if (kind === 'flat') throw refusals.flatShape(shortName);
      if (kind === 'other') throw refusals.notAShape(shortName);
      const solid = store.takePlaced(id, matrix);
      taken.push({ name: shortName, colour: readColour(color), solid, shapeKey: shapeKey(id, matrix) });
      if (!(solid.volume() > 0)) throw refusals.emptySolid(shortName);
    }
    return taken;
  } catch (error) {
    freeSolids(taken);
    throw error;
  }
}

export function freeSolids(solids: readonly ReturnedSolid[]): void {
  for (const { solid } of solids) solid.delete();
}
