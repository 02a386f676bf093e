import type { CrossSection, Manifold, ManifoldToplevel } from 'manifold-3d';
import { type FillLine, fillLines, type Loop } from './fill-lines.ts';
import { PlateRefused } from './plate-refused.ts';
import type { Printer } from './printer.ts';
import { Handles } from './solid-kernel.ts';

/** What one layer is made of, in the order of printing. */
export type Layer = {
  z: number;
  skirt: Loop[];
  /** Inner walls before the outer one, so that the visible wall is pressed against something. */
  innerWalls: Loop[];
  outerWalls: Loop[];
  solid: FillLine[];
  sparse: FillLine[];
};

/** How wide a line is laid, and how far apart two lines lie so that they fill the space between them. */
export type LineWidth = { widthMm: number; spacingMm: number };

/** A line a little wider than its nozzle sticks and can be laid thinner in a corner. */
const WIDTH_PER_NOZZLE = 1.125;
const SOLID_LAYERS = 3;
const INFILL_DENSITY = 0.2;
const INFILL_ANGLES_DEG = [45, 135] as const;
/** Share of a line by which the fill presses into the wall. */
const OVERLAP = 0.2;
const SKIRT_DISTANCE_MM = 3;
const SKIRT_LOOPS = 2;
/** Vertices closer to a line than this cannot be seen in plastic. */
const SIMPLIFY_MM = 0.01;
/** A layer with more area than this must not come out empty. */
const SPECK_MM2 = 1;

/** Line width and spacing for a layer height: the space between round line ends is filled (a rectangle with half-round ends). */
export function lineWidth(printer: Printer): LineWidth {
  const widthMm = printer.nozzleMm * WIDTH_PER_NOZZLE;
  return { widthMm, spacingMm: widthMm - printer.layerHeightMm * (1 - Math.PI / 4) };
}

/** Slices a solid that stands on the plate into layers of walls, solid skins and sparse infill. */
export function planLayers(kernel: ManifoldToplevel, solid: Manifold, printer: Printer): Layer[] {
  const { layerHeightMm } = printer;
  const heightMm = solid.boundingBox().max[2];
  const count = Math.max(1, Math.round(heightMm / layerHeightMm));
  const sections = new Handles();
  try {
    const slices: CrossSection[] = [];
    for (let index = 0; index < count; index++) {
      const raw = solid.slice(Math.min(heightMm - 1e-4, (index + 0.5) * layerHeightMm));
      slices.push(sections.keep(raw.simplify(SIMPLIFY_MM)));
      raw.delete();
    }
    return slices.map((_, index) => planLayer(kernel, slices, index, printer));
  } finally {
    sections.release();
  }
}

function planLayer(
  kernel: ManifoldToplevel,
  slices: readonly CrossSection[],
  index: number,
  printer: Printer,
): Layer {
  const handles = new Handles();
  try {
    const slice = slices[index] as CrossSection;
    const { widthMm, spacingMm } = lineWidth(printer);
    const outer = handles.keep(slice.offset(-widthMm / 2, 'Miter', 2));
    const inner = handles.keep(slice.offset(-widthMm / 2 - spacingMm, 'Miter', 2));
    const z = Number(((index + 1) * printer.layerHeightMm).toFixed(4));
    if (outer.isEmpty() && slice.area() > SPECK_MM2) throw tooThin(z, widthMm);
    const fill = handles.keep(slice.offset(-widthMm / 2 - (2 - OVERLAP) * spacingMm, 'Miter', 2));
    const buried = handles.keep(buriedPart(kernel, slices, index));
    const skin = handles.keep(fill.subtract(buried));
    const sparse = handles.keep(fill.subtract(handles.keep(withoutSlivers(skin, spacingMm, handles))));
    const solid = handles.keep(fill.subtract(sparse));
    const angleDeg = INFILL_ANGLES_DEG[index % 2] ?? 45;
    return {
      z,
      skirt: index === 0 ? skirtAround(kernel, slice, spacingMm, handles) : [],
      innerWalls: loopsOf(inner),
      outerWalls: loopsOf(outer),
      solid: fillLines(loopsOf(solid), angleDeg, spacingMm),
      sparse: fillLines(loopsOf(sparse), angleDeg, spacingMm / INFILL_DENSITY),
    };
  } finally {
    handles.release();
  }
}

/** What is covered by enough layers below and above to be filled sparsely; nothing near the bottom and the top. */
function buriedPart(kernel: ManifoldToplevel, slices: readonly CrossSection[], index: number): CrossSection {
  if (index < SOLID_LAYERS || index + SOLID_LAYERS >= slices.length) {
    const slice = slices[index] as CrossSection;
    return slice.subtract(slice);
  }
  const near = slices.slice(index - SOLID_LAYERS, index + SOLID_LAYERS + 1);
  return kernel.CrossSection.intersection(near);
}

/** Skins narrower than a line cannot be laid: shrunk by half a line and grown again they are gone. */
function withoutSlivers(skin: CrossSection, spacingMm: number, handles: Handles): CrossSection {
  return handles
    .keep(skin.offset(-spacingMm / 2, 'Miter', 2))
    .offset(spacingMm / 2 + OVERLAP * spacingMm, 'Miter', 2);
}

function skirtAround(
  kernel: ManifoldToplevel,
  slice: CrossSection,
  spacingMm: number,
  handles: Handles,
): Loop[] {
  const hull = handles.keep(kernel.CrossSection.hull([slice]));
  const loops: Loop[] = [];
  for (let loop = SKIRT_LOOPS - 1; loop >= 0; loop--) {
    loops.push(...loopsOf(handles.keep(hull.offset(SKIRT_DISTANCE_MM + loop * spacingMm, 'Round'))));
  }
  return loops;
}

/** How far the skirt's outermost line reaches beyond the parts. */
export function skirtReachMm(printer: Printer): number {
  const { widthMm, spacingMm } = lineWidth(printer);
  return SKIRT_DISTANCE_MM + (SKIRT_LOOPS - 1) * spacingMm + widthMm / 2;
}

function loopsOf(section: CrossSection): Loop[] {
  return section.toPolygons().filter((loop) => loop.length >= 3);
}

function tooThin(z: number, widthMm: number): PlateRefused {
  const thinnest = Number(widthMm.toFixed(2));
  return new PlateRefused(
    'wall-too-thin',
    `At a height of ${z} mm the parts are thinner than the line of ${thinnest} mm that the nozzle lays: use a finer nozzle or thicken the design.`,
    { zMm: z, lineWidthMm: thinnest },
  );
}
