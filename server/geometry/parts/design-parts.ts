import type { Parameters } from '#contract/design.ts';
import type { SheetPart } from '#contract/sheet-layout.ts';
import { AppError } from '../../errors.ts';
import type { Kernel } from '../kernel/manifold-kernel.ts';
import type { DesignProfile, PartProfile } from '../package/design-profile.ts';
import { measureOpenings, type Openings } from './measure-openings.ts';
import { recogniseSheetPart } from './recognise-sheet-part.ts';
import type { ReturnedSolid } from './returned-shapes.ts';
import { isSameFlatShape } from './same-flat-shape.ts';

/** One kind of part with all solids of the assembly that are copies of it. */
export interface DesignPart {
  readonly profile: PartProfile;
  readonly solids: readonly [ReturnedSolid, ...ReturnedSolid[]];
  readonly quantity: number;
  /** Only for parts that are cut. */
  readonly flat?: SheetPart & Openings;
}

function matches({ name }: ReturnedSolid, { geometry }: PartProfile, isOnlyPart: boolean): boolean {
  return name === geometry || name.startsWith(`${geometry}:`) || (isOnlyPart && name === '');
}

function refuseUnknown({ name }: ReturnedSolid): AppError {
  const sentence =
    name === ''
      ? 'The design returns a solid without a name. Set geometry.name so that design.toml can say which part it is.'
      : `The design returns a solid named "${name}", but design.toml has no [[parts]] entry with geometry = "${name.split(':')[0]}". Add the entry or correct the name.`;
  return new AppError('bad-input', sentence, { code: 'design.part-unknown', details: { name } });
}

function refuseDifferent(profile: PartProfile, name: string): AppError {
  return new AppError(
    'bad-input',
    `The solids named "${profile.geometry}" are not all of one shape: "${name}" differs from the first (a mirrored part is a different one). Give it a name and a [[parts]] entry of its own.`,
    { code: 'design.copies-differ', details: { geometry: profile.geometry, name } },
  );
}

/** Length from a profile: a number, or the parameter that it names. */
function thicknessOf(profile: PartProfile, parameters: Parameters): number {
  const { thickness } = profile;
  const value = typeof thickness === 'string' ? parameters[thickness] : thickness;
  if (typeof value === 'number' && value > 0) return value;
  throw new AppError(
    'bad-input',
    `design.toml: the part "${profile.id}" takes its thickness from "${thickness}", which is not a number parameter of the design. Correct "thickness".`,
    { code: 'package.field-invalid', details: { file: 'design.toml', field: 'parts.thickness' } },
  );
}

/** One solid of each shape, the first of them first. */
function distinctShapes(solids: readonly ReturnedSolid[]): ReturnedSolid[] {
  return [...new Map([...solids].reverse().map((solid) => [solid.shapeKey, solid])).values()].reverse();
}

function flatten(
  kernel: Kernel,
  profile: PartProfile,
  solids: readonly ReturnedSolid[],
  parameters: Parameters,
): SheetPart & Openings {
  const request = { partId: profile.id, name: profile.name, thicknessMm: thicknessOf(profile, parameters) };
  const shapes = distinctShapes(solids);
  const flats = shapes.map(({ solid }) => recogniseSheetPart(solid, request));
  const [first, ...others] = flats;
  if (first === undefined) throw refuseDifferent(profile, '');
  const different = others.findIndex((other) => !isSameFlatShape(kernel, first, other));
  if (different !== -1) throw refuseDifferent(profile, shapes[different + 1]?.name ?? '');
  return { ...first, ...measureOpenings(kernel, first) };
}

/** Printed copies must agree in volume and surface to this share; that tells shapes apart, though not mirrored ones. */
const SAME_SOLID_SHARE = 1e-4;

function checkSameSolids(profile: PartProfile, solids: readonly ReturnedSolid[]): void {
  const [first, ...others] = distinctShapes(solids);
  if (first === undefined) return;
  for (const other of others) {
    for (const measure of ['volume', 'surfaceArea'] as const) {
      const [a, b] = [first.solid[measure](), other.solid[measure]()];
      if (Math.abs(a - b) > SAME_SOLID_SHARE * a) throw refuseDifferent(profile, other.name);
    }
  }
}

function toPart(
  kernel: Kernel,
  profile: PartProfile,
  solids: readonly ReturnedSolid[],
  parameters: Parameters,
): DesignPart[] {
  const [first, ...others] = solids;
  if (first === undefined) return [];
  const part = { profile, solids: [first, ...others] as const, quantity: solids.length * profile.copies };
  if (profile.process === 'cut') return [{ ...part, flat: flatten(kernel, profile, solids, parameters) }];
  checkSameSolids(profile, solids);
  return [part];
}

/**
 * Sorts the returned solids into the parts that `design.toml` names: the geometry `rib` and all `rib:…` are copies of
 * one part. Parts that a choice of parameters leaves out are not in the result.
 */
export function collectParts(
  kernel: Kernel,
  solids: readonly ReturnedSolid[],
  profile: Pick<DesignProfile, 'parts'>,
  parameters: Parameters,
): DesignPart[] {
  const isOnlyPart = profile.parts.length === 1;
  const unknown = solids.find((solid) => !profile.parts.some((part) => matches(solid, part, isOnlyPart)));
  if (unknown !== undefined) throw refuseUnknown(unknown);
  return profile.parts.flatMap((part) =>
    toPart(
      kernel,
      part,
      solids.filter((solid) => matches(solid, part, isOnlyPart)),
      parameters,
    ),
  );
}
