import { strToU8, zipSync } from 'fflate';
import type { Manifold, ManifoldToplevel } from 'manifold-3d';
import type { Printer } from '../../../firmware-bridge/slicing/printer.ts';

export const PRINTER: Printer = {
  bedMm: { x: 220, y: 220, z: 250 },
  nozzleMm: 0.4,
  layerHeightMm: 0.2,
  nozzleC: 210,
  bedC: 60,
  filamentDiameterMm: 1.75,
  filamentDensityGPerCm3: 1.24,
  printMmPerMin: 3000,
  firstLayerMmPerMin: 1200,
  travelMmPerMin: 7800,
  accelerationMmPerS2: 1000,
  retractionMm: 1,
  retractionMmPerMin: 2100,
  slicer: 'own',
};

const RELATIONS =
  '<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">' +
  '<Relationship Target="/3D/3dmodel.model" Id="rel0" Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>';
const TYPES =
  '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">' +
  '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
  '<Default Extension="model" ContentType="application/vnd.ms-package.3dmanufacturing-3dmodel+xml"/></Types>';

/** A 3MF around a model document. */
export function zipModel(model: string): Uint8Array {
  return zipSync({
    '[Content_Types].xml': strToU8(TYPES),
    '_rels/.rels': strToU8(RELATIONS),
    '3D/3dmodel.model': strToU8(model),
  });
}

/** The `<object>` of a solid. */
export function objectXml(id: number, solid: Manifold): string {
  const mesh = solid.getMesh();
  const vertices: string[] = [];
  for (let at = 0; at < mesh.vertProperties.length; at += mesh.numProp) {
    const [x, y, z] = mesh.vertProperties.subarray(at, at + 3);
    vertices.push(`<vertex x="${x}" y="${y}" z="${z}"/>`);
  }
  const triangles: string[] = [];
  for (let at = 0; at < mesh.triVerts.length; at += 3) {
    const [a, b, c] = mesh.triVerts.subarray(at, at + 3);
    triangles.push(`<triangle v1="${a}" v2="${b}" v3="${c}"/>`);
  }
  return `<object id="${id}" type="model"><mesh><vertices>${vertices.join('')}</vertices><triangles>${triangles.join('')}</triangles></mesh></object>`;
}

export function modelXml(objects: string, items: string, unit = 'millimeter'): string {
  return `<?xml version="1.0"?><model unit="${unit}" xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02"><resources>${objects}</resources><build>${items}</build></model>`;
}

/** A plate with each solid where it is. */
export function plateOf(...solids: Manifold[]): Uint8Array {
  const objects = solids.map((solid, index) => objectXml(index + 1, solid)).join('');
  return zipModel(modelXml(objects, solids.map((_, index) => `<item objectid="${index + 1}"/>`).join('')));
}

export function cube(
  kernel: ManifoldToplevel,
  [x, y, z]: [number, number, number],
  at: [number, number, number] = [50, 50, 0],
): Manifold {
  return kernel.Manifold.cube([x, y, z]).translate(at);
}
