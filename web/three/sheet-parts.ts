import {
  BufferAttribute,
  type BufferGeometry,
  Color,
  DoubleSide,
  ExtrudeGeometry,
  Group,
  Mesh,
  type MeshStandardMaterial,
  Path,
  ShaderMaterial,
  Shape,
  ShapeGeometry,
  Vector3,
} from 'three';
import { type ProgramPath, WORK } from '#contract/gcode-path.ts';
import type { Contour, SheetLayout } from '#contract/sheet-layout.ts';
import { plywoodMaterial } from './materials.ts';
import type { PathColours } from './toolpath-lines.ts';

const CORNER_MM = 6;

/** The plate itself, its top at Z 0 as the machine counts. */
export function sheetPlate({ sheet }: SheetLayout): Mesh<BufferGeometry, MeshStandardMaterial> {
  const { lengthMm, widthMm, thicknessMm } = sheet;
  const shape = new Shape();
  const radius = Math.min(CORNER_MM, widthMm / 20);
  shape.moveTo(radius, 0).lineTo(lengthMm - radius, 0);
  shape.quadraticCurveTo(lengthMm, 0, lengthMm, radius).lineTo(lengthMm, widthMm - radius);
  shape.quadraticCurveTo(lengthMm, widthMm, lengthMm - radius, widthMm).lineTo(radius, widthMm);
  shape.quadraticCurveTo(0, widthMm, 0, widthMm - radius).lineTo(0, radius);
  shape.quadraticCurveTo(0, 0, radius, 0);
  const geometry = new ExtrudeGeometry(shape, { depth: thicknessMm, bevelEnabled: false });
  geometry.translate(0, 0, -thicknessMm);
  const material = plywoodMaterial({
    normal: new Vector3(0, 0, 1),
    grain: new Vector3(1, 0, 0),
    origin: new Vector3(0, 0, -thicknessMm),
    thicknessMm,
    mm: 1,
    seed: 1,
  });
  const mesh = new Mesh(geometry, material);
  mesh.castShadow = true;
  mesh.receiveShadow = true;
  return mesh;
}

const VERTEX = /* glsl */ `
  attribute vec2 aLines; varying vec2 vLines;
  void main() { vLines = aLines; gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0); }
`;
const FRAGMENT = /* glsl */ `
  uniform float uLine; uniform vec3 uDone, uNow; varying vec2 vLines;
  void main() {
    bool isDone = uLine > vLines.y; bool isNow = !isDone && uLine >= vLines.x;
    vec3 color = isDone ? uDone : isNow ? uNow : vec3(1.0, 0.98, 0.94);
    gl_FragColor = vec4(color, isDone ? 0.22 : isNow ? 0.13 : 0.32);
    #include <colorspace_fragment>
  }
`;

export interface SheetParts {
  readonly group: Group;
  showLine(line: number): void;
  setColours(colours: PathColours): void;
}

/** The parts as tinted areas on the plate: cut, being cut, to come. */
export function sheetParts(
  layout: SheetLayout,
  path: ProgramPath | undefined,
  colours: PathColours,
): SheetParts {
  const material = new ShaderMaterial({
    vertexShader: VERTEX,
    fragmentShader: FRAGMENT,
    side: DoubleSide,
    transparent: true,
    depthWrite: false,
    uniforms: {
      uLine: { value: -1 },
      uDone: { value: new Color(colours.done) },
      uNow: { value: new Color(colours.now) },
    },
  });
  const group = new Group();
  for (const { part } of layout.placed) {
    const geometry = new ShapeGeometry(shapeOf(part.outline, part.cutouts));
    geometry.translate(0, 0, 0.3);
    const [first, last] = linesInside(part.outline, path);
    const count = geometry.getAttribute('position').count;
    const ranges = new Float32Array(count * 2);
    for (let at = 0; at < count; at++) ranges.set([first, last], at * 2);
    geometry.setAttribute('aLines', new BufferAttribute(ranges, 2));
    const mesh = new Mesh(geometry, material);
    mesh.renderOrder = 1;
    group.add(mesh);
  }
  const set = (name: string, value: unknown) => {
    const uniform = material.uniforms[name];
    if (uniform) uniform.value = value;
  };
  return {
    group,
    showLine: (line) => set('uLine', line),
    setColours({ done, now }) {
      set('uDone', new Color(done));
      set('uNow', new Color(now));
    },
  };
}

function shapeOf(outline: Contour, holes: readonly Contour[]): Shape {
  const shape = new Shape();
  trace(shape, outline);
  for (const hole of holes) {
    const path = new Path();
    trace(path, hole);
    shape.holes.push(path);
  }
  return shape;
}

function trace(path: Path, contour: Contour): void {
  for (const [at, [x, y]] of contour.entries()) {
    if (at === 0) path.moveTo(x, y);
    else path.lineTo(x, y);
  }
  path.closePath();
}

const NEVER = [1e9, 1e9] as const;

/** Half of a wide cutter, so that the path round an outline counts as belonging to it. */
const SLACK_MM = 5;

interface Box {
  left: number;
  right: number;
  low: number;
  high: number;
}

function boxOf(outline: Contour, byMm: number): Box {
  const xs = outline.map(([x]) => x);
  const ys = outline.map(([, y]) => y);
  return {
    left: Math.min(...xs) - byMm,
    right: Math.max(...xs) + byMm,
    low: Math.min(...ys) - byMm,
    high: Math.max(...ys) + byMm,
  };
}

const isIn = (x: number, y: number, { left, right, low, high }: Box) =>
  x >= left && x <= right && y >= low && y <= high;

/**
 * First and last line that work on a part. It counts as being cut from the first line outside of its own outline, since the
 * insides of all parts come before.
 */
function linesInside(outline: Contour, path: ProgramPath | undefined): readonly [number, number] {
  if (path === undefined) return NEVER;
  const around = boxOf(outline, SLACK_MM);
  const inside = boxOf(outline, 0);
  let first = -1;
  let last = -1;
  for (let at = 0; at < path.count; at++) {
    if (path.kinds[at] !== WORK) continue;
    const x = middle(path, at, 0);
    const y = middle(path, at, 1);
    if (!isIn(x, y, around)) continue;
    last = path.lines[at] ?? 0;
    if (first < 0 && !isIn(x, y, inside)) first = last;
  }
  return last < 0 ? NEVER : [first < 0 ? last : first, last];
}

const middle = (path: ProgramPath, at: number, axis: 0 | 1) =>
  ((path.segments[at * 6 + axis] ?? 0) + (path.segments[at * 6 + 3 + axis] ?? 0)) / 2;
