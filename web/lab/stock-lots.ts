import type { StockLot } from '#contract/manufacturing.ts';

const MG_PER_G = 1_000;

/** Tells lots apart: the same material in the same form and size is one lot. */
export function lotKey(lot: StockLot): string {
  return lot.form === 'spool'
    ? `spool ${lot.material}`
    : `sheet ${lot.material} ${lot.lengthMm} ${lot.widthMm} ${lot.thicknessUm}`;
}

/** Whole sheets, or grams of filament. */
export const amountOf = (lot: StockLot): number =>
  lot.form === 'sheet' ? lot.sheets : Math.round(lot.massMg / MG_PER_G);

export function withAmount(lot: StockLot, amount: number): StockLot {
  const whole = Math.max(0, Math.round(amount));
  return lot.form === 'sheet' ? { ...lot, sheets: whole } : { ...lot, massMg: whole * MG_PER_G };
}
