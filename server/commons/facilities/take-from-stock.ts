import type { Requirement, StockLot } from '#contract/manufacturing.ts';

/**
 * The lot that a job would use: the smallest sheet that is large enough, or the spool with the least left that
 * still suffices, so that large pieces are kept for large jobs. The first of equals is taken.
 */
export function lotFor(lots: readonly StockLot[], requirement: Requirement): StockLot | undefined {
  let best: StockLot | undefined;
  for (const lot of lots) {
    if (suffices(lot, requirement) && (best === undefined || sizeOf(lot) < sizeOf(best))) best = lot;
  }
  return best;
}

/**
 * A lab's stock without so many sheets, or milligrams of filament, and never with less than nothing. Where the count
 * was wrong and no lot suffices, filament comes from the first spool of its material; the next count puts it right.
 */
export function withoutUsed(
  lots: readonly StockLot[],
  requirement: Requirement,
  amount: number,
): readonly StockLot[] {
  const isPrint = requirement.process === 'print';
  const lot = lotFor(lots, requirement) ?? lots.find((other) => isPrint && isOfMaterial(other, requirement));
  if (lot === undefined) return lots;
  const less: StockLot =
    lot.form === 'spool'
      ? { ...lot, massMg: Math.max(0, lot.massMg - amount) }
      : { ...lot, sheets: Math.max(0, lot.sheets - amount) };
  return lots.with(lots.indexOf(lot), less);
}

/** What one run uses up: one sheet, or the plate's filament in milligrams. */
export function amountFor(requirement: Requirement): number {
  return requirement.process === 'cut' ? 1 : requirement.materialMg;
}

/** Same material, and the same thickness where it is a sheet. */
export function isOfMaterial(lot: StockLot, requirement: Requirement): boolean {
  if (lot.material !== requirement.material) return false;
  if (requirement.process === 'print') return lot.form === 'spool';
  return lot.form === 'sheet' && lot.thicknessUm === requirement.thicknessUm;
}

function suffices(lot: StockLot, requirement: Requirement): boolean {
  if (!isOfMaterial(lot, requirement)) return false;
  if (lot.form === 'spool') return requirement.process === 'print' && lot.massMg >= requirement.materialMg;
  if (requirement.process !== 'cut' || lot.sheets < 1) return false;
  const { sheet } = requirement;
  // A sheet may lie either way round.
  return (
    Math.max(lot.lengthMm, lot.widthMm) >= Math.max(sheet.lengthMm, sheet.widthMm) &&
    Math.min(lot.lengthMm, lot.widthMm) >= Math.min(sheet.lengthMm, sheet.widthMm)
  );
}

function sizeOf(lot: StockLot): number {
  return lot.form === 'sheet' ? lot.lengthMm * lot.widthMm : lot.massMg;
}
