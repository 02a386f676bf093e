/** A box that stands on a plate, in millimetres. */
export interface PlateBox {
  readonly kind: number;
  readonly xMm: number;
  readonly yMm: number;
}

export interface PlacedBox extends PlateBox {
  readonly atMm: readonly [number, number];
}

/** The plate that most printers have at least; matching looks at the space that a plate really takes. */
const PLATE_MM = 200;

/** Room for a brim, and for a person's fingers. */
const GAP_MM = 5;

/**
 * Sets boxes in rows, deepest first, on as many plates as they need. A box larger than the plate stands alone.
 * Deterministic: equal boxes keep their order.
 */
export function packPlates(boxes: readonly PlateBox[]): PlacedBox[][] {
  const plates: PlacedBox[][] = [];
  let plate: PlacedBox[] = [];
  let [x, y, rowDepth] = [0, 0, 0];
  const begin = (): void => {
    if (plate.length > 0) plates.push(plate);
    plate = [];
    [x, y, rowDepth] = [0, 0, 0];
  };
  for (const box of [...boxes].sort((a, b) => b.yMm - a.yMm || b.xMm - a.xMm || a.kind - b.kind)) {
    if (x > 0 && x + box.xMm > PLATE_MM) [x, y, rowDepth] = [0, y + rowDepth + GAP_MM, 0];
    if (plate.length > 0 && y + box.yMm > PLATE_MM) begin();
    plate.push({ ...box, atMm: [x, y] });
    x += box.xMm + GAP_MM;
    rowDepth = Math.max(rowDepth, box.yMm);
  }
  begin();
  return plates;
}
