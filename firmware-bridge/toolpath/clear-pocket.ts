import type { Contour, Point } from '#contract/sheet-layout.ts';
import { follow } from './cut-contour.ts';
import type { Cutter } from './cutter.ts';
import { levelsTo, rampLengthMm } from './depth-profile.ts';
import type { GcodeWriter } from './gcode-writer.ts';
import { COARSE_ARC_MM, distance, grow, signedArea } from './offsets.ts';
import { type ToolPath, toolPathOf } from './tool-path.ts';

/** Each ring lies this share of the radius inside the one before: no ridge can stay between them, also in corners. */
const STEP_SHARE_OF_RADIUS = 0.8;
/** A straight link this short cannot leave the pocket: anything that stands between two rings is wider than the cutter. */
const LONGEST_LINK_STEPS = 1.5;
/** A pocket as wide as a sheet with the finest cutter stays far below; it bounds what a broken contour can ask for. */
const MAX_RINGS = 2_000;

/** A closed path, and the paths inside it that follow from it. */
export type Ring = { contour: Contour; inner: Ring[] };

export type PocketCut = { rings: Ring[]; depthMm: number };

/**
 * Rings for everything that the cutter's centre may reach (`reach`: outer contours and islands). Each set of rings is made from
 * the set before it, so that nothing between them is left over, whatever the shape.
 */
export function ringsOf(reach: readonly Contour[], radiusMm: number, direction: Cutter['direction']): Ring[] {
  const turned = (contour: Contour): Contour => (direction === 'climb' ? contour : [...contour].reverse());
  const stepMm = STEP_SHARE_OF_RADIUS * radiusMm;
  const roots: Ring[] = [];
  let outside: { ring: Ring; contour: Contour }[] = [];
  let contours = [...reach];
  for (let count = 0; contours.length > 0 && count < MAX_RINGS; count++) {
    const layer = contours.map((contour) => ({ ring: { contour: turned(contour), inner: [] }, contour }));
    for (const { ring, contour } of layer) {
      const parent = nearest(outside, contour, stepMm);
      if (parent === undefined) roots.push(ring);
      else parent.inner.push(ring);
    }
    outside = layer;
    contours = grow(contours, -stepMm, COARSE_ARC_MM);
  }
  return roots;
}

/** The ring that a contour was made from is exactly one step away from it; islands' rings grow together and have none. */
function nearest(
  outside: readonly { ring: Ring; contour: Contour }[],
  contour: Contour,
  stepMm: number,
): Ring | undefined {
  const probe = contour[0];
  if (probe === undefined) return;
  let best: { ring: Ring; awayMm: number } | undefined;
  for (const { ring, contour: other } of outside) {
    if (signedArea(other) > 0 !== signedArea(contour) > 0) continue;
    const awayMm = distance(probe, nearestPoint(other, probe).at);
    if (best === undefined || awayMm < best.awayMm) best = { ring, awayMm };
  }
  return best !== undefined && best.awayMm < stepMm * 1.05 ? best.ring : undefined;
}

/** Clears the pocket level by level; every root is entered by a ramp, every inner ring from the ring around it. */
export function writePocket(writer: GcodeWriter, pocket: PocketCut, cutter: Cutter): void {
  for (const root of pocket.rings) {
    const path = toolPathOf(root.contour);
    let above = 0;
    for (const level of levelsTo(pocket.depthMm, cutter.passDepthMm)) {
      writer.approach(path.start);
      enter(writer, path, above, level, cutter);
      writeInner(writer, root, level, cutter);
      writer.retract();
      above = level;
    }
  }
}

function enter(writer: GcodeWriter, path: ToolPath, above: number, level: number, cutter: Cutter): void {
  writer.sink(above, cutter.plungeMmPerMin);
  if (path.lengthMm < 1) {
    writer.sink(level, cutter.plungeMmPerMin);
    for (const stretch of path.stretches) writer.cut(stretch, level, cutter.feedMmPerMin);
    return;
  }
  const rampMm = rampLengthMm(above - level, path.lengthMm, cutter);
  follow(
    writer,
    path,
    [
      { atMm: 0, z: above },
      { atMm: rampMm, z: level },
      { atMm: rampMm + path.lengthMm, z: level },
    ],
    cutter,
  );
}

/** The rings inside one that has just been cut at this level. */
function writeInner(writer: GcodeWriter, around: Ring, level: number, cutter: Cutter): void {
  const longestLinkMm = LONGEST_LINK_STEPS * STEP_SHARE_OF_RADIUS * (cutter.diameterMm / 2);
  for (const ring of around.inner) {
    let start = nearestPoint(ring.contour, writer.at);
    if (distance(start.at, writer.at) > longestLinkMm) {
      const link = nearestPoint(around.contour, ring.contour[0] as Point).at;
      writer.approach(link);
      writer.sink(level, cutter.plungeMmPerMin);
      start = nearestPoint(ring.contour, link);
    }
    const from = start.edge + 1;
    const lap = [start.at, ...ring.contour.slice(from), ...ring.contour.slice(0, from), start.at];
    for (const to of lap) writer.cut({ to }, level, cutter.feedMmPerMin);
    writeInner(writer, ring, level, cutter);
  }
}

/** The point of a closed contour that is nearest to a place. */
function nearestPoint(contour: Contour, place: Point): { at: Point; edge: number } {
  let best: { at: Point; edge: number } = { at: contour[0] as Point, edge: 0 };
  let least = Infinity;
  for (const [edge, a] of contour.entries()) {
    const b = contour[(edge + 1) % contour.length] as Point;
    const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
    const lengthSquared = dx * dx + dy * dy;
    const t = lengthSquared === 0 ? 0 : ((place[0] - a[0]) * dx + (place[1] - a[1]) * dy) / lengthSquared;
    const share = Math.min(1, Math.max(0, t));
    const at: Point = [a[0] + dx * share, a[1] + dy * share];
    const away = distance(at, place);
    if (away < least) [least, best] = [away, { at, edge }];
  }
  return best;
}
