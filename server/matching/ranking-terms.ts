import type {
  Candidate,
  MachineDescription,
  Position,
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

/** A job and a machine that fits. */
interface Pair {
  requirement: Requirement;
  lab: RankedLab;
  machine: MachineDescription;
}

/** Points against a machine that fits, to a hundredth. */
export function scoreOf(
  { requirement, lab, machine, load }: Pair & { load: MachineLoad },
  by: RankedBy,
): number {
  return hundredths(
    (by.target === undefined ? 0 : wayPoints(kmTo(lab, by.target), by.weights)) +
      sheetPoints(requirement, lab, by) +
      roomPoints(requirement, machine, by) +
      standingPoints(lab, load, by.weights),
  );
}

/** Every term that is known about a machine that fits, with its points; all of them 0 at best. */
export function termsOf(
  { requirement, lab, machine, load }: Pair & { load: MachineLoad },
  by: RankedBy,
): Candidate['terms'] {
  const { weights, target } = by;
  const extraMinor = extraSheetMinor(requirement, lab, by);
  return {
    ...(target === undefined ? {} : { distance: term(kmTo(lab, target), perKm(weights)) }),
    queue: term(minutesOf(load), perMinute(weights)),
    ...(extraMinor === undefined ? {} : { cost: term(extraMinor, perMinor(weights)) }),
    share: term(shareOf(lab), weights.share),
    failures: term(failureShare(load), weights.failures),
    emptyRoom: term(emptyShare(requirement, machine), weights.emptyRoom),
  };
}

/** What a way counts. */
export function wayPoints(km: number, weights: RankingWeights): number {
  return hundredths(km * perKm(weights));
}

/** What the sheet in stock there counts. */
export function sheetPoints(requirement: Requirement, lab: RankedLab, by: RankedBy): number {
  return hundredths((extraSheetMinor(requirement, lab, by) ?? 0) * perMinor(by.weights));
}

/** What a job has against a machine for its size. */
export function roomPoints(
  requirement: Requirement,
  machine: MachineDescription,
  { weights }: RankedBy,
): number {
  return hundredths(emptyShare(requirement, machine) * weights.emptyRoom);
}

/** The points that a machine has whatever the job. */
export function standingPoints(lab: RankedLab, load: MachineLoad, weights: RankingWeights): number {
  return (
    hundredths(minutesOf(load) * perMinute(weights)) +
    hundredths(shareOf(lab) * weights.share) +
    hundredths(failureShare(load) * weights.failures)
  );
}

function term(measure: number, pointsPerMeasure: number) {
  return { measure, points: hundredths(measure * pointsPerMeasure) };
}

const perKm = ({ distancePer100Km }: RankingWeights) => distancePer100Km / 100;
const perMinute = ({ queuePerHour }: RankingWeights) => queuePerHour / 60;
const perMinor = ({ costPer100Minor }: RankingWeights) => costPer100Minor / 100;

function minutesOf({ seconds }: MachineLoad): number {
  return Math.ceil(seconds / 60);
}

function shareOf({ share = 0 }: RankedLab): number {
  return hundredths(share);
}

function emptyShare(requirement: Requirement, machine: MachineDescription): number {
  return hundredths(emptyRoom(requirement, machine.envelope));
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
  requirement: Requirement,
  lab: RankedLab,
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
