import type { Contour, SheetLayout } from '#contract/sheet-layout.ts';
import { boundsOf, signedArea } from '../parts/plane-figures.ts';

/**
 * A hobby router in 18 mm plywood with a two-flute cutter of 6 mm: cautious values that most machines reach. The lab's
 * own program later gives its own time; this one serves prices and promises.
 */
export const CUT_DEFAULTS = {
  feedMmPerMin: 2400,
  plungeMmPerMin: 600,
  rapidMmPerMin: 5000,
  passDepthMm: 6,
  cutterDiameterMm: 6,
  /** Share of the cutter's diameter between two rings of a pocket. */
  stepover: 0.45,
  /** Below the sheet, so that nothing stays attached. */
  throughMm: 0.3,
  safeHeightMm: 10,
  /** Spindle start, homing of the tool, first approach. */
  setupSeconds: 20,
} as const;

function lengthOf(contour: Contour): number {
  return contour.reduce((sum, [x, y], index) => {
    const [nextX, nextY] = contour[(index + 1) % contour.length] ?? [x, y];
    return sum + Math.hypot(nextX - x, nextY - y);
  }, 0);
}

/** Seconds for following a contour down to a depth, pass by pass, with one lift at the end. */
function contourSeconds(lengthMm: number, depthMm: number): number {
  const { feedMmPerMin, plungeMmPerMin, rapidMmPerMin, passDepthMm, safeHeightMm } = CUT_DEFAULTS;
  const passes = Math.ceil(depthMm / passDepthMm);
  const minutes =
    (passes * lengthMm) / feedMmPerMin + depthMm / plungeMmPerMin + (2 * safeHeightMm) / rapidMmPerMin;
  return minutes * 60;
}

/**
 * Seconds that a sheet takes on a machine with `CUT_DEFAULTS`: all contours in passes, pockets in rings, plunges, and
 * rapid moves from part to part in the order of the layout.
 */
export function cutSeconds({ placed, sheet }: Pick<SheetLayout, 'placed' | 'sheet'>): number {
  const { throughMm, cutterDiameterMm, stepover, rapidMmPerMin, setupSeconds } = CUT_DEFAULTS;
  const throughDepthMm = sheet.thicknessMm + throughMm;
  let seconds: number = setupSeconds;
  let at: [number, number] = [0, 0];
  for (const { part } of placed) {
    for (const contour of [part.outline, ...part.cutouts])
      seconds += contourSeconds(lengthOf(contour), throughDepthMm);
    for (const { contour, islands, depthMm } of part.pockets) {
      const area =
        Math.abs(signedArea(contour)) -
        islands.reduce((sum, island) => sum + Math.abs(signedArea(island)), 0);
      seconds += contourSeconds(area / (cutterDiameterMm * stepover) + lengthOf(contour), depthMm);
    }
    const { minX, minY } = boundsOf([part.outline]);
    seconds += (Math.hypot(minX - at[0], minY - at[1]) / rapidMmPerMin) * 60;
    at = [minX, minY];
  }
  return Math.round(seconds);
}
