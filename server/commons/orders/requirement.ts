import type { WorkPiece } from '#contract/design.ts';
import type { Requirement } from '#contract/manufacturing.ts';

/** What a work piece asks of a machine, in whole micrometres and milligrams so that it can stand in an entry. */
export function requirementOf(piece: WorkPiece): Requirement {
  if (piece.process === 'cut')
    return {
      process: 'cut',
      material: piece.material,
      thicknessUm: toUm(piece.thicknessMm),
      sheet: { lengthMm: Math.round(piece.sheet.lengthMm), widthMm: Math.round(piece.sheet.widthMm) },
      narrowestOpeningUm: toUm(piece.narrowestOpeningMm),
    };
  const { xMm, yMm, zMm } = piece.size;
  return {
    process: 'print',
    material: piece.material,
    size: { xUm: toUm(xMm), yUm: toUm(yMm), zUm: toUm(zMm) },
    materialMg: Math.ceil(piece.materialMg),
    layerHeightUm: toUm(piece.layerHeightMm),
  };
}

/** Rounded, since geometry is quantised to 1 µm and what is left beyond is the noise of binary fractions. */
function toUm(mm: number): number {
  return Math.round(mm * 1_000);
}
