import type { FillLine, Loop, Point2 } from './fill-lines.ts';
import type { Printer } from './printer.ts';

/** Across open space the filament oozes; shorter hops are not worth the wear of a retraction. */
const RETRACT_FROM_MM = 1.5;
/** Marlin loses precision in a long sum: E starts anew at every layer. */
const E_DECIMALS = 5;
const XY_DECIMALS = 3;

/** Writes moves in Marlin's dialect with the filament that each takes. */
export class PrintWriter {
  readonly lines: string[] = [];
  /** All filament pushed and not pulled back, millimetres. */
  filamentMm = 0;
  readonly #printer: Printer;
  #at: Point2 = [0, 0];
  #e = 0;
  #feed = 0;
  #isRetracted = false;

  constructor(printer: Printer) {
    this.#printer = printer;
  }

  put(...lines: string[]): void {
    this.lines.push(...lines);
  }

  startLayer(index: number, z: number): void {
    this.put(`;LAYER:${index}`, 'G92 E0');
    this.#e = 0;
    this.#retract();
    this.put(`G0 Z${text(z, XY_DECIMALS)} F${this.#printer.travelMmPerMin}`);
    this.#feed = this.#printer.travelMmPerMin;
  }

  /** A closed line, begun at its corner nearest to the nozzle. */
  loop(loop: Loop, mmPerMm: number, feed: number): void {
    let start = 0;
    for (const [index, point] of loop.entries()) {
      if (away(point, this.#at) < away(loop[start] ?? point, this.#at)) start = index;
    }
    const from = loop[start];
    if (from === undefined) return;
    this.#travel(from);
    for (const point of [...loop.slice(start + 1), ...loop.slice(0, start + 1)])
      this.#extrude(point, mmPerMm, feed);
  }

  line({ from, to }: FillLine, mmPerMm: number, feed: number): void {
    this.#travel(from);
    this.#extrude(to, mmPerMm, feed);
  }

  finish(): void {
    this.#retract();
  }

  #travel(to: Point2): void {
    const distance = away(to, this.#at);
    if (distance < 1e-3) return;
    if (distance > RETRACT_FROM_MM) this.#retract();
    const { travelMmPerMin } = this.#printer;
    this.put(`G0 ${place(to)}${this.#feedWord(travelMmPerMin)}`);
    this.#at = to;
  }

  #extrude(to: Point2, mmPerMm: number, feed: number): void {
    if (this.#isRetracted) this.#restore();
    const pushed = Number((away(to, this.#at) * mmPerMm).toFixed(E_DECIMALS));
    this.#e += pushed;
    this.filamentMm += pushed;
    this.put(`G1 ${place(to)} E${text(this.#e, E_DECIMALS)}${this.#feedWord(feed)}`);
    this.#at = to;
  }

  #retract(): void {
    if (this.#isRetracted || this.#printer.retractionMm <= 0) return;
    this.#isRetracted = true;
    this.#e -= this.#printer.retractionMm;
    this.put(`G1 E${text(this.#e, E_DECIMALS)}${this.#feedWord(this.#printer.retractionMmPerMin)}`);
  }

  #restore(): void {
    this.#isRetracted = false;
    this.#e += this.#printer.retractionMm;
    this.put(`G1 E${text(this.#e, E_DECIMALS)}${this.#feedWord(this.#printer.retractionMmPerMin)}`);
  }

  #feedWord(feed: number): string {
    if (feed === this.#feed) return '';
    this.#feed = feed;
    return ` F${feed}`;
  }
}

function away(a: Point2, b: Point2): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}

function place([x, y]: Point2): string {
  return `X${text(x, XY_DECIMALS)} Y${text(y, XY_DECIMALS)}`;
}

function text(value: number, decimals: number): string {
  const rounded = Number(value.toFixed(decimals));
  return rounded === 0 ? '0' : rounded.toFixed(decimals).replace(/\.?0+$/, '');
}
