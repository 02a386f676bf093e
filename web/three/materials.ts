import { Color, DoubleSide, MeshStandardMaterial, type Vector3 } from 'three';

/** What is drawn in the material itself: no pictures are loaded, and the grain is the same on every machine. */

const NOISE = /* glsl */ `
  float cwHash(vec2 p) { return fract(sin(dot(p, vec2(127.1, 311.7))) * 43758.5453); }
  float cwNoise(vec2 p) {
    vec2 i = floor(p); vec2 f = fract(p); f = f * f * (3.0 - 2.0 * f);
    return mix(mix(cwHash(i), cwHash(i + vec2(1, 0)), f.x), mix(cwHash(i + vec2(0, 1)), cwHash(i + vec2(1, 1)), f.x), f.y);
  }
  float cwGrain(vec2 p) {
    float wave = cwNoise(vec2(p.x * 0.0016, p.y * 0.02)) * 26.0;
    float rings = 0.5 + 0.5 * sin((p.y + wave) * 0.42 + cwNoise(p * vec2(0.004, 0.05)) * 5.0);
    float fine = cwNoise(vec2(p.x * 0.02, p.y * 1.9));
    return rings * 0.55 + fine * 0.45;
  }
`;

const PLYWOOD = /* glsl */ `
  float cwAcross = dot(vCwPosition - uCwOrigin, uCwNormal);
  vec3 cwSide = cross(uCwNormal, uCwGrain);
  vec2 cwFlat = vec2(dot(vCwPosition, uCwGrain), dot(vCwPosition, cwSide));
  float cwFace = smoothstep(0.35, 0.75, abs(dot(normalize(vCwNormal), uCwNormal)));
  float cwStripe = cwGrain(cwFlat + vec2(0.0, uCwSeed * 37.0));
  vec3 cwTop = mix(uCwLight, uCwDark, 0.08 + cwStripe * 0.3);
  float cwPly = fract(cwAcross / uCwPly);
  float cwOdd = step(1.0, mod(floor(cwAcross / uCwPly), 2.0));
  float cwGlue = 1.0 - smoothstep(0.0, 0.16, min(cwPly, 1.0 - cwPly));
  vec3 cwEdge = mix(mix(uCwLight, uCwDark, 0.15), uCwDark, cwOdd * 0.75 + cwGlue * 0.4);
  cwEdge *= 0.94 + 0.1 * cwNoise(cwFlat * vec2(0.6, 0.6));
  diffuseColor.rgb *= mix(cwEdge, cwTop, cwFace);
`;

export interface PlywoodLook {
  /** Across the plies, along the grain, and a point on the lower face: in the axes of the geometry. */
  normal: Vector3;
  grain: Vector3;
  origin: Vector3;
  thicknessMm: number;
  /** How long a millimetre is in the units of the geometry, e.g. 0.001 for glTF. */
  mm: number;
  seed: number;
}

/** Birch plywood has a ply for about each 1.4 mm, an odd number of them. */
const PLY_MM = 1.4;

export function plywoodMaterial({
  normal,
  grain,
  origin,
  thicknessMm,
  mm,
  seed,
}: PlywoodLook): MeshStandardMaterial {
  const plies = Math.max(3, 2 * Math.floor(thicknessMm / PLY_MM / 2) + 1);
  const uniforms = {
    uCwNormal: { value: normal },
    uCwGrain: { value: grain },
    uCwOrigin: { value: origin.clone().divideScalar(mm) },
    uCwPly: { value: thicknessMm / plies },
    uCwSeed: { value: seed },
    uCwLight: { value: new Color('#f4e0ba') },
    uCwDark: { value: new Color('#c08d52') },
  };
  const material = new MeshStandardMaterial({ roughness: 0.82, metalness: 0 });
  return patched(
    material,
    'plywood',
    uniforms,
    mm,
    `uniform vec3 uCwNormal, uCwGrain, uCwOrigin, uCwLight, uCwDark; uniform float uCwPly, uCwSeed; ${NOISE}`,
    PLYWOOD,
  );
}

/** Lines where a layer ends, fading out where they would be finer than a pixel. */
const LAYERS = /* glsl */ `
  float cwHeight = dot(vCwPosition, uCwNormal) / uCwLayer;
  float cwSharp = 1.0 - smoothstep(0.25, 0.9, fwidth(cwHeight));
  float cwSheen = 0.5 + 0.5 * sin(cwHeight * 6.28318);
  float cwWall = 1.0 - abs(dot(normalize(vCwNormal), uCwNormal));
  diffuseColor.rgb *= 1.0 - 0.16 * cwSharp * cwWall * cwSheen;
`;

export function printedMaterial(
  color: Color,
  up: Vector3,
  layerMm: number,
  mm: number,
): MeshStandardMaterial {
  const material = new MeshStandardMaterial({ color, roughness: 0.42, metalness: 0 });
  const uniforms = { uCwNormal: { value: up }, uCwLayer: { value: layerMm } };
  return patched(
    material,
    'printed',
    uniforms,
    mm,
    'uniform vec3 uCwNormal; uniform float uCwLayer;',
    LAYERS,
  );
}

/** Adds a piece to the shader of a standard material, with position and normal in the geometry's own axes, in millimetres. */
function patched(
  material: MeshStandardMaterial,
  name: string,
  uniforms: Record<string, { value: unknown }>,
  mm: number,
  declarations: string,
  body: string,
): MeshStandardMaterial {
  material.side = DoubleSide;
  material.onBeforeCompile = (shader) => {
    Object.assign(shader.uniforms, uniforms, { uCwMm: { value: mm } });
    const varyings = 'varying vec3 vCwPosition; varying vec3 vCwNormal;';
    shader.vertexShader = `${varyings} uniform float uCwMm;\n${shader.vertexShader}`.replace(
      '#include <begin_vertex>',
      '#include <begin_vertex>\nvCwPosition = position / uCwMm; vCwNormal = normal;',
    );
    shader.fragmentShader = `${varyings}\n${declarations}\n${shader.fragmentShader}`.replace(
      '#include <color_fragment>',
      `#include <color_fragment>\n${body}`,
    );
  };
  material.customProgramCacheKey = () => `commonwright-${name}`;
  return material;
}
