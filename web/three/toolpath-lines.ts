import { BufferAttribute, BufferGeometry, Color, DoubleSide, Mesh, ShaderMaterial } from 'three';
import { type ProgramPath, WORK } from '#contract/gcode-path.ts';

/** Colours of what is done, what is being done and what is to come; the page gives them from its own tokens. */
export interface PathColours {
  done: string;
  now: string;
  next: string;
}

export interface ToolpathLines {
  readonly mesh: Mesh;
  /** Draws the state when line `line` is being executed: one number for the graphics card, however long the program. */
  showLine(line: number): void;
  /** How wide the lines are; for cuts it follows the zoom. */
  setWidthMm(widthMm: number): void;
  setColours(colours: PathColours): void;
}

/** Which lines a segment belongs to: cutting one outline down to its depth is one action, `first` to `last`. */
export interface Action {
  first: number;
  last: number;
}

/** Actions are the runs of work between two travels, in the order of segments. */
export function actionsOf(path: ProgramPath): Action[] {
  const actions: Action[] = [];
  let current: Action | undefined;
  for (let at = 0; at < path.count; at++) {
    if (path.kinds[at] !== WORK) {
      current = undefined;
      continue;
    }
    const line = path.lines[at] ?? 0;
    if (current === undefined) {
      current = { first: line, last: line };
      actions.push(current);
    }
    current.last = line;
  }
  return actions;
}

const VERTEX = /* glsl */ `
  attribute vec2 aSide; attribute float aAlong; attribute vec2 aLines;
  uniform float uHalfMm;
  varying float vAlong; varying vec2 vLines; varying float vEdge; varying float vZ; varying vec2 vSide;
  void main() {
    vAlong = aAlong; vLines = aLines; vSide = aSide; vZ = position.z;
    vec4 place = modelViewMatrix * vec4(position + vec3(aSide * uHalfMm, 0.0), 1.0);
    gl_Position = projectionMatrix * place;
  }
`;
const FRAGMENT = /* glsl */ `
  uniform float uLine, uDashMm, uIsPrint, uLayerMm; uniform vec3 uDone, uNow, uNext, uBody;
  varying float vAlong; varying vec2 vLines; varying float vZ; varying vec2 vSide;
  void main() {
    bool isDone = uLine > vLines.y; bool isNow = !isDone && uLine >= vLines.x;
    vec3 color = isDone ? uDone : isNow ? uNow : uNext;
    float alpha = 1.0;
    if (!isDone && !isNow) {
      if (uIsPrint > 0.5) alpha = 0.05;
      else if (mod(vAlong, uDashMm) > uDashMm * 0.58) discard;
    }
    if (uIsPrint > 0.5 && isDone) {
      float sheen = 0.80 + 0.20 * abs(normalize(vSide + vec2(1e-5)).x) + 0.06 * sin(vZ * 31.4159 / max(uLayerMm, 0.05) * 0.1);
      color = uBody * sheen;
    }
    gl_FragColor = vec4(color, alpha);
    #include <colorspace_fragment>
  }
`;

/** Colours that are shown as they are in the page: the shader's output is converted from linear. */
const linear = (colour: string) => new Color(colour);

/** Every work segment as a flat ribbon. `lift` keeps cuts just above the sheet; prints stand where they are. */
export function createToolpathLines(path: ProgramPath, colours: PathColours, body: string): ToolpathLines {
  const isPrint = path.process === 'print';
  const geometry = isPrint ? ribbons(path, (_, line) => [line, line]) : cutRibbons(path);
  const material = new ShaderMaterial({
    vertexShader: VERTEX,
    fragmentShader: FRAGMENT,
    side: DoubleSide,
    transparent: true,
    depthWrite: isPrint,
    uniforms: {
      uLine: { value: -1 },
      uHalfMm: { value: isPrint ? 0.24 : 2 },
      uDashMm: { value: 24 },
      uIsPrint: { value: isPrint ? 1 : 0 },
      uLayerMm: { value: 0.2 },
      uDone: { value: linear(colours.done) },
      uNow: { value: linear(colours.now) },
      uNext: { value: linear(colours.next) },
      uBody: { value: linear(body) },
    },
  });
  const mesh = new Mesh(geometry, material);
  mesh.renderOrder = 2;
  mesh.frustumCulled = false;
  const set = (name: string, value: unknown) => {
    const uniform = material.uniforms[name];
    if (uniform) uniform.value = value;
  };
  return {
    mesh,
    showLine: (line) => set('uLine', line),
    setWidthMm(widthMm) {
      set('uHalfMm', widthMm / 2);
      set('uDashMm', widthMm * 5);
    },
    setColours({ done, now, next }) {
      set('uDone', linear(done));
      set('uNow', linear(now));
      set('uNext', linear(next));
    },
  };
}

/** Cuts go round the same outline several times, deeper each time: each stretch is drawn once. */
function cutRibbons(path: ProgramPath): BufferGeometry {
  const actions = actionsOf(path);
  let action = -1;
  let wasWork = false;
  const seen = new Set<string>();
  return ribbons(path, (at, line) => {
    const isWork = path.kinds[at] === WORK;
    if (isWork && !wasWork) {
      action += 1;
      seen.clear();
    }
    wasWork = isWork;
    if (!isWork) return undefined;
    const key = [0, 1, 3, 4].map((offset) => Math.round((path.segments[at * 6 + offset] ?? 0) * 20)).join();
    if (seen.has(key)) return undefined;
    seen.add(key);
    const { first, last } = actions[action] ?? { first: line, last: line };
    return [first, last];
  });
}

type LinesOf = (at: number, line: number) => readonly [first: number, last: number] | undefined;

function ribbons(path: ProgramPath, linesOf: LinesOf): BufferGeometry {
  const chosen: number[] = [];
  const lines: number[] = [];
  for (let at = 0; at < path.count; at++) {
    const range = linesOf(at, path.lines[at] ?? 0);
    if (range === undefined || path.kinds[at] !== WORK) continue;
    chosen.push(at);
    lines.push(...range);
  }
  const isPrint = path.process === 'print';
  const positions = new Float32Array(chosen.length * 12);
  const sides = new Float32Array(chosen.length * 8);
  const along = new Float32Array(chosen.length * 4);
  const ranges = new Float32Array(chosen.length * 8);
  const indices = new Uint32Array(chosen.length * 6);
  let walked = 0;
  for (const [k, at] of chosen.entries()) {
    const [x0 = 0, y0 = 0, z0 = 0, x1 = 0, y1 = 0, z1 = 0] = path.segments.subarray(at * 6, at * 6 + 6);
    const length = Math.hypot(x1 - x0, y1 - y0);
    const [nx, ny] = length > 0 ? [-(y1 - y0) / length, (x1 - x0) / length] : [0, 0];
    const [za, zb] = isPrint ? [z0, z1] : [0.6, 0.6];
    positions.set([x0, y0, za, x0, y0, za, x1, y1, zb, x1, y1, zb], k * 12);
    sides.set([nx, ny, -nx, -ny, nx, ny, -nx, -ny], k * 8);
    along.set([walked, walked, walked + length, walked + length], k * 4);
    const [first = 0, last = 0] = [lines[k * 2], lines[k * 2 + 1]];
    ranges.set([first, last, first, last, first, last, first, last], k * 8);
    const v = k * 4;
    indices.set([v, v + 1, v + 2, v + 2, v + 1, v + 3], k * 6);
    walked += length;
  }
  const geometry = new BufferGeometry();
  geometry.setAttribute('position', new BufferAttribute(positions, 3));
  geometry.setAttribute('aSide', new BufferAttribute(sides, 2));
  geometry.setAttribute('aAlong', new BufferAttribute(along, 1));
  geometry.setAttribute('aLines', new BufferAttribute(ranges, 2));
  geometry.setIndex(new BufferAttribute(indices, 1));
  return geometry;
}
