import type { Manifold, ManifoldToplevel } from 'manifold-3d';
import { readProgramPath } from '#contract/gcode-path.ts';
import { secondsOfPath } from '../toolpath/estimate-seconds.ts';
import { placeOnBed } from './place-on-bed.ts';
import { type Layer, lineWidth, planLayers } from './plan-layers.ts';
import { PlateRefused } from './plate-refused.ts';
import { PrintWriter } from './print-writer.ts';
import type { Printer, PrintProgram } from './printer.ts';
import { type PlateMesh, readPlate } from './read-plate.ts';
import { Handles, solidKernel } from './solid-kernel.ts';

/** The outer wall is seen: it is laid slower. */
const OUTER_WALL_SHARE = 0.6;
/** From the second layer on the part is cooled; PLA and PETG both bear it. */
const FAN_FROM_LAYER = 1;
/** The nozzle ends above the part, out of the operator's way. */
const LIFT_MM = 10;
/** Marlin's junction deviation as shipped. */
const JUNCTION_DEVIATION_MM = 0.013;

/**
 * Slices a plate without any program of others: two walls, three solid layers below and above, a fifth of the rest filled with
 * crossing lines, and a skirt where the bed has room for it. No supports: a design says how its parts stand.
 */
export async function sliceOurselves(threeMf: Uint8Array, printer: Printer): Promise<PrintProgram> {
  const meshes = readPlate(threeMf);
  const kernel = await solidKernel();
  const handles = new Handles();
  try {
    const solids = meshes.map((mesh) => handles.keep(solidOf(kernel, mesh)));
    const plate = solids.length === 1 ? (solids[0] as Manifold) : handles.keep(kernel.Manifold.union(solids));
    const { moveMm, hasSkirt } = placeOnBed(plate.boundingBox(), printer);
    const solid = handles.keep(plate.translate(...moveMm));
    return write(planLayers(kernel, solid, printer), hasSkirt, printer);
  } finally {
    handles.release();
  }
}

function solidOf(kernel: ManifoldToplevel, { positions, triangles }: PlateMesh): Manifold {
  const mesh = new kernel.Mesh({ numProp: 3, vertProperties: positions, triVerts: triangles });
  mesh.merge();
  let solid: Manifold;
  try {
    solid = new kernel.Manifold(mesh);
  } catch {
    throw new PlateRefused(
      'mesh-broken',
      'A part of the plate is not a closed surface: it cannot be printed as it is.',
    );
  }
  if (solid.volume() > 0) return solid;
  solid.delete();
  throw new PlateRefused(
    'mesh-broken',
    'A part of the plate encloses no volume: its surface is inside out or empty.',
  );
}

function write(layers: readonly Layer[], hasSkirt: boolean, printer: Printer): PrintProgram {
  const writer = new PrintWriter(printer);
  writer.put(...header(printer, layers.length));
  for (const [index, layer] of layers.entries()) writeLayer(writer, layer, index, hasSkirt, printer);
  writer.finish();
  writer.put(...footer(printer, layers.at(-1)?.z ?? 0));
  const path = readProgramPath(writer.lines);
  if (path.bounds === undefined || writer.filamentMm === 0) {
    throw new PlateRefused('wall-too-thin', 'Nothing on the plate is thick enough for this nozzle to print.');
  }
  const area = (Math.PI * printer.filamentDiameterMm ** 2) / 4;
  return {
    lines: writer.lines,
    layers: layers.length,
    estimatedSeconds: secondsOfPath(path, {
      rapidMmPerMin: printer.travelMmPerMin,
      accelerationMmPerS2: printer.accelerationMmPerS2,
      junctionDeviationMm: JUNCTION_DEVIATION_MM,
    }),
    filamentMm: writer.filamentMm,
    filamentMg: writer.filamentMm * area * printer.filamentDensityGPerCm3,
    bounds: path.bounds,
  };
}

function writeLayer(
  writer: PrintWriter,
  layer: Layer,
  index: number,
  hasSkirt: boolean,
  printer: Printer,
): void {
  const { spacingMm } = lineWidth(printer);
  const mmPerMm = (spacingMm * printer.layerHeightMm) / ((Math.PI * printer.filamentDiameterMm ** 2) / 4);
  const feed = index === 0 ? printer.firstLayerMmPerMin : printer.printMmPerMin;
  const outerFeed = index === 0 ? feed : Math.round(feed * OUTER_WALL_SHARE);
  writer.startLayer(index, layer.z);
  if (index === FAN_FROM_LAYER) writer.put('M106 S255');
  if (hasSkirt) for (const loop of layer.skirt) writer.loop(loop, mmPerMm, feed);
  for (const loop of layer.innerWalls) writer.loop(loop, mmPerMm, feed);
  for (const loop of layer.outerWalls) writer.loop(loop, mmPerMm, outerFeed);
  for (const line of [...layer.solid, ...layer.sparse]) writer.line(line, mmPerMm, feed);
}

function header(printer: Printer, layers: number): string[] {
  return [
    `;Commonwright, ${layers} layers of ${printer.layerHeightMm} mm`,
    `M140 S${printer.bedC}`,
    `M104 S${printer.nozzleC}`,
    `M190 S${printer.bedC}`,
    `M109 S${printer.nozzleC}`,
    'G21',
    'G90',
    'M82',
    'M107',
    'G28',
    'G92 E0',
  ];
}

function footer(printer: Printer, topMm: number): string[] {
  const lift = Math.min(printer.bedMm.z, topMm + LIFT_MM);
  return [
    `G0 Z${lift.toFixed(2)} F${printer.travelMmPerMin}`,
    `G0 X0 Y${printer.bedMm.y}`,
    'M107',
    'M104 S0',
    'M140 S0',
    'M84',
  ];
}
