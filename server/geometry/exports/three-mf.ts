import { strToU8, zipSync } from 'fflate';
import type { SolidMesh } from './solid-mesh.ts';

/** A copy of a mesh at its place, in millimetres. */
export interface BuildItem {
  readonly object: number;
  readonly moveMm?: readonly [number, number, number];
}

const CONTENT_TYPES =
  '<?xml version="1.0" encoding="UTF-8"?>\n<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="model" ContentType="application/vnd.ms-package.3dmanufacturing-3dmodel+xml"/></Types>';

const RELATIONS =
  '<?xml version="1.0" encoding="UTF-8"?>\n<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Target="/3D/3dmodel.model" Id="rel0" Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>';

/** Escapes what has a meaning in XML and drops characters that XML 1.0 cannot hold. */
export function escapeXml(text: string): string {
  return [...text]
    .filter((character) => {
      const code = character.codePointAt(0) ?? 0;
      return (
        code === 9 ||
        code === 10 ||
        code === 13 ||
        (code >= 32 && code < 0xd800) ||
        (code > 0xdfff && code !== 0xfffe && code !== 0xffff)
      );
    })
    .join('')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function objectXml(mesh: SolidMesh, index: number, material: number): string {
  const lines = [
    `<object id="${index + 2}" type="model" name="${escapeXml(mesh.name)}" partnumber="${escapeXml(mesh.partId)}" pid="1" pindex="${material}"><mesh><vertices>`,
  ];
  const { micrometres, triangles } = mesh;
  for (let at = 0; at < micrometres.length; at += 3) {
    const x = (micrometres[at] ?? 0) / 1000;
    const y = (micrometres[at + 1] ?? 0) / 1000;
    const z = (micrometres[at + 2] ?? 0) / 1000;
    lines.push(`<vertex x="${x}" y="${y}" z="${z}"/>`);
  }
  lines.push('</vertices><triangles>');
  for (let at = 0; at < triangles.length; at += 3) {
    lines.push(`<triangle v1="${triangles[at]}" v2="${triangles[at + 1]}" v3="${triangles[at + 2]}"/>`);
  }
  lines.push('</triangles></mesh></object>');
  return lines.join('\n');
}

function itemXml({ object, moveMm = [0, 0, 0] }: BuildItem): string {
  return `<item objectid="${object + 2}" transform="1 0 0 0 1 0 0 0 1 ${moveMm.join(' ')}"/>`;
}

function hexColour([red, green, blue, alpha]: SolidMesh['colour']): string {
  const hex = [red, green, blue, alpha].map((value) =>
    Math.round(value * 255)
      .toString(16)
      .padStart(2, '0'),
  );
  return `#${hex.join('').toUpperCase()}`;
}

/**
 * 3MF core specification 1.3: one object for each mesh, in millimetres, with name, part number and colour. Without
 * `items` every mesh stands once where it is. The same meshes give the same bytes.
 */
export function writeThreeMf(meshes: readonly SolidMesh[], items?: readonly BuildItem[]): Uint8Array {
  const colours = [...new Set(meshes.map(({ colour }) => hexColour(colour)))];
  const bases = colours.map((colour) => `<base name="${colour}" displaycolor="${colour}"/>`).join('');
  const objects = meshes.map((mesh, index) =>
    objectXml(mesh, index, colours.indexOf(hexColour(mesh.colour))),
  );
  const build = (items ?? meshes.map((_, object) => ({ object }))).map(itemXml);
  const model = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<model unit="millimeter" xml:lang="en-US" xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02">',
    `<resources><basematerials id="1">${bases}</basematerials>`,
    ...objects,
    '</resources><build>',
    ...build,
    '</build></model>',
  ].join('\n');
  // Zip holds local time without a zone: the same local date everywhere gives the same bytes.
  const mtime = new Date(2000, 0, 1);
  return zipSync(
    {
      '[Content_Types].xml': strToU8(CONTENT_TYPES),
      '_rels/.rels': strToU8(RELATIONS),
      '3D/3dmodel.model': strToU8(model),
    },
    { mtime, level: 1 },
  );
}
