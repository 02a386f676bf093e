import type {
  Candidate,
  MachineDescription,
  Position,
  RankingTerm,
  RankingWeights,
  Requirement,
} from '#contract/manufacturing.ts';
import { lotFor } from '../commons/facilities/take-from-stock.ts';
import { distanceKm } from './distance.ts';
import { emptyRoom } from './envelope.ts';
import type { MachineLoad, RankedLab } from './ranked-lab.ts';

/** A lab that does not say where it is counts as being that far away: farther than most, nearer than abroad. */
export const UNSTATED_PLACE_KM = 500;

export interface RankedBy {
  weights: RankingWeights;
  /** Where the piece has to go; without one distance does not count. */
  target?: Position | undefined;
  /** Price of a square metre of sheet, in minor units. */
  sheetMinorPerM2?: ((material: string, thicknessUm: number) => number) | undefined;
}

interface Pair {
  requirement: Requirement;
  lab: RankedLab;
  machine: MachineDescription;
  load: MachineLoad;
}

interface Term {
  term: RankingTerm;
  /** Undefined where it is not known, and then it does not count. */
  measure(pair: Pair, by: RankedBy): number | undefined;
  pointsPerMeasure(weights: RankingWeights): number;
}

/** All of them 0 at best. */
const terms: readonly Term[] = [
  {
    term: 'distance',
    measure: ({ lab }, { target }) => (target === undefined ? undefined : kmTo(lab, target)),
    pointsPerMeasure: ({ distancePer100Km }) => distancePer100Km / 100,
  },
  {
    term: 'queue',
    measure: ({ load }) => Math.ceil(load.seconds / 60),
    pointsPerMeasure: ({ queuePerHour }) => queuePerHour / 60,
  },
  {
    term: 'cost',
    measure: extraSheetMinor,
    pointsPerMeasure: ({ costPer100Minor }) => costPer100Minor / 100,
  },
  {
    term: 'share',
    measure: ({ lab }) => hundredths(lab.share ?? 0),
    pointsPerMeasure: ({ share }) => share,
  },
  {
    term: 'failures',
    measure: ({ load }) => failureShare(load),
    pointsPerMeasure: ({ failures }) => failures,
  },
  {
    term: 'emptyRoom',
    measure: ({ requirement, machine }) => hundredths(emptyRoom(requirement, machine.envelope)),
    pointsPerMeasure: (weights) => weights.emptyRoom,
  },
];

/** Points against a machine that fits, to a hundredth. */
export function scoreOf(pair: Pair, by: RankedBy): number {
  let score = 0;
  for (const { measure, pointsPerMeasure } of terms)
    score += hundredths((measure(pair, by) ?? 0) * pointsPerMeasure(by.weights));
  return hundredths(score);
}

/** Every term that is known about a machine that fits, with its points. */
export function termsOf(pair: Pair, by: RankedBy): Candidate['terms'] {
  const known: Candidate['terms'] = {};
  for (const { term, measure, pointsPerMeasure } of terms) {
    const measured = measure(pair, by);
    if (measured !== undefined)
      known[term] = { measure: measured, points: hundredths(measured * pointsPerMeasure(by.weights)) };
  }
  return known;
}

/** Kilometres from a lab to where a piece has to go. */
export function kmTo({ position }: RankedLab, target: Position): number {
  return position === undefined ? UNSTATED_PLACE_KM : distanceKm(position, target);
}

/**
 * Part of its runs that a machine failed. It begins as one that failed one run of four, so that one mishap does not
 * condemn a new machine and a long record counts more than a short one (rule of succession, with that prior).
 */
function failureShare({ made, failed }: MachineLoad): number {
  return hundredths((failed + 1) / (made + failed + 4));
}

/** What the sheet in stock there costs more than the one that the job asks for; nothing of the kind for filament. */
function extraSheetMinor(
  { requirement, lab }: Pair,
  { sheetMinorPerM2: minorPerM2 }: RankedBy,
): number | undefined {
  if (requirement.process !== 'cut' || minorPerM2 === undefined) return undefined;
  const lot = lotFor(lab.stock, requirement);
  if (lot?.form !== 'sheet') return undefined;
  const { material, thicknessUm, sheet } = requirement;
  const extraMm2 = lot.lengthMm * lot.widthMm - sheet.lengthMm * sheet.widthMm;
  return Math.round((extraMm2 * minorPerM2(material, thicknessUm)) / 1_000_000);
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
