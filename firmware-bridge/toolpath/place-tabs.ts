import type { Cutter, TabRule } from './cutter.ts';
import type { ToolPath } from './tool-path.ts';

/** A bridge left under the cutter: it stays above `z` for `topMm` around `atMm`, with a slope of `flankMm` on each side. */
export type Tab = { atMm: number; z: number; topMm: number; flankMm: number };

/** Steep enough to keep tabs short, flat enough not to be a plunge: 1 down for 2 along. */
const FLANK_RUN = 2;
/** Tabs stay away from corners, where mating parts sit; tried in this order until one fits. */
const CORNER_CLEARANCES_MM = [10, 4, 0];
/** Cut free between two neighbouring tabs. */
const BETWEEN_TABS_MM = 5;
/** A tab never takes more than this share of the thickness, or the part would not come out. */
const MAX_SHARE_OF_THICKNESS = 0.5;

type Span = { fromMm: number; toMm: number };

/**
 * Spreads tabs evenly along a closed path, each on a straight stretch away from its ends where the outline has such stretches.
 * Empty when the path is too short for a single one.
 */
export function placeTabs(path: ToolPath, thicknessMm: number, cutter: Cutter, rule: TabRule): Tab[] {
  const height = Math.min(rule.heightMm, thicknessMm * MAX_SHARE_OF_THICKNESS);
  const topMm = rule.widthMm + cutter.diameterMm;
  const flankMm = FLANK_RUN * (height + cutter.spoilMm);
  const spanMm = topMm + 2 * flankMm;
  const room = Math.floor(path.lengthMm / (spanMm + BETWEEN_TABS_MM));
  if (room < 1) return [];
  const wanted = Math.min(room, Math.max(rule.perPart, Math.ceil(path.lengthMm / rule.everyMm)));
  const places: number[] = [];
  for (const clearance of CORNER_CLEARANCES_MM) {
    if (places.length < wanted)
      fill(places, wanted, straightSpans(path, spanMm / 2 + clearance), path.lengthMm, spanMm);
  }
  if (places.length < Math.min(2, wanted)) {
    fill(places, wanted, [{ fromMm: 0, toMm: path.lengthMm }], path.lengthMm, spanMm);
  }
  places.sort((a, b) => a - b);
  return places.map((atMm) => ({ atMm, z: -(thicknessMm - height), topMm, flankMm }));
}

/** For each evenly spaced place without a tab near it, the nearest one that a span allows. */
function fill(places: number[], wanted: number, spans: readonly Span[], lapMm: number, spanMm: number): void {
  for (let index = 0; index < wanted && places.length < wanted; index++) {
    const ideal = ((index + 0.5) * lapMm) / wanted;
    if (places.some((place) => around(place, ideal, lapMm) < lapMm / wanted / 2)) continue;
    const options = spans
      .flatMap((span) => [Math.min(span.toMm, Math.max(span.fromMm, ideal)), span.fromMm, span.toMm])
      .filter((at) => places.every((place) => around(place, at, lapMm) >= spanMm + BETWEEN_TABS_MM));
    options.sort((a, b) => around(a, ideal, lapMm) - around(b, ideal, lapMm));
    if (options[0] !== undefined) places.push(options[0]);
  }
}

/** Distance along the closed path, the shorter way round. */
function around(a: number, b: number, lapMm: number): number {
  const apart = Math.abs(a - b) % lapMm;
  return Math.min(apart, lapMm - apart);
}

/** Where the middle of a tab may be: on straight stretches, `reserveMm` from their ends. The start lies amid a straight edge. */
function straightSpans(path: ToolPath, reserveMm: number): Span[] {
  const spans: Span[] = [];
  let beginMm = 0;
  for (const [index, stretch] of path.stretches.entries()) {
    const endMm = beginMm + stretch.lengthMm;
    const isFirst = index === 0;
    const isLast = index === path.stretches.length - 1;
    if (stretch.arc === undefined) {
      const fromMm = isFirst ? 0 : beginMm + reserveMm;
      const toMm = isLast ? endMm : endMm - reserveMm;
      if (fromMm <= toMm) spans.push({ fromMm, toMm });
    }
    beginMm = endMm;
  }
  return spans;
}
