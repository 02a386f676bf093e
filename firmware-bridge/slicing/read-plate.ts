import { strFromU8, unzipSync } from 'fflate';
import { PlateRefused } from './plate-refused.ts';
import { type Tag, tagsOf } from './xml-tags.ts';

/** One solid at its place on the plate, millimetres. */
export type PlateMesh = { positions: Float32Array; triangles: Uint32Array };

/** A hobby printer's plate stays far below; a zip that unpacks to more is refused before it is unpacked. */
const MAX_UNPACKED_BYTES = 256 * 1024 * 1024;
const MAX_TRIANGLES = 4_000_000;
/** Components may contain components; deeper nesting than this is a loop. */
const MAX_DEPTH = 16;
const MM_PER_UNIT: Readonly<Record<string, number>> = {
  micron: 0.001,
  millimeter: 1,
  centimeter: 10,
  inch: 25.4,
  foot: 304.8,
  meter: 1000,
};

/** Row vectors times this: 3MF core §3.3, four rows of three. */
type Transform = readonly number[];
const IDENTITY: Transform = [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0];

type PlateObject = { vertices: number[]; triangles: number[]; components: Instance[] };
type Instance = { objectId: string; transform: Transform };
type Model = { scale: number; objects: Map<string, PlateObject>; items: Instance[] };

/** Reads the build items of a 3MF file (3MF core specification 1.3) and gives each its place; refuses what is not one. */
export function readPlate(threeMf: Uint8Array): PlateMesh[] {
  const model = readModel(modelText(threeMf));
  const meshes = model.items.flatMap((item) => meshesOf(model, item.objectId, item.transform, 0));
  if (meshes.length === 0)
    throw new PlateRefused('not-a-3mf', 'The plate has no parts on it: its 3MF builds nothing.');
  return meshes;
}

function modelText(threeMf: Uint8Array): string {
  let unpackedBytes = 0;
  let files: Record<string, Uint8Array>;
  try {
    files = unzipSync(threeMf, {
      filter: ({ name, originalSize }) => {
        const isWanted = name === '_rels/.rels' || name.toLowerCase().endsWith('.model');
        if (isWanted) unpackedBytes += originalSize;
        return isWanted && unpackedBytes <= MAX_UNPACKED_BYTES;
      },
    });
  } catch {
    throw new PlateRefused(
      'not-a-3mf',
      'The plate is not a 3MF file: it cannot be unpacked. Make the order again.',
    );
  }
  if (unpackedBytes > MAX_UNPACKED_BYTES) {
    throw new PlateRefused(
      'too-large',
      `The plate unpacks to more than ${MAX_UNPACKED_BYTES / 1024 / 1024} MiB.`,
    );
  }
  const name = modelName(files);
  const bytes = name === undefined ? undefined : files[name];
  if (bytes === undefined) {
    throw new PlateRefused('not-a-3mf', 'The plate is not a 3MF file: it contains no model.');
  }
  return strFromU8(bytes);
}

/** The relationship of type 3dmodel names it; most writers use the same name. */
function modelName(files: Record<string, Uint8Array>): string | undefined {
  const relations = files['_rels/.rels'];
  if (relations !== undefined) {
    for (const { name, attributes } of tagsOf(strFromU8(relations))) {
      if (name === 'Relationship' && attributes.get('Type')?.endsWith('/3dmodel')) {
        return attributes.get('Target')?.replace(/^\//, '');
      }
    }
  }
  return Object.keys(files).find((name) => name.toLowerCase().endsWith('.model'));
}

function readModel(xml: string): Model {
  const model: Model = { scale: 1, objects: new Map(), items: [] };
  let object: PlateObject = { vertices: [], triangles: [], components: [] };
  for (const tag of tagsOf(xml)) {
    if (tag.isEnd) continue;
    if (tag.name === 'model') model.scale = scaleOf(tag);
    else if (tag.name === 'object') {
      object = { vertices: [], triangles: [], components: [] };
      model.objects.set(tag.attributes.get('id') ?? '', object);
    } else if (tag.name === 'item') model.items.push(instanceOf(tag));
    else if (tag.name === 'component') object.components.push(instanceOf(tag));
    else if (tag.name === 'vertex') object.vertices.push(...numbers(tag, ['x', 'y', 'z']));
    else if (tag.name === 'triangle') object.triangles.push(...numbers(tag, ['v1', 'v2', 'v3']));
  }
  return model;
}

function scaleOf(tag: Tag): number {
  const unit = tag.attributes.get('unit') ?? 'millimeter';
  const scale = MM_PER_UNIT[unit];
  if (scale === undefined)
    throw new PlateRefused('not-a-3mf', `The plate is measured in "${unit}", which is no 3MF unit.`);
  return scale;
}

function instanceOf(tag: Tag): Instance {
  const transform = tag.attributes.get('transform')?.trim().split(/\s+/).map(Number) ?? [...IDENTITY];
  if (transform.length !== 12 || !transform.every(Number.isFinite)) {
    throw new PlateRefused('not-a-3mf', 'A part of the plate has a place that is not twelve numbers.');
  }
  return { objectId: tag.attributes.get('objectid') ?? '', transform };
}

function numbers(tag: Tag, names: readonly string[]): number[] {
  const values = names.map((name) => Number(tag.attributes.get(name) ?? Number.NaN));
  if (!values.every(Number.isFinite)) {
    throw new PlateRefused('not-a-3mf', `The plate's 3MF has a ${tag.name} without all of its numbers.`);
  }
  return values;
}

function meshesOf(model: Model, objectId: string, transform: Transform, depth: number): PlateMesh[] {
  const object = model.objects.get(objectId);
  if (object === undefined || depth > MAX_DEPTH) {
    throw new PlateRefused(
      'not-a-3mf',
      `The plate's 3MF refers to object "${objectId}", which it does not contain.`,
    );
  }
  const inner = object.components.flatMap((component) =>
    meshesOf(model, component.objectId, combined(component.transform, transform), depth + 1),
  );
  if (object.triangles.length === 0) return inner;
  return [placedMesh(object, transform, model.scale), ...inner];
}

function placedMesh({ vertices, triangles }: PlateObject, transform: Transform, scale: number): PlateMesh {
  const count = vertices.length / 3;
  if (triangles.length / 3 > MAX_TRIANGLES) {
    throw new PlateRefused(
      'too-large',
      `A part of the plate has more than ${MAX_TRIANGLES} triangles: make it coarser.`,
    );
  }
  if (triangles.some((index) => !Number.isInteger(index) || index < 0 || index >= count)) {
    throw new PlateRefused(
      'mesh-broken',
      'A part of the plate has a triangle with a corner that does not exist.',
    );
  }
  const positions = new Float32Array(vertices.length);
  for (let at = 0; at < vertices.length; at += 3) {
    const point = vertices.slice(at, at + 3);
    for (let axis = 0; axis < 3; axis++) {
      const moved = point.reduce(
        (sum, value, row) => sum + value * (transform[row * 3 + axis] ?? 0),
        transform[9 + axis] ?? 0,
      );
      positions[at + axis] = moved * scale;
    }
  }
  return { positions, triangles: Uint32Array.from(triangles) };
}

/** First `inner`, then `outer`. */
function combined(inner: Transform, outer: Transform): Transform {
  const result: number[] = [];
  for (let row = 0; row < 4; row++) {
    for (let column = 0; column < 3; column++) {
      let sum = row === 3 ? (outer[9 + column] ?? 0) : 0;
      for (let k = 0; k < 3; k++) sum += (inner[row * 3 + k] ?? 0) * (outer[k * 3 + column] ?? 0);
      result.push(sum);
    }
  }
  return result;
}
