import type { Contour, PlacedPart, Pocket } from '#contract/sheet-layout.ts';
import { type PocketCut, ringsOf } from './clear-pocket.ts';
import type { ContourCut } from './cut-contour.ts';
import type { Cutter, Refusal } from './cutter.ts';
import { grow, growPointed, signedArea, subtract, turning, unite } from './offsets.ts';
import { placeTabs } from './place-tabs.ts';
import { leavesUnreached, widestCutterMm } from './reach.ts';
import { relieve, type SharpCorner, sharpCorners } from './relieve-corners.ts';
import { AWAY_FROM_PART_MM, toolPathOf } from './tool-path.ts';

/** A cut with its place in the program's summary, or why there is none. */
export type Outcome<Cut> = { cuts: Cut[]; relieved: number } | { refusal: Refusal };

/** An offcut larger than this is heavy enough to be thrown; it keeps tabs like a part. */
const LOOSE_OFFCUT_MM2 = 10_000;
/** A pocket that ends at the part's edge is cut past it, so that no fillet stays there; this covers the rounding. */
const PAST_EDGE_MM = 0.05;

/** The cut that opens a through opening: inside the line, corners relieved. */
export function openingCut(of: PlacedPart, cutout: Contour, cutter: Cutter): Outcome<ContourCut> {
  const radiusMm = cutter.diameterMm / 2;
  const opening = turning(cutout, 'counter-clockwise');
  const corners = sharpCorners(opening, 'inside');
  const fits = (radius: number): boolean => {
    const centres = grow([opening], -radius);
    return centres.length === 1 && !leavesUnreached([opening], centres, radius, corners);
  };
  const plain = grow([opening], -radiusMm);
  if (plain.length !== 1 || leavesUnreached([opening], plain, radiusMm, corners)) {
    return { refusal: tooNarrow('opening-narrower-than-cutter', 'an opening', of, cutter, fits) };
  }
  const isHeavy = Math.abs(signedArea(plain[0] ?? [])) > LOOSE_OFFCUT_MM2;
  return contourCuts(of, plain, corners, { cutter, way: 'inside', needsTabs: isHeavy });
}

/** The cut that frees a part: outside the line, notches relieved. */
export function outlineCut(of: PlacedPart, cutter: Cutter): Outcome<ContourCut> {
  const radiusMm = cutter.diameterMm / 2;
  const outline = turning(of.part.outline, 'counter-clockwise');
  const corners = sharpCorners(outline, 'outside');
  const isReached = (radius: number, grown: readonly Contour[]): boolean => {
    const closed = grow(grown, -radius);
    return !leavesUnreached(subtract(closed, [outline]), [], radius, corners);
  };
  const fits = (radius: number): boolean => isReached(radius, grow([outline], radius));
  const grown = grow([outline], radiusMm);
  if (!isReached(radiusMm, grown)) {
    return { refusal: tooNarrow('notch-narrower-than-cutter', 'a notch', of, cutter, fits) };
  }
  return contourCuts(of, grown, corners, { cutter, way: 'outside', needsTabs: true });
}

type ContourRule = { cutter: Cutter; way: 'inside' | 'outside'; needsTabs: boolean };

function contourCuts(
  of: PlacedPart,
  plain: readonly Contour[],
  corners: readonly SharpCorner[],
  { cutter, way, needsTabs }: ContourRule,
): Outcome<ContourCut> {
  const climbs = cutter.direction === 'climb';
  const { thicknessMm } = of.part;
  const cuts: ContourCut[] = [];
  let relieved = 0;
  for (const contour of plain) {
    const bones = relieve(contour, corners, cutter.diameterMm / 2);
    relieved += bones.relieved.length;
    const isOpenInside = (way === 'inside') === signedArea(contour) > 0;
    const turned = turning(bones.path, climbs === isOpenInside ? 'counter-clockwise' : 'clockwise');
    const path = toolPathOf(turned, way === 'outside' ? AWAY_FROM_PART_MM : undefined);
    const tabs = needsTabs && cutter.tab !== null ? placeTabs(path, thicknessMm, cutter, cutter.tab) : [];
    if (way === 'outside' && cutter.tab !== null && tabs.length === 0)
      return { refusal: noTabs(of, path.lengthMm) };
    cuts.push({ path, depthMm: thicknessMm + cutter.spoilMm, tabs });
  }
  return { cuts, relieved };
}

/** The cut that clears a pocket; where it ends at the edge or at an opening of its part, it goes past that edge. */
export function pocketCut(of: PlacedPart, pocket: Pocket, cutter: Cutter): Outcome<PocketCut> {
  const radiusMm = cutter.diameterMm / 2;
  const islands = pocket.islands.map((island) => turning(island, 'counter-clockwise'));
  const contour = turning(pocket.contour, 'counter-clockwise');
  const area = subtract([contour], islands);
  const corners = [
    ...sharpCorners(contour, 'inside'),
    ...islands.flatMap((island) => sharpCorners(island, 'outside')),
  ];
  const open = (radius: number): Contour[] => {
    const past = growPointed([contour], radius + PAST_EDGE_MM);
    const openings = of.part.cutouts.map((cutout) => turning(cutout, 'counter-clockwise'));
    const solid = subtract([turning(of.part.outline, 'counter-clockwise')], openings);
    const touching = subtract(past, solid);
    return touching.length === 0 ? area : unite(area, subtract(touching, islands));
  };
  const centresFor = (radius: number): Contour[] => grow(open(radius), -radius);
  const fits = (radius: number): boolean => {
    const centres = centresFor(radius);
    return centres.length > 0 && !leavesUnreached(area, centres, radius, corners);
  };
  const centres = centresFor(radiusMm);
  if (centres.length === 0 || leavesUnreached(area, centres, radiusMm, corners)) {
    return { refusal: tooNarrow('pocket-narrower-than-cutter', 'a pocket', of, cutter, fits) };
  }
  const depthMm = Math.min(pocket.depthMm, of.part.thicknessMm);
  return { cuts: [{ rings: ringsOf(centres, radiusMm, cutter.direction), depthMm }], relieved: 0 };
}

function tooNarrow(
  code: Refusal['code'],
  what: string,
  of: PlacedPart,
  cutter: Cutter,
  fits: (radiusMm: number) => boolean,
): Refusal {
  const widest = widestCutterMm(fits, cutter.diameterMm);
  const advice =
    widest > 0 ? `use a cutter of ${widest} mm or less` : 'no cutter gets in there; the design must widen it';
  return {
    code,
    sentence: `${of.part.name} has ${what} narrower than the ${cutter.diameterMm} mm cutter: ${advice}.`,
    partId: of.part.partId,
    copy: of.copy,
    details: { cutterMm: cutter.diameterMm, widestCutterMm: widest },
  };
}

function noTabs(of: PlacedPart, lengthMm: number): Refusal {
  return {
    code: 'too-small-for-tabs',
    sentence: `${of.part.name} is too small to be held by tabs (${Math.round(lengthMm)} mm around): use smaller tabs or a vacuum table.`,
    partId: of.part.partId,
    copy: of.copy,
    details: { lengthMm },
  };
}
