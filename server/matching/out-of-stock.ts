import type { MachineDescription, Obstacle, Requirement } from '#contract/manufacturing.ts';
import { isOfMaterial } from '../commons/facilities/take-from-stock.ts';
import type { RankedLab } from './ranked-lab.ts';

const SENTENCE_MAX = 300;

/** What a lab lacks of a job's material, and what it has of it instead. */
export function stockObstacle(
  requirement: Requirement,
  { lab, stock }: RankedLab,
  { machine }: MachineDescription,
): Obstacle {
  const { sentence, ...missing } =
    requirement.process === 'print' ? missingFilament(requirement, stock) : missingSheet(requirement, stock);
  const { material } = requirement;
  return {
    ...{ code: 'out-of-stock', lab, machine, material, ...missing },
    sentence: sentence.slice(0, SENTENCE_MAX),
  };
}

type Print = Extract<Requirement, { process: 'print' }>;
type Cut = Extract<Requirement, { process: 'cut' }>;

function missingFilament(requirement: Print, stock: RankedLab['stock']) {
  const there = stock.filter((lot) => isOfMaterial(lot, requirement));
  const hasMg = Math.max(0, ...there.map((lot) => (lot.form === 'spool' ? lot.massMg : 0)));
  const [needs, has] = [grams(requirement.materialMg), grams(hasMg)];
  const { material } = requirement;
  const sentence =
    hasMg === 0 ? `no ${material} in stock` : `only ${has} of ${material} on a spool, ${needs} needed`;
  return { sentence, needs, has };
}

function missingSheet(requirement: Cut, stock: RankedLab['stock']) {
  const { material, thicknessUm, sheet } = requirement;
  const sheets = stock.flatMap((lot) =>
    lot.form === 'sheet' && lot.material === material && lot.sheets > 0 ? [lot] : [],
  );
  const sizes = sheets
    .filter((lot) => lot.thicknessUm === thicknessUm)
    .map((lot) => `${lot.lengthMm} × ${lot.widthMm} mm`);
  const needs = `${sheet.lengthMm} × ${sheet.widthMm} mm`;
  if (sizes.length > 0) {
    const has = sizes.join(', ');
    const sentence = `${mm(thicknessUm)} ${material} in stock only as ${has}; ${needs} needed`;
    return { sentence, thicknessUm, needs, has };
  }
  const otherThicknessesUm = [...new Set(sheets.map((lot) => lot.thicknessUm))]
    .sort((a, b) => a - b)
    .slice(0, 20);
  const others = otherThicknessesUm.map(mm).join(', ');
  const sentence = `no ${mm(thicknessUm)} ${material} in stock${others === '' ? '' : `, but ${others}`}`;
  return { sentence, thicknessUm, needs, has: 'none', ...(others === '' ? {} : { otherThicknessesUm }) };
}

export function mm(um: number): string {
  return `${um / 1_000} mm`;
}

function grams(mg: number): string {
  return `${Math.ceil(mg / 100) / 10} g`;
}
