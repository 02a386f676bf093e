import { cornerMm, normalOf, type SolidMesh } from '../exports/solid-mesh.ts';

/**
 * An ordinary printer with a nozzle of 0.4 mm and the usual way of slicing. The lab's slicer later gives its own numbers; these
 * serve prices and promises.
 */
export const PRINT_DEFAULTS = {
  lineWidthMm: 0.45,
  walls: 2,
  solidLayers: 3,
  sparseShare: 0.2,
  /** Share of a line by which the filling presses into the walls. */
  overlap: 0.2,
  feedMmPerSecond: 50,
  outerWallShare: 0.6,
  firstLayerMmPerSecond: 20,
  accelerationMmPerS2: 1000,
  /** Lifting and the way to the next layer; ways between the parts of a layer. */
  layerChangeSeconds: 0.4,
  copyChangeSeconds: 0.5,
} as const;

/** What one copy of a part takes. */
export interface PrintNeeds {
  readonly plasticMm3: number;
  /** Without the changes of layer, which the copies on a plate share. */
  readonly seconds: number;
  readonly heightMm: number;
}

interface Surface {
  readonly volumeMm3: number;
  /** The outlines of all heights: their length, summed over the height. */
  readonly sideMm2: number;
  /** What looks up or down, seen from above. */
  readonly levelMm2: number;
  readonly footMm2: number;
  readonly heightMm: number;
  /** Sharp corners of all outlines, summed over the height. */
  readonly cornersMm: number;
}

/** A corner of an outline at which the nozzle has to brake. */
const CORNER_COS = Math.cos((35 * Math.PI) / 180);

/** Faces steeper than this have no skin beyond their walls. */
const LEVEL_SHARE = 0.7;

function measure(mesh: SolidMesh): Surface {
  let [low, high] = [Infinity, -Infinity];
  for (let at = 2; at < mesh.micrometres.length; at += 3) {
    low = Math.min(low, (mesh.micrometres[at] ?? 0) / 1000);
    high = Math.max(high, (mesh.micrometres[at] ?? 0) / 1000);
  }
  let [volumeMm3, sideMm2, levelMm2, footMm2] = [0, 0, 0, 0];
  for (let at = 0; at < mesh.triangles.length; at += 3) {
    const [a, b, c] = [cornerMm(mesh, at), cornerMm(mesh, at + 1), cornerMm(mesh, at + 2)];
    const [nx, ny, nz] = normalOf(mesh, at);
    const across = [
      (b[1] - a[1]) * (c[2] - a[2]) - (b[2] - a[2]) * (c[1] - a[1]),
      (b[2] - a[2]) * (c[0] - a[0]) - (b[0] - a[0]) * (c[2] - a[2]),
      (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]),
    ] as const;
    const areaMm2 = Math.hypot(...across) / 2;
    volumeMm3 += (across[0] * a[0] + across[1] * a[1] + across[2] * a[2]) / 6;
    sideMm2 += areaMm2 * Math.hypot(nx, ny);
    if (Math.abs(nz) > LEVEL_SHARE) levelMm2 += areaMm2 * Math.abs(nz);
    if (nz < -LEVEL_SHARE && (a[2] + b[2] + c[2]) / 3 < low + 0.05) footMm2 += areaMm2;
  }
  return { volumeMm3, sideMm2, levelMm2, footMm2, heightMm: high - low, cornersMm: cornerHeight(mesh) };
}

/** Heights of the edges between sides that meet at an angle. */
function cornerHeight(mesh: SolidMesh): number {
  const corners = mesh.micrometres.length / 3;
  const sides = new Map<number, readonly [number, number]>();
  let height = 0;
  for (let at = 0; at < mesh.triangles.length; at += 3) {
    const [nx, ny] = normalOf(mesh, at);
    const level = Math.hypot(nx, ny);
    if (level < LEVEL_SHARE) continue;
    const side = [nx / level, ny / level] as const;
    for (let corner = 0; corner < 3; corner += 1) {
      const from = mesh.triangles[at + corner] ?? 0;
      const to = mesh.triangles[at + ((corner + 1) % 3)] ?? 0;
      const key = Math.min(from, to) * corners + Math.max(from, to);
      const other = sides.get(key);
      sides.set(key, side);
      if (other === undefined || other[0] * side[0] + other[1] * side[1] > CORNER_COS) continue;
      height += Math.abs((mesh.micrometres[3 * from + 2] ?? 0) - (mesh.micrometres[3 * to + 2] ?? 0)) / 1000;
    }
  }
  return height;
}

/** Seconds for a line from rest to rest. */
function lineSeconds(lengthMm: number, feedMmPerSecond: number): number {
  const { accelerationMmPerS2: acceleration } = PRINT_DEFAULTS;
  const reachMm = feedMmPerSecond ** 2 / acceleration;
  if (lengthMm < reachMm) return 2 * Math.sqrt(lengthMm / acceleration);
  return lengthMm / feedMmPerSecond + feedMmPerSecond / acceleration;
}

/** Seconds for lines to and fro in a filling, with the hops between them. */
function fillSeconds(lengthMm: number, chordMm: number, hopMm: number): number {
  if (lengthMm <= 0 || chordMm <= 0) return 0;
  const { feedMmPerSecond } = PRINT_DEFAULTS;
  const once = lineSeconds(chordMm, feedMmPerSecond) + lineSeconds(hopMm, 2 * feedMmPerSecond);
  return (lengthMm / chordMm) * once;
}

/**
 * Plastic and time of a part as it stands, from its surface: the sides become walls, what looks up or down a skin of some
 * layers, the rest is filled sparsely. Every line and every corner costs the time of braking and speeding up. Heating is left
 * out, as slicers leave it out.
 */
export function printNeeds(mesh: SolidMesh, layerHeightMm: number): PrintNeeds {
  const { lineWidthMm, walls, solidLayers, sparseShare, overlap, ...motion } = PRINT_DEFAULTS;
  const { volumeMm3, sideMm2, levelMm2, footMm2, heightMm, cornersMm } = measure(mesh);
  // Lines have half-round edges: nearer to each other than they are wide, they fill the space between them.
  const spacingMm = lineWidthMm - layerHeightMm * (1 - Math.PI / 4);
  const wallMm = lineWidthMm / 2 + (walls - overlap) * spacingMm;
  const insideMm3 = Math.max(0, volumeMm3 - sideMm2 * wallMm);
  const insideShare = volumeMm3 > 0 ? insideMm3 / volumeMm3 : 0;
  const skinMm3 = Math.min(insideMm3, levelMm2 * solidLayers * layerHeightMm * insideShare);
  const sparseMm3 = (insideMm3 - skinMm3) * sparseShare;
  const lineMm2 = spacingMm * layerHeightMm;
  const wallLengthMm = Math.min(sideMm2 / layerHeightMm, volumeMm3 / lineMm2 / walls);
  const plasticMm3 = walls * wallLengthMm * lineMm2 + skinMm3 + sparseMm3;

  const outerFeed = motion.feedMmPerSecond * motion.outerWallShare;
  const wallSeconds = wallLengthMm / outerFeed + ((walls - 1) * wallLengthMm) / motion.feedMmPerSecond;
  const brakingSeconds =
    ((cornersMm / layerHeightMm) * (outerFeed + (walls - 1) * motion.feedMmPerSecond)) /
    motion.accelerationMmPerS2;
  // The mean chord of a figure is π × area ÷ circumference (Cauchy).
  const chordMm = sideMm2 > 0 ? (Math.PI * insideMm3) / sideMm2 : 0;
  const fillingSeconds =
    fillSeconds(skinMm3 / lineMm2, chordMm, spacingMm) +
    fillSeconds(sparseMm3 / lineMm2, chordMm, spacingMm / sparseShare);
  const slowSeconds = (footMm2 / spacingMm) * (1 / motion.firstLayerMmPerSecond - 1 / motion.feedMmPerSecond);
  const layers = Math.ceil(heightMm / layerHeightMm);
  const seconds =
    wallSeconds + brakingSeconds + fillingSeconds + slowSeconds + layers * motion.copyChangeSeconds;
  return { plasticMm3, seconds, heightMm };
}

/** Seconds for a plate with these parts on it. */
export function plateSeconds(parts: readonly PrintNeeds[], layerHeightMm: number): number {
  const layers = Math.ceil(Math.max(0, ...parts.map(({ heightMm }) => heightMm)) / layerHeightMm);
  const printing = parts.reduce((sum, { seconds }) => sum + seconds, 0);
  return Math.round(printing + layers * PRINT_DEFAULTS.layerChangeSeconds);
}
