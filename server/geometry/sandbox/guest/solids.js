// Keeps solids on the host and hands the author shapes that look like JSCAD's. A shape's polygons are
// fetched only when a script looks at them. `matrix` takes the host's solid into the frame of the polygons.
const { host, load } = module.given;

const IDENTITY = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
/** Shapes whose polygons were not looked at yet → { id, matrix, fetch }. */
const unseen = new WeakMap();
/** Arrays of polygons of which the host holds the solid → { id, matrix }. */
const sources = new WeakMap();

const multiply = (a, b) => load('jscad:maths/mat4/multiply.js')(new Array(16), a, b);

const fetchPolygons = (source) => {
  const numbers = new Float64Array(host.fetchTriangles(source.id));
  const polygons = [];
  for (let at = 0; at < numbers.length; at += 9) {
    const vertices = [];
    for (let corner = at; corner < at + 9; corner += 3) {
      vertices.push([numbers[corner], numbers[corner + 1], numbers[corner + 2]]);
    }
    polygons.push({ vertices });
  }
  return polygons;
};

const settle = (shape, polygons) => {
  unseen.delete(shape);
  Object.defineProperty(shape, 'polygons', {
    value: polygons,
    writable: true,
    enumerable: true,
    configurable: true,
  });
  return polygons;
};

const attach = (shape, source) => {
  unseen.set(shape, source);
  Object.defineProperty(shape, 'polygons', {
    enumerable: true,
    configurable: true,
    get() {
      const polygons = (source.fetch ?? fetchPolygons)(source);
      if (!source.fetch) sources.set(polygons, source);
      else sources.set(polygons, { id: source.id, matrix: source.matrix });
      return settle(shape, polygons);
    },
    set(polygons) {
      settle(shape, polygons);
    },
  });
  return shape;
};

/** `fetch` gives the polygons that JSCAD itself would have made, where the solid is one of its primitives. */
const solid = (id, fetch) =>
  attach({ polygons: undefined, transforms: [...IDENTITY] }, { id, matrix: IDENTITY, fetch });

const copyOf = (shape) => {
  const source = unseen.get(shape);
  const copy = {};
  for (const key of Object.keys(shape)) if (key !== 'polygons') copy[key] = shape[key];
  return attach(copy, source);
};

const upload = (polygons) => {
  let size = 0;
  for (const polygon of polygons) size += 1 + 3 * polygon.vertices.length;
  const numbers = new Float64Array(size);
  let at = 0;
  for (const { vertices } of polygons) {
    numbers[at++] = vertices.length;
    for (const vertex of vertices) {
      numbers[at++] = vertex[0];
      numbers[at++] = vertex[1];
      numbers[at++] = vertex[2];
    }
  }
  return host.addPolygons(numbers.buffer);
};

const sourceOf = (shape) => {
  const known = unseen.get(shape) ?? sources.get(shape.polygons);
  if (known) return known;
  const source = { id: upload(shape.polygons), matrix: IDENTITY };
  sources.set(shape.polygons, source);
  return source;
};

const placed = (shape) => {
  const source = sourceOf(shape);
  return {
    id: source.id,
    matrix: source.matrix === IDENTITY ? shape.transforms : multiply(shape.transforms, source.matrix),
  };
};

const flat = (shapes) => load('jscad:utils/flatten.js')(shapes);

const combine3 =
  (kind) =>
  (...shapes) => {
    const list = flat(shapes);
    const numbers = new Float64Array(list.length * 17);
    list.forEach((shape, index) => {
      const { id, matrix } = placed(shape);
      numbers[index * 17] = id;
      numbers.set(matrix, index * 17 + 1);
    });
    return solid(host.combineSolids(kind, numbers.buffer));
  };

const packOutlines = (outlines) => {
  let size = 0;
  for (const outline of outlines) size += 1 + 2 * outline.length;
  const numbers = new Float64Array(size);
  let at = 0;
  for (const outline of outlines) {
    numbers[at++] = outline.length;
    for (const point of outline) {
      numbers[at++] = point[0];
      numbers[at++] = point[1];
    }
  }
  return numbers.buffer;
};

const toOutlines = (shape) => load('jscad:geometries/geom2/toOutlines.js')(shape);

const sidesOf = (buffer) => {
  const numbers = new Float64Array(buffer);
  const sides = [];
  for (let at = 0; at < numbers.length; ) {
    const count = numbers[at++];
    const points = [];
    for (let index = 0; index < count; index++, at += 2) points.push([numbers[at], numbers[at + 1]]);
    points.forEach((point, index) => {
      sides.push([points[(index + count - 1) % count], point]);
    });
  }
  return sides;
};

const combine2 =
  (kind) =>
  (...shapes) => {
    const buffers = flat(shapes).map((shape) => packOutlines(toOutlines(shape)));
    const result = host.combineOutlines(kind, ...buffers);
    return load('jscad:geometries/geom2/create.js')(sidesOf(result));
  };

const isPlainNumber = (value) => typeof value === 'number' && Number.isFinite(value);

const cuboid = (getOriginal) => (options) => {
  const { center = [0, 0, 0], size = [2, 2, 2] } = options ?? {};
  const isUsual = [center, size].every(
    (list) => Array.isArray(list) && list.length === 3 && list.every(isPlainNumber),
  );
  if (!isUsual || size.some((length) => length <= 0)) return getOriginal()(options);
  const id = host.addCuboid(center[0], center[1], center[2], size[0], size[1], size[2]);
  return solid(id, () => getOriginal()({ center, size }).polygons);
};

const cylinder = (getOriginal) => (options) => {
  const { center = [0, 0, 0], height = 2, radius = 1, segments = 32 } = options ?? {};
  const isUsual =
    Array.isArray(center) &&
    center.length === 3 &&
    [...center, height, radius, segments].every(isPlainNumber);
  if (!isUsual || height <= 0 || radius <= 0 || segments < 4) return getOriginal()(options);
  const id = host.addCylinder(center[0], center[1], center[2], height, radius, Math.floor(segments));
  return solid(id, () => getOriginal()({ center, height, radius, segments }).polygons);
};

const extrude = (getOriginal) => (options, shape) => {
  const { offset = [0, 0, 1], twistAngle = 0 } = options ?? {};
  if (twistAngle !== 0 || offset[0] !== 0 || offset[1] !== 0 || !(offset[2] > 0))
    return getOriginal()(options, shape);
  const outlines = toOutlines(shape);
  if (outlines.length === 0) return getOriginal()(options, shape);
  return solid(
    host.extrudeOutlines(packOutlines(outlines), offset[2]),
    () => getOriginal()(options, shape).polygons,
  );
};

const applyTransforms = (getOriginal) => (shape) => {
  const isMoved = shape.transforms.some((value, index) => value !== IDENTITY[index]);
  if (!isMoved) return shape;
  const { id, matrix } = unseen.has(shape) || sources.has(shape.polygons) ? placed(shape) : {};
  const applied = getOriginal()(shape);
  if (id !== undefined) sources.set(applied.polygons, { id, matrix });
  return applied;
};

const scission = () => (shape) => {
  const { id, matrix } = placed(shape);
  return Array.from(new Float64Array(host.splitSolid(id)), (piece) => {
    const made = solid(piece);
    made.transforms = [...matrix];
    return made;
  });
};

const replacements = {
  'jscad:geometries/geom3/isA.js': (getOriginal) => (shape) => unseen.has(shape) || getOriginal()(shape),
  'jscad:geometries/geom3/clone.js': (getOriginal) => (shape) =>
    unseen.has(shape) ? copyOf(shape) : getOriginal()(shape),
  'jscad:geometries/geom3/transform.js': (getOriginal) => (matrix, shape) => {
    if (!unseen.has(shape)) return getOriginal()(matrix, shape);
    const moved = copyOf(shape);
    moved.transforms = multiply(matrix, shape.transforms);
    return moved;
  },
  'jscad:geometries/geom3/applyTransforms.js': applyTransforms,
  'jscad:primitives/cuboid.js': cuboid,
  'jscad:primitives/cylinder.js': cylinder,
  'jscad:operations/extrusions/extrudeLinearGeom2.js': extrude,
  'jscad:operations/booleans/scissionGeom3.js': scission,
};
for (const kind of ['union', 'subtract', 'intersect']) {
  replacements[`jscad:operations/booleans/${kind}Geom3.js`] = () => combine3(kind);
  replacements[`jscad:operations/booleans/${kind}Geom3Sub.js`] = () => combine3(kind);
  replacements[`jscad:operations/booleans/${kind}Geom2.js`] = () => combine2(kind);
}

const describeShape = (shape) => {
  if (shape === null || typeof shape !== 'object') return { kind: 'other' };
  const name = shape.name === undefined || shape.name === null ? '' : String(shape.name);
  if ('sides' in shape || 'points' in shape) return { kind: 'flat', name };
  if (!unseen.has(shape) && !(Array.isArray(shape.polygons) && 'transforms' in shape))
    return { kind: 'other', name };
  const color = Array.isArray(shape.color) ? shape.color.slice(0, 4).map(Number) : undefined;
  const { id, matrix } = placed(shape);
  return { kind: 'solid', name, id, matrix: Array.from(matrix), color };
};

const describeShapes = (shapes) => {
  if (shapes && typeof shapes.then === 'function') return { promise: true, shapes: [] };
  return {
    shapes: flat([shapes])
      .filter((shape) => shape !== undefined && shape !== null)
      .map(describeShape),
  };
};

module.exports = { replacements, describeShapes };
