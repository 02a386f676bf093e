import { cornerMm, normalOf, type SolidMesh } from './solid-mesh.ts';

const HEADER_BYTES = 80;
const TRIANGLE_BYTES = 50;

/**
 * Binary STL in millimetres. Each triangle carries its true normal: readers that guess from the bytes whether a file
 * is text take one with zero normals and small whole coordinates for text, and refuse it.
 */
export function writeStl(meshes: readonly SolidMesh[]): Uint8Array {
  const count = meshes.reduce((sum, { triangles }) => sum + triangles.length / 3, 0);
  const bytes = new Uint8Array(HEADER_BYTES + 4 + count * TRIANGLE_BYTES);
  const view = new DataView(bytes.buffer);
  // Not "solid", which would announce text; the byte above 127 settles it for readers that look for one.
  bytes.set(new TextEncoder().encode('binary STL, unit mm \u00b5'), 0);
  view.setUint32(HEADER_BYTES, count, true);
  let offset = HEADER_BYTES + 4;
  for (const mesh of meshes) {
    for (let at = 0; at < mesh.triangles.length; at += 3) {
      writeVector(view, offset, normalOf(mesh, at));
      for (let corner = 0; corner < 3; corner += 1)
        writeVector(view, offset + 12 * (corner + 1), cornerMm(mesh, at + corner));
      offset += TRIANGLE_BYTES;
    }
  }
  return bytes;
}

function writeVector(view: DataView, offset: number, [x, y, z]: readonly [number, number, number]): void {
  view.setFloat32(offset, x, true);
  view.setFloat32(offset + 4, y, true);
  view.setFloat32(offset + 8, z, true);
}
