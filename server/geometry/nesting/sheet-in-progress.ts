import { Clipper, FillRule, type Path64, type Paths64 } from 'clipper2-ts';
import type { Contour, Point } from '#contract/sheet-layout.ts';
import type { NoFitPolygons, Shape } from './no-fit-polygons.ts';
import { UNITS_PER_MM } from './outer-outline.ts';
import { type Box, keepsGap } from './outline-distance.ts';

/** One kind of part at one allowed rotation; `outline` is exact and in millimetres, `box` is its box. */
export type TurnedPart = Shape & { outline: Contour; box: Box };

export type Place = { part: TurnedPart; offsetMm: Point; reachMm: number; topMm: number };

export type SheetRoom = { lengthMm: number; widthMm: number; gapMm: number; marginMm: number };

/** The proposals of the integer geometry are exact to its rounding, so a few are enough before another place is tried. */
const MAX_PROPOSALS = 40;
/** Rounding of the gap itself: 1 µm. */
const GAP_TOLERANCE_MM = 0.001;
const FIT_TOLERANCE_MM = 1e-6;

/** One sheet being filled: finds the place nearest to its lower left corner for the next part. */
export class SheetInProgress {
  readonly #room: SheetRoom;
  readonly #noFit: NoFitPolygons;
  readonly #placed: { part: TurnedPart; offset: [number, number]; outline: Contour; box: Box }[] = [];
  readonly places: Place[] = [];
  reachMm = 0;

  constructor(room: SheetRoom, noFit: NoFitPolygons) {
    this.#room = room;
    this.#noFit = noFit;
  }

  /** Puts down one of the turned forms of a part where it reaches least far along the sheet; false when none has room. */
  put(forms: readonly TurnedPart[]): boolean {
    let best: Place | undefined;
    for (const form of forms) {
      const place = this.#firstPlace(form, best?.reachMm ?? Infinity);
      if (place === undefined) continue;
      const isBetter =
        best === undefined ||
        place.reachMm < best.reachMm - 0.01 ||
        (place.reachMm < best.reachMm + 0.01 && place.topMm < best.topMm);
      if (isBetter) best = place;
    }
    if (best === undefined) return false;
    const { part, offsetMm } = best;
    this.#placed.push({
      part,
      offset: [Math.round(offsetMm[0] * UNITS_PER_MM), Math.round(offsetMm[1] * UNITS_PER_MM)],
      outline: part.outline.map(([x, y]) => [x + offsetMm[0], y + offsetMm[1]]),
      box: movedBox(part.box, offsetMm),
    });
    this.places.push(best);
    this.reachMm = Math.max(this.reachMm, best.reachMm);
    return true;
  }

  #firstPlace(form: TurnedPart, reachToBeatMm: number): Place | undefined {
    const inner = innerFit(this.#room, form.box);
    if (inner === undefined) return;
    const proposals = this.#proposals(form, inner);
    proposals.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    for (const proposal of proposals.slice(0, MAX_PROPOSALS)) {
      const reachMm = proposal[0] + form.box.maxX;
      if (reachMm > reachToBeatMm + 0.01) return;
      if (this.#isClear(form, proposal)) {
        return { part: form, offsetMm: proposal, reachMm, topMm: proposal[1] + form.box.maxY };
      }
    }
    return;
  }

  /** Corners of the region that is left when every no-fit polygon is taken from the room of the part's origin. */
  #proposals(form: TurnedPart, inner: Box): Point[] {
    const around = {
      minX: Math.floor(inner.minX * UNITS_PER_MM) - 1,
      minY: Math.floor(inner.minY * UNITS_PER_MM) - 1,
      maxX: Math.ceil(inner.maxX * UNITS_PER_MM) + 1,
      maxY: Math.ceil(inner.maxY * UNITS_PER_MM) + 1,
    };
    const blocked: Paths64 = [];
    for (const { part, offset } of this.#placed) {
      for (const path of this.#noFit.between(part, form)) {
        blocked.push(path.map(({ x, y }) => ({ x: x + offset[0], y: y + offset[1] })));
      }
    }
    const room: Path64 = [
      { x: around.minX, y: around.minY },
      { x: around.maxX, y: around.minY },
      { x: around.maxX, y: around.maxY },
      { x: around.minX, y: around.maxY },
    ];
    const free = blocked.length === 0 ? [room] : Clipper.difference([room], blocked, FillRule.NonZero);
    const within = (value: number, least: number, most: number): number =>
      Math.min(most, Math.max(least, value / UNITS_PER_MM));
    return free.flatMap((path) =>
      path.map(({ x, y }): Point => [within(x, inner.minX, inner.maxX), within(y, inner.minY, inner.maxY)]),
    );
  }

  #isClear(form: TurnedPart, offsetMm: Point): boolean {
    const { gapMm } = this.#room;
    const box = movedBox(form.box, offsetMm);
    const near = this.#placed.filter(({ box: other }) => isNear(box, other, gapMm));
    if (near.length === 0) return true;
    const outline = form.outline.map(([x, y]): Point => [x + offsetMm[0], y + offsetMm[1]]);
    return near.every(({ outline: other }) => keepsGap(outline, other, gapMm - GAP_TOLERANCE_MM));
  }
}

function isNear(a: Box, b: Box, gapMm: number): boolean {
  return (
    a.minX < b.maxX + gapMm && b.minX < a.maxX + gapMm && a.minY < b.maxY + gapMm && b.minY < a.maxY + gapMm
  );
}

/** Where the origin of a part may be for the part to keep the margin; nothing when it is larger than the sheet. */
export function innerFit(room: SheetRoom, box: Box): Box | undefined {
  const fit = {
    minX: room.marginMm - box.minX,
    minY: room.marginMm - box.minY,
    maxX: room.lengthMm - room.marginMm - box.maxX,
    maxY: room.widthMm - room.marginMm - box.maxY,
  };
  const [spareX, spareY] = [fit.maxX - fit.minX, fit.maxY - fit.minY];
  if (spareX < -FIT_TOLERANCE_MM || spareY < -FIT_TOLERANCE_MM) return;
  return { ...fit, maxX: Math.max(fit.minX, fit.maxX), maxY: Math.max(fit.minY, fit.maxY) };
}

function movedBox(box: Box, [x, y]: Point): Box {
  return { minX: box.minX + x, minY: box.minY + y, maxX: box.maxX + x, maxY: box.maxY + y };
}
