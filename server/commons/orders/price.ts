import type { DesignReport, WorkPiece } from '#contract/design.ts';
import type { EntryData, Price, RulePack } from '#contract/entries.ts';
import { AppError } from '../../errors.ts';

/** What one job costs its lab, in minor units as decimal text. */
export type JobCosts = EntryData<'job.opened'>['costs'];

const BASIS_POINTS = 10_000n;
const MM2_PER_M2 = 1_000_000n;
const MG_PER_KG = 1_000_000n;
const SECONDS_PER_HOUR = 3_600n;

/**
 * The price of an order: what its jobs cost, and on top what the design and the common fund get of the whole. The
 * lines add up to the total exactly. `jobCosts` has one item for each job: all work pieces of the first copy, then
 * of the second …
 */
export function quotePrice(
  report: DesignReport,
  quantity: number,
  rulePack: RulePack,
): { price: Price; jobCosts: JobCosts[] } {
  const perCopy = report.workPieces.map((piece) => costsOf(piece, rulePack));
  const jobCosts = Array.from({ length: quantity }, () => perCopy).flat();
  const sum = (kind: keyof JobCosts) => jobCosts.reduce((total, costs) => total + BigInt(costs[kind]), 0n);
  const [material, machine, work] = [sum('material'), sum('machine'), sum('work')];
  const total = totalFor(material + machine + work, rulePack);
  const price: Price = {
    total: { minor: String(total), currency: rulePack.currency },
    lines: [
      { kind: 'material', minor: String(material) },
      { kind: 'machine', minor: String(machine) },
      { kind: 'work', minor: String(work) },
      { kind: 'design', minor: String(partOf(total, rulePack.designBasisPoints)) },
      { kind: 'fund', minor: String(partOf(total, rulePack.fundBasisPoints)) },
    ],
  };
  return { price, jobCosts };
}

/** So many hundredths of a percent of an amount, rounded down to the minor unit. */
export function partOf(minor: bigint, basisPoints: number): bigint {
  return (minor * BigInt(basisPoints)) / BASIS_POINTS;
}

/**
 * The smallest total that leaves exactly `costs` after design and fund. One exists for any costs: one minor unit more
 * of the total changes what is left by at most one, so no amount is jumped over.
 */
function totalFor(costs: bigint, { designBasisPoints, fundBasisPoints }: RulePack): bigint {
  const forLabs = BASIS_POINTS - BigInt(designBasisPoints + fundBasisPoints);
  if (forLabs <= 0n)
    throw new AppError('bad-input', 'These rules leave nothing of a price to the labs: adopt others first.', {
      code: 'charter.nothing-for-labs',
    });
  // Rounding down twice leaves the labs less than two minor units more than their share.
  let total = ((costs - 2n) * BASIS_POINTS) / forLabs;
  if (total < 0n) total = 0n;
  while (total - partOf(total, designBasisPoints) - partOf(total, fundBasisPoints) < costs) total += 1n;
  return total;
}

function costsOf(piece: WorkPiece, rulePack: RulePack): JobCosts {
  const machine = rulePack.machineMinorPerHour[piece.process];
  return {
    material: String(materialOf(piece, rulePack)),
    machine: String(rounded(whole(piece.estimatedSeconds) * BigInt(machine), SECONDS_PER_HOUR)),
    work: String(rulePack.workMinorPerJob),
  };
}

function materialOf(piece: WorkPiece, rulePack: RulePack): bigint {
  if (piece.process === 'print')
    return rounded(whole(piece.materialMg) * BigInt(rulePack.filamentMinorPerKg), MG_PER_KG);
  const rate = sheetMinorPerM2(rulePack, piece.material, Math.round(piece.thicknessMm * 1_000));
  const areaMm2 = whole(piece.sheet.lengthMm * piece.sheet.widthMm);
  return rounded(areaMm2 * BigInt(rate), MM2_PER_M2);
}

/** What a square metre of a sheet costs by the rules, in minor units. */
export function sheetMinorPerM2(rulePack: RulePack, material: string, thicknessUm: number): number {
  const rate = rulePack.sheetMinorPerM2.find(
    (one) => one.material === material && one.thicknessUm === thicknessUm,
  );
  return rate?.minor ?? rulePack.otherSheetMinorPerM2;
}

function whole(value: number): bigint {
  return BigInt(Math.ceil(value));
}

/** Half a minor unit rounds up. */
function rounded(dividend: bigint, divisor: bigint): bigint {
  return (2n * dividend + divisor) / (2n * divisor);
}
