import type { Path64 } from 'clipper2-ts';
import type { Contour, PlacedPart, SheetLayout, SheetPart, SheetStock } from '#contract/sheet-layout.ts';
import { NoFitPolygons, quartersOf, quarterTurned } from './no-fit-polygons.ts';
import { outerOutline } from './outer-outline.ts';
import { boxOf } from './outline-distance.ts';
import { seededRandom } from './seeded-random.ts';
import { innerFit, SheetInProgress, type SheetRoom, type TurnedPart } from './sheet-in-progress.ts';
import { turnContour, turnPart } from './turn-part.ts';

export type NestRequest = {
  parts: readonly { part: SheetPart; quantity: number }[];
  stock: SheetStock;
  /** Smallest distance between two parts; at least the diameter of the cutter. */
  gapMm: number;
  /** Distance to the edge of the sheet. */
  marginMm: number;
  /** Allowed rotations, e.g. `[0, 180]` where the grain matters. */
  rotationsDeg: readonly number[];
  seed: number;
  /** How many whole arrangements may be tried; 1 is the largest-first arrangement alone. */
  evaluations: number;
};

export type Nesting = { sheets: SheetLayout[]; unplaced: { partId: string; reason: string }[] };

/** What an interactive request can wait for; searching stops sooner when fewer sheets are impossible. */
export const DEFAULT_EVALUATIONS = 8;

type Arrangement = { sheets: SheetInProgress[]; order: number[] };

/**
 * Arranges copies of flat parts on as few sheets as it finds: no-fit polygons, each part at the place nearest to the lower left
 * corner (bottom-left rule), largest first, then a seeded local search over the order (E. Burke et al. 2006 describe both). The
 * budget counts arrangements, not time, so the same request gives the same layout everywhere. A part that is larger than the
 * sheet is listed with what it is short of, once for all its copies.
 */
export function nestSheets(request: NestRequest): Nesting {
  const room: SheetRoom = { ...request.stock, gapMm: request.gapMm, marginMm: request.marginMm };
  const forms = request.parts.map(({ part }, kind) => turnedForms(part, kind, request));
  const unplaced: Nesting['unplaced'] = [];
  const copies: number[] = [];
  for (const [kind, { part, quantity }] of request.parts.entries()) {
    const fitting = forms[kind]?.filter(({ box }) => innerFit(room, box) !== undefined) ?? [];
    if (fitting.length > 0) copies.push(...Array.from({ length: quantity }, () => kind));
    else if (quantity > 0)
      unplaced.push({ partId: part.partId, reason: shortOf(part, forms[kind] ?? [], room) });
    forms[kind] = fitting;
  }
  if (copies.length === 0) return { sheets: [], unplaced };
  const best = search(copies, forms, room, request);
  const copiesSoFar = new Map<number, number>();
  return { sheets: best.sheets.map((sheet) => layoutOf(sheet, request, copiesSoFar)), unplaced };
}

function search(
  copies: readonly number[],
  forms: readonly TurnedPart[][],
  room: SheetRoom,
  request: NestRequest,
): Arrangement {
  const noFit = new NoFitPolygons();
  const area = (kind: number): number => Math.abs(areaOf(request.parts[kind]?.part.outline ?? []));
  const largestFirst = [...copies].sort((a, b) => area(b) - area(a) || a - b);
  const usable = (room.lengthMm - 2 * room.marginMm) * (room.widthMm - 2 * room.marginMm);
  const fewestSheets = Math.ceil(copies.reduce((sum, kind) => sum + area(kind), 0) / usable);
  const random = seededRandom(request.seed);
  let best = arrange(largestFirst, forms, room, noFit);
  for (let tried = 1; tried < request.evaluations && best.sheets.length > fewestSheets; tried++) {
    const next = arrange(changed(best.order, random), forms, room, noFit);
    if (isNoWorse(next, best)) best = next;
  }
  return best;
}

function arrange(
  order: number[],
  forms: readonly TurnedPart[][],
  room: SheetRoom,
  noFit: NoFitPolygons,
): Arrangement {
  const sheets: SheetInProgress[] = [];
  for (const kind of order) {
    const candidates = forms[kind] ?? [];
    if (sheets.some((sheet) => sheet.put(candidates))) continue;
    const sheet = new SheetInProgress(room, noFit);
    if (sheet.put(candidates)) sheets.push(sheet);
  }
  return { sheets, order };
}

/** Two copies change places, or one moves elsewhere in the order. */
function changed(order: readonly number[], random: () => number): number[] {
  const next = [...order];
  const [from, to] = [Math.floor(random() * next.length), Math.floor(random() * next.length)];
  if (random() < 0.5) {
    const [moved] = next.splice(from, 1);
    if (moved !== undefined) next.splice(to, 0, moved);
    return next;
  }
  const [a, b] = [next[from], next[to]];
  if (a !== undefined && b !== undefined) [next[from], next[to]] = [b, a];
  return next;
}

/** Fewer sheets first, then a shorter last sheet, which leaves the longer offcut. */
function isNoWorse(next: Arrangement, than: Arrangement): boolean {
  if (next.sheets.length !== than.sheets.length) return next.sheets.length < than.sheets.length;
  return (next.sheets.at(-1)?.reachMm ?? 0) <= (than.sheets.at(-1)?.reachMm ?? 0);
}

/** The part at each allowed rotation; a rotation that gives the same outline again (a rectangle's half turn) is left out. */
function turnedForms(part: SheetPart, kind: number, request: NestRequest): TurnedPart[] {
  const rotations = request.rotationsDeg.length > 0 ? request.rotationsDeg : [0];
  const seen = new Set<string>();
  const outers = new Map<number, Path64>();
  const forms: TurnedPart[] = [];
  for (const asked of rotations) {
    const rotationDeg = ((asked % 360) + 360) % 360;
    const outline = turnContour(part.outline, rotationDeg);
    const box = boxOf(outline);
    const key = outline
      .map(([x, y]) => `${Math.round((x - box.minX) * 100)},${Math.round((y - box.minY) * 100)}`)
      .sort()
      .join(' ');
    if (seen.has(key)) continue;
    seen.add(key);
    const quarters = quartersOf(rotationDeg);
    const restDeg = rotationDeg - quarters * 90;
    const upright = outers.get(restDeg) ?? outerOutline(turnContour(part.outline, restDeg), request.gapMm);
    outers.set(restDeg, upright);
    forms.push({ kind, rotationDeg, outline, box, outer: quarterTurned(upright, quarters) });
  }
  return forms;
}

function layoutOf(
  sheet: SheetInProgress,
  request: NestRequest,
  copiesSoFar: Map<number, number>,
): SheetLayout {
  const placed: PlacedPart[] = [];
  let partsArea = 0;
  for (const { part: form, offsetMm } of sheet.places) {
    const part = request.parts[form.kind]?.part as SheetPart;
    const copy = (copiesSoFar.get(form.kind) ?? 0) + 1;
    copiesSoFar.set(form.kind, copy);
    partsArea +=
      areaOf(part.outline) - part.cutouts.reduce((sum, cutout) => sum + Math.abs(areaOf(cutout)), 0);
    placed.push({
      part: turnPart(part, form.rotationDeg, offsetMm),
      copy,
      rotationDeg: form.rotationDeg,
      offsetMm,
    });
  }
  const { stock, gapMm, marginMm } = request;
  const utilisation = Math.min(1, Math.max(0, partsArea / (stock.lengthMm * stock.widthMm)));
  return { v: 1, sheet: { ...stock }, gapMm, marginMm, placed, utilisation };
}

function shortOf(part: SheetPart, forms: readonly TurnedPart[], room: SheetRoom): string {
  const excess = forms.map(({ box }) => ({
    long: box.maxX - box.minX - (room.lengthMm - 2 * room.marginMm),
    wide: box.maxY - box.minY - (room.widthMm - 2 * room.marginMm),
  }));
  excess.sort((a, b) => Math.max(a.long, a.wide) - Math.max(b.long, b.wide));
  const { long, wide } = excess[0] ?? { long: 0, wide: 0 };
  const said = [
    ...(long > 0 ? [`${inMm(long)} too long`] : []),
    ...(wide > 0 ? [`${inMm(wide)} too wide`] : []),
  ].join(' and ');
  return `${part.name} is ${said} for the sheet of ${room.lengthMm} × ${room.widthMm} mm with its margin of ${room.marginMm} mm`;
}

/** Rounded up: a part that is told to be 0 mm too long would be a riddle. */
function inMm(value: number): string {
  return `${value < 1 ? Math.ceil(value * 100) / 100 : Math.ceil(value)} mm`;
}

function areaOf(contour: Contour): number {
  let doubled = 0;
  let last = contour.at(-1);
  for (const point of contour) {
    if (last !== undefined) doubled += last[0] * point[1] - point[0] * last[1];
    last = point;
  }
  return doubled / 2;
}
