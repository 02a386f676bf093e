import { canonicalJson } from '#contract/canonical-json.ts';
import type { WorkPiece } from '#contract/design.ts';
import type { ContentHash } from '#contract/quantities.ts';
import type { SheetLayout } from '#contract/sheet-layout.ts';
import { AppError } from '../../errors.ts';
import { cutSeconds } from '../estimate/cut-seconds.ts';
import { type PrintNeeds, plateSeconds } from '../estimate/print-needs.ts';
import { writeSheetDxf } from '../exports/dxf.ts';
import type { SolidMesh } from '../exports/solid-mesh.ts';
import { writeThreeMf } from '../exports/three-mf.ts';
import { DEFAULT_EVALUATIONS, nestSheets } from '../nesting/nest.ts';
import type { PrintProfile, SheetProfile } from '../package/design-profile.ts';
import type { DesignPart } from '../parts/design-parts.ts';
import { roundToMicrometre } from '../parts/plane-figures.ts';
import { SCRIPT_SEED } from '../sandbox/limits.ts';
import { type PlacedBox, packPlates } from './pack-plates.ts';

/** Keeps the bytes of a file and gives their address. */
export type Keep = (bytes: Uint8Array) => ContentHash;

function countParts(partIds: readonly string[]): { partId: string; quantity: number }[] {
  const counts = new Map<string, number>();
  for (const partId of partIds) counts.set(partId, (counts.get(partId) ?? 0) + 1);
  return [...counts].map(([partId, quantity]) => ({ partId, quantity }));
}

function refuseUnplaced(unplaced: readonly { partId: string; reason: string }[]): AppError {
  const [first] = unplaced;
  return new AppError(
    'cannot-be-made',
    `The part "${first?.partId}" does not fit on its sheet: ${first?.reason}. Choose smaller dimensions.`,
    { code: 'design.does-not-fit-sheet', details: { unplaced } },
  );
}

/** Nests all parts that are cut; one piece of work for each sheet. */
export function cutPieces(parts: readonly DesignPart[], profile: SheetProfile, keep: Keep): WorkPiece[] {
  const flats = parts.flatMap(({ flat, quantity }) => (flat === undefined ? [] : [{ flat, quantity }]));
  if (flats.length === 0) return [];
  const { sheets, unplaced } = nestSheets({
    parts: flats.map(
      ({ flat: { innerRadiusMm: _radius, narrowestOpeningMm: _opening, ...part }, quantity }) => ({
        part,
        quantity,
      }),
    ),
    stock: {
      material: profile.material,
      lengthMm: profile['length-mm'],
      widthMm: profile['width-mm'],
      thicknessMm: profile['thickness-mm'],
    },
    gapMm: profile['gap-mm'],
    marginMm: profile['margin-mm'],
    rotationsDeg: profile['rotations-deg'],
    seed: SCRIPT_SEED,
    evaluations: DEFAULT_EVALUATIONS,
  });
  if (unplaced.length > 0) throw refuseUnplaced(unplaced);
  const openings = new Map(flats.map(({ flat }) => [flat.partId, flat]));
  return sheets.map((layout, index) =>
    toCutPiece(layout, `Sheet ${index + 1} of ${sheets.length}`, openings, keep),
  );
}

function toCutPiece(
  layout: SheetLayout,
  title: string,
  openings: ReadonlyMap<string, { innerRadiusMm: number; narrowestOpeningMm: number }>,
  keep: Keep,
): WorkPiece {
  const partIds = layout.placed.map(({ part }) => part.partId);
  const measured = partIds.flatMap((partId) => openings.get(partId) ?? []);
  return {
    process: 'cut',
    title,
    material: layout.sheet.material,
    thicknessMm: layout.sheet.thicknessMm,
    sheet: { lengthMm: layout.sheet.lengthMm, widthMm: layout.sheet.widthMm },
    layout: keep(new TextEncoder().encode(canonicalJson(layout))),
    dxf: keep(writeSheetDxf(layout)),
    utilisation: layout.utilisation,
    innerRadiusMm: Math.min(...measured.map(({ innerRadiusMm }) => innerRadiusMm)),
    narrowestOpeningMm: Math.min(...measured.map(({ narrowestOpeningMm }) => narrowestOpeningMm)),
    parts: countParts(partIds),
    estimatedSeconds: cutSeconds(layout),
  };
}

interface Printed {
  readonly part: DesignPart;
  readonly mesh: SolidMesh;
  readonly needs: PrintNeeds;
  readonly min: readonly [number, number, number];
  readonly size: readonly [number, number, number];
}

/** Sets all copies of the printed parts on plates; one piece of work for each plate. */
export function printPieces(
  parts: readonly DesignPart[],
  made: ReadonlyMap<DesignPart, { mesh: SolidMesh; needs: PrintNeeds }>,
  profile: PrintProfile,
  keep: Keep,
): WorkPiece[] {
  const printed = parts.flatMap((part) => {
    const printedPart = made.get(part);
    if (printedPart === undefined) return [];
    const { min, max } = part.solids[0].solid.boundingBox();
    const size = [max[0] - min[0], max[1] - min[1], max[2] - min[2]] as const;
    return [{ ...printedPart, part, min, size }];
  });
  const boxes = printed.flatMap(({ part, size }, kind) =>
    Array.from({ length: part.quantity }, () => ({ kind, xMm: size[0], yMm: size[1] })),
  );
  const plates = packPlates(boxes);
  return plates.map((plate, index) =>
    toPrintPiece(plate, printed, `Plate ${index + 1} of ${plates.length}`, profile, keep),
  );
}

function toPrintPiece(
  plate: readonly PlacedBox[],
  printed: readonly Printed[],
  title: string,
  profile: PrintProfile,
  keep: Keep,
): WorkPiece {
  const kinds = [...new Set(plate.map(({ kind }) => kind))];
  const items = plate.map(({ kind, atMm }) => {
    const [x = 0, y = 0, z = 0] = printed[kind]?.min ?? [];
    return {
      object: kinds.indexOf(kind),
      moveMm: [
        roundToMicrometre(atMm[0] - x),
        roundToMicrometre(atMm[1] - y),
        roundToMicrometre(-z),
      ] as const,
    };
  });
  const of = (kind: number): Printed[] => printed.slice(kind, kind + 1);
  const copies = plate.flatMap(({ kind }) => of(kind));
  const heightMm = Math.max(...copies.map(({ size }) => size[2]));
  const milligrams = copies.reduce(
    (sum, { needs, part }) => sum + (needs.plasticMm3 * part.profile['density-kg-per-m3']) / 1000,
    0,
  );
  return {
    process: 'print',
    title,
    material: profile.material,
    size: {
      xMm: roundToMicrometre(Math.max(...plate.map(({ atMm, xMm }) => atMm[0] + xMm))),
      yMm: roundToMicrometre(Math.max(...plate.map(({ atMm, yMm }) => atMm[1] + yMm))),
      zMm: roundToMicrometre(heightMm),
    },
    plate: keep(
      writeThreeMf(
        kinds.flatMap(of).map(({ mesh }) => mesh),
        items,
      ),
    ),
    materialMg: Math.round(milligrams),
    layerHeightMm: profile['layer-height-mm'],
    parts: countParts(copies.map(({ part }) => part.profile.id)),
    estimatedSeconds: plateSeconds(
      copies.map(({ needs }) => needs),
      profile['layer-height-mm'],
    ),
  };
}
