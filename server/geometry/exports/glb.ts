import { type CopyPlace, findCopies } from './find-copies.ts';
import { cornerMm, normalOf, type Rgba, type SolidMesh } from './solid-mesh.ts';

/** Faces that meet at less than this look round, others show an edge. */
const CREASE_COS = Math.cos((30 * Math.PI) / 180);

const FLOAT = 5126;
const UNSIGNED_INT = 5125;
const ARRAY_BUFFER = 34962;
const ELEMENT_ARRAY_BUFFER = 34963;

interface ShadedMesh {
  readonly positions: Float32Array;
  readonly normals: Float32Array;
  readonly indices: Uint32Array;
}

type Triple = [number, number, number];

/** glTF has metres and Y upwards; a design has millimetres and Z upwards. */
function toGltfAxes([x, y, z]: Triple, scale: number): Triple {
  return [x * scale + 0, z * scale + 0, -y * scale + 0];
}

function facesByCorner(mesh: SolidMesh): number[][] {
  const around: number[][] = Array.from({ length: mesh.micrometres.length / 3 }, () => []);
  for (let at = 0; at < mesh.triangles.length; at += 1)
    around[mesh.triangles[at] ?? 0]?.push(Math.floor(at / 3));
  return around;
}

/** The mean direction of the faces around a corner that meet this face in a flat angle. */
function creasedNormal(face: number, around: readonly number[], normals: readonly Triple[]): Triple {
  const own = normals[face] ?? [0, 0, 1];
  let [x, y, z] = [0, 0, 0];
  for (const other of around) {
    const normal = normals[other] ?? own;
    if (dot(own, normal) < CREASE_COS) continue;
    x += normal[0];
    y += normal[1];
    z += normal[2];
  }
  const length = Math.sqrt(x * x + y * y + z * z);
  return length === 0 ? own : [x / length, y / length, z / length];
}

/** Normals that differ by less than a degree are one: a corner is stored once for each of its directions. */
const SAME_NORMAL_COS = Math.cos(Math.PI / 180);

/** Positions and normals of a mesh as glTF wants them. */
function shade(mesh: SolidMesh): ShadedMesh {
  const normals: Triple[] = [];
  for (let at = 0; at < mesh.triangles.length; at += 3) normals.push(normalOf(mesh, at));
  const around = facesByCorner(mesh);
  const stored: { normal: Triple; index: number }[][] = around.map(() => []);
  const positions: number[] = [];
  const directions: number[] = [];
  const indices = mesh.triangles.map((corner, at) => {
    const normal = creasedNormal(Math.floor(at / 3), around[corner] ?? [], normals);
    const here = stored[corner] ?? [];
    const known = here.find((one) => dot(one.normal, normal) > SAME_NORMAL_COS);
    if (known !== undefined) return known.index;
    const index = positions.length / 3;
    here.push({ normal, index });
    const [x, y, z] = toGltfAxes(cornerMm(mesh, at), 0.001);
    positions.push(x, y, z);
    const [across, up, depth] = toGltfAxes(normal, 1);
    directions.push(across, up, depth);
    return index;
  });
  return { positions: Float32Array.from(positions), normals: Float32Array.from(directions), indices };
}

function dot(a: Triple, b: Triple): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/** Collects the numbers of all meshes in one buffer, each block at a multiple of four bytes. */
class BinaryPart {
  readonly blocks: Uint8Array[] = [];
  readonly views: object[] = [];
  readonly accessors: object[] = [];
  size = 0;

  add(data: Float32Array | Uint32Array, type: 'VEC3' | 'SCALAR', limits: object = {}): number {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const target = type === 'VEC3' ? ARRAY_BUFFER : ELEMENT_ARRAY_BUFFER;
    this.views.push({ buffer: 0, byteOffset: this.size, byteLength: bytes.byteLength, target });
    this.blocks.push(bytes);
    this.size += bytes.byteLength;
    this.accessors.push({
      bufferView: this.views.length - 1,
      componentType: data instanceof Float32Array ? FLOAT : UNSIGNED_INT,
      count: type === 'VEC3' ? data.length / 3 : data.length,
      type,
      ...limits,
    });
    return this.accessors.length - 1;
  }
}

function limitsOf(positions: Float32Array): { min: number[]; max: number[] } {
  const min = [Infinity, Infinity, Infinity];
  const max = [-Infinity, -Infinity, -Infinity];
  for (let index = 0; index < positions.length; index += 1) {
    const axis = index % 3;
    const value = positions[index] ?? 0;
    min[axis] = Math.min(min[axis] ?? value, value);
    max[axis] = Math.max(max[axis] ?? value, value);
  }
  return { min, max };
}

/** glTF colours are linear; a design's are as on the screen. */
function toLinear([red, green, blue, alpha]: Rgba): number[] {
  const linear = [red, green, blue].map((value) =>
    value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4,
  );
  return [...linear, alpha].map((value) => Math.round(value * 1e6) / 1e6);
}

function materialsOf(meshes: readonly SolidMesh[]): { keys: string[]; materials: object[] } {
  const keys = [...new Set(meshes.map(({ colour }) => colour.join()))];
  const materials = keys.map((key) => {
    const [red = 0, green = 0, blue = 0, alpha = 1] = key.split(',').map(Number);
    return {
      pbrMetallicRoughness: {
        baseColorFactor: toLinear([red, green, blue, alpha]),
        metallicFactor: 0,
        roughnessFactor: 0.75,
      },
      ...(alpha < 1 ? { alphaMode: 'BLEND' } : {}),
    };
  });
  return { keys, materials };
}

/** A node of its own for each solid; copies share the numbers of the first. */
function nodeOf({ name, partId }: SolidMesh, mesh: number, place: CopyPlace | undefined): object {
  const node = { name, mesh, extras: { partId } };
  if (place === undefined) return node;
  const [x, y, z] = place.moveMm;
  const half = (place.quarterTurns * Math.PI) / 4;
  return {
    ...node,
    translation: toGltfAxes([x, y, z], 0.001),
    rotation: [0, Math.sin(half), 0, Math.cos(half)],
  };
}

/**
 * glTF 2.0 binary: metres, Y upwards, a node for each solid whose `extras.partId` says which part it is, creased
 * normals, one material for each colour.
 */
export function writeGlb(meshes: readonly SolidMesh[]): Uint8Array {
  const binary = new BinaryPart();
  const { keys, materials } = materialsOf(meshes);
  const copies = findCopies(meshes);
  const stored = new Map<number, number>();
  const primitives = meshes.flatMap((mesh, index) => {
    if (copies[index] !== undefined) return [];
    stored.set(index, stored.size);
    const { positions, normals, indices } = shade(mesh);
    const attributes = {
      POSITION: binary.add(positions, 'VEC3', limitsOf(positions)),
      NORMAL: binary.add(normals, 'VEC3'),
    };
    const entry = {
      attributes,
      indices: binary.add(indices, 'SCALAR'),
      material: keys.indexOf(mesh.colour.join()),
    };
    return [{ name: mesh.name, primitives: [entry] }];
  });
  return packGlb(
    {
      asset: { version: '2.0', generator: 'Commonwright' },
      scene: 0,
      scenes: [{ nodes: meshes.map((_, index) => index) }],
      nodes: meshes.map((mesh, index) =>
        nodeOf(mesh, stored.get(copies[index]?.of ?? index) ?? 0, copies[index]),
      ),
      meshes: primitives,
      materials,
      accessors: binary.accessors,
      bufferViews: binary.views,
      buffers: [{ byteLength: binary.size }],
    },
    binary,
  );
}

/** glTF 2.0 §4.4: header of 12 bytes, JSON chunk padded with spaces, binary chunk; all little-endian. */
function packGlb(document: object, { blocks, size }: BinaryPart): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(document));
  const jsonSize = Math.ceil(json.length / 4) * 4;
  const bytes = new Uint8Array(12 + 8 + jsonSize + 8 + size).fill(0x20);
  const view = new DataView(bytes.buffer);
  const header = [0x46546c67, 2, bytes.length, jsonSize, 0x4e4f534a];
  for (const [index, word] of header.entries()) view.setUint32(4 * index, word, true);
  bytes.set(json, 20);
  view.setUint32(20 + jsonSize, size, true);
  view.setUint32(24 + jsonSize, 0x004e4942, true);
  let offset = 28 + jsonSize;
  for (const block of blocks) {
    bytes.set(block, offset);
    offset += block.length;
  }
  return bytes;
}
