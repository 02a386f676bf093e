import { skirtReachMm } from './plan-layers.ts';
import { PlateRefused } from './plate-refused.ts';
import type { Printer } from './printer.ts';
import type { PlateMesh } from './read-plate.ts';

/** Box around everything on the plate. */
export type PlateBox = { min: readonly [number, number, number]; max: readonly [number, number, number] };

export type BedPlace = {
  /** How the plate has to be moved: not at all along the bed where it lies on it already. */
  moveMm: [number, number, number];
  hasSkirt: boolean;
};

/** What a writer of 3MF files rounds. */
const FIT_TOLERANCE_MM = 0.01;

/** Stands the plate on the bed: where it is, if it fits there, else in the middle. Refused with what it is too large by. */
export function placeOnBed({ min, max }: PlateBox, printer: Printer): BedPlace {
  const { bedMm } = printer;
  const size = [max[0] - min[0], max[1] - min[1], max[2] - min[2]] as const;
  refuseTooLarge(size, printer);
  const reach = skirtReachMm(printer);
  const hasSkirt = size[0] + 2 * reach <= bedMm.x && size[1] + 2 * reach <= bedMm.y;
  const room = hasSkirt ? reach : 0;
  const isInside = min[0] >= room && min[1] >= room && max[0] <= bedMm.x - room && max[1] <= bedMm.y - room;
  const dx = isInside ? 0 : (bedMm.x - size[0]) / 2 - min[0];
  const dy = isInside ? 0 : (bedMm.y - size[1]) / 2 - min[1];
  return { moveMm: [dx, dy, -min[2]], hasSkirt };
}

function refuseTooLarge(size: readonly [number, number, number], { bedMm }: Printer): void {
  const missing = [size[0] - bedMm.x, size[1] - bedMm.y, size[2] - bedMm.z] as const;
  const said = (['long', 'wide', 'high'] as const).flatMap((word, axis) => {
    const mm = missing[axis] ?? 0;
    return mm > FIT_TOLERANCE_MM ? [`${Math.ceil(mm * 10) / 10} mm too ${word}`] : [];
  });
  if (said.length === 0) return;
  throw new PlateRefused(
    'too-large',
    `The plate is ${said.join(' and ')} for the printer's ${bedMm.x} × ${bedMm.y} × ${bedMm.z} mm: use a larger printer or order fewer parts at once.`,
    { missingXMm: missing[0], missingYMm: missing[1], missingZMm: missing[2] },
  );
}

/** The box around the meshes of a plate. */
export function boxAround(meshes: readonly PlateMesh[]): PlateBox {
  const min: [number, number, number] = [Infinity, Infinity, Infinity];
  const max: [number, number, number] = [-Infinity, -Infinity, -Infinity];
  for (const { positions } of meshes) {
    for (const [index, value] of positions.entries()) {
      const axis = (index % 3) as 0 | 1 | 2;
      min[axis] = Math.min(min[axis], value);
      max[axis] = Math.max(max[axis], value);
    }
  }
  return { min, max };
}
