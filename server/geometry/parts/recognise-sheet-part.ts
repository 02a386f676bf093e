import type { Contour, Pocket, SheetPart } from '#contract/sheet-layout.ts';
import { AppError } from '../../errors.ts';
import type { CrossSection, Manifold } from '../kernel/manifold-kernel.ts';
import { facesOf, HALF_TURN_ABOUT_X, lieFlat, QUARTER_TURN_ABOUT_Z, settle } from './lie-flat.ts';
import { signedArea, tidyContour } from './plane-figures.ts';

export interface SheetPartRequest {
  readonly partId: string;
  readonly name: string;
  /** What the sheet measures. */
  readonly thicknessMm: number;
}

/** A part may differ from its sheet by this: what single precision and a design's own rounding add up to. */
const THICKNESS_TOLERANCE_MM = 0.05;

/** Levels nearer than this are one; a cutter's depth is set to a hundredth at best. */
const LEVEL_TOLERANCE_MM = 0.01;

/** Faces and recesses smaller than this are splinters of a boolean operation. */
const SPLINTER_MM2 = 0.05;

/** Corners that lie on the line between their neighbours, such as the kernel leaves in side faces, fall away. */
const STRAIGHT_TOLERANCE_MM = 0.0005;

/** The prisms of all levels must add up to the volume of the solid, or something was not seen. */
const VOLUME_TOLERANCE = 1e-4;

function refuse(
  { partId, name }: SheetPartRequest,
  sentence: string,
  code: string,
  details: object = {},
): AppError {
  return new AppError('bad-input', `The sheet part "${name}" ${sentence}`, {
    code,
    details: { partId, name, ...details },
  });
}

/**
 * Turns a solid, however it stands in the assembly, into a flat part with its recesses upwards. It must be as thick as
 * its sheet, have upright sides only, and recesses from one face only. Throws a sentence that names the part.
 */
export function recogniseSheetPart(solid: Manifold, request: SheetPartRequest): SheetPart {
  let flat = lieFlat(solid);
  try {
    flat = turnRecessesUp(flat, request);
    flat = turnLongSideToX(flat);
    checkThickness(flat, request);
    return readLevels(flat, request);
  } finally {
    flat.delete();
  }
}

function turnLongSideToX(flat: Manifold): Manifold {
  const { max } = flat.boundingBox();
  if (max[0] >= max[1] - LEVEL_TOLERANCE_MM) return flat;
  const turned = settle(flat.transform(QUARTER_TURN_ABOUT_Z));
  flat.delete();
  return turned;
}

function checkThickness(flat: Manifold, request: SheetPartRequest): void {
  const heightMm = flat.boundingBox().max[2];
  if (Math.abs(heightMm - request.thicknessMm) <= THICKNESS_TOLERANCE_MM) return;
  throw refuse(
    request,
    `is ${heightMm.toFixed(2)} mm thick, but its sheet is ${request.thicknessMm} mm. Make it as thick as the sheet, or correct its thickness in design.toml.`,
    'part.wrong-thickness',
    { thicknessMm: heightMm, sheetMm: request.thicknessMm },
  );
}

interface Levels {
  /** Heights of faces that look up and of those that look down, lowest first. */
  readonly up: number[];
  readonly down: number[];
  readonly slopedMm2: number;
}

function findLevels(flat: Manifold): Levels {
  const areas = { up: new Map<number, number>(), down: new Map<number, number>() };
  let slopedMm2 = 0;
  for (const { normal, corners, areaMm2 } of facesOf(flat)) {
    const steep = Math.abs(normal[2]);
    if (steep > 0.9998) {
      const height = (corners[0][2] + corners[1][2] + corners[2][2]) / 3;
      const level = Math.round(height / LEVEL_TOLERANCE_MM) * LEVEL_TOLERANCE_MM;
      const side = normal[2] > 0 ? areas.up : areas.down;
      side.set(level, (side.get(level) ?? 0) + areaMm2);
    } else if (steep > 0.02) slopedMm2 += areaMm2;
  }
  return { up: merged(areas.up), down: merged(areas.down), slopedMm2 };
}

function merged(areas: ReadonlyMap<number, number>): number[] {
  const levels: number[] = [];
  for (const [level, area] of [...areas].sort(([a], [b]) => a - b)) {
    if (area < SPLINTER_MM2) continue;
    if (level - (levels.at(-1) ?? -Infinity) > 2 * LEVEL_TOLERANCE_MM) levels.push(level);
  }
  return levels;
}

function turnRecessesUp(flat: Manifold, request: SheetPartRequest): Manifold {
  const { up, down, slopedMm2 } = findLevels(flat);
  if (slopedMm2 > 1) {
    throw refuse(
      request,
      'has sloped or rounded faces, which a cutter that moves in flat layers cannot make. Give it upright sides, or print it.',
      'part.sloped',
      { slopedMm2 },
    );
  }
  if (down.length <= 1) return flat;
  if (up.length > 1) {
    throw refuse(
      request,
      'has recesses in both faces, so that it would have to be turned over on the machine. Keep all recesses in one face.',
      'part.both-faces',
    );
  }
  const turned = settle(flat.transform(HALF_TURN_ABOUT_X));
  flat.delete();
  return turned;
}

/** Slices between two levels, lowest first. */
function sliceBands(flat: Manifold, heights: readonly number[]): CrossSection[] {
  return heights.slice(1).map((top, index) => {
    const slice = flat.slice((top + (heights[index] ?? 0)) / 2);
    const simple = slice.simplify(STRAIGHT_TOLERANCE_MM);
    slice.delete();
    return simple;
  });
}

function readLevels(flat: Manifold, request: SheetPartRequest): SheetPart {
  const top = flat.boundingBox().max[2];
  const floors = findLevels(flat).up.filter((level) => level < top - 2 * LEVEL_TOLERANCE_MM);
  const heights = [0, ...floors, top];
  const bands = sliceBands(flat, heights);
  try {
    const prisms = bands.reduce(
      (sum, band, index) => sum + band.area() * ((heights[index + 1] ?? 0) - (heights[index] ?? 0)),
      0,
    );
    const volume = flat.volume();
    if (Math.abs(prisms - volume) > volume * VOLUME_TOLERANCE) {
      throw refuse(
        request,
        'has a hollow or an undercut that a cutter from above cannot reach. Keep every recess open to one face.',
        'part.undercut',
      );
    }
    const [bottom] = bands;
    if (bottom === undefined) throw refuse(request, 'has no volume.', 'part.empty');
    return { ...readOutline(bottom, request), pockets: readPockets(bands, heights) };
  } finally {
    for (const band of bands) band.delete();
  }
}

function readOutline(bottom: CrossSection, request: SheetPartRequest): Omit<SheetPart, 'pockets'> {
  const contours = bottom.toPolygons().map(tidyContour);
  const outlines = contours.filter((contour) => signedArea(contour) > SPLINTER_MM2);
  const [outline] = outlines;
  if (outline === undefined || outlines.length > 1) {
    throw refuse(
      request,
      `falls into ${outlines.length} pieces. Return each piece as a part of its own, or join them.`,
      'part.in-pieces',
      { pieces: outlines.length },
    );
  }
  const cutouts = contours.filter((contour) => signedArea(contour) < -SPLINTER_MM2);
  return { partId: request.partId, name: request.name, thicknessMm: request.thicknessMm, outline, cutouts };
}

/** The floor of a recess at a height is what the band below has and the band above has not. */
function readPockets(bands: readonly CrossSection[], heights: readonly number[]): Pocket[] {
  const top = heights.at(-1) ?? 0;
  return bands.slice(1).flatMap((above, index) => {
    const below = bands[index];
    if (below === undefined) return [];
    const floor = below.subtract(above);
    const pieces = floor.decompose();
    floor.delete();
    const depthMm = Math.round((top - (heights[index + 1] ?? 0)) * 1000) / 1000;
    return pieces.flatMap((piece) => {
      const contours = piece.toPolygons().map(tidyContour);
      piece.delete();
      return toPocket(contours, depthMm);
    });
  });
}

function toPocket(contours: readonly Contour[], depthMm: number): Pocket[] {
  const contour = contours.find((one) => signedArea(one) > SPLINTER_MM2);
  if (contour === undefined) return [];
  return [{ contour, islands: contours.filter((one) => signedArea(one) < -SPLINTER_MM2), depthMm }];
}
