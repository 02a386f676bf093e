import type {
  Candidate,
  MachineDescription,
  Refusal,
  Requirement,
  StockLot,
} from '#contract/manufacturing.ts';
import { firstRefusal } from './hard-constraints.ts';

export interface RankedLab {
  lab: string;
  machines: readonly MachineDescription[];
  /** What is free: without what running and taken jobs will use. */
  stock: readonly StockLot[];
  /** Machines that said no to this very job. */
  declinedMachines?: readonly { machine: string; reason: string }[];
}

/** How much each term counts. A term is 0 at best. */
export interface Weights {
  /** For each job that the machine already has. */
  queue: number;
  /** For the share of the envelope that the job leaves empty, 0 to 1: large machines are kept for large jobs. */
  emptyRoom: number;
}

/** One waiting job counts more than any difference in size. */
export const defaultWeights: Weights = { queue: 100, emptyRoom: 10 };

export interface Ranking {
  requirement: Requirement;
  labs: readonly RankedLab[];
  isOnline(lab: string, machine: string): boolean;
  /** Jobs that the machine already has. */
  queueOf(lab: string, machine: string): number;
  weights: Weights;
}

/**
 * Who can do it, best first, and for each other machine the first hard constraint that it fails. The same arguments
 * give the same order, whatever the order of labs and machines: equals are ordered by lab, then by machine.
 */
export function rankMachines(ranking: Ranking): { candidates: Candidate[]; refusals: Refusal[] } {
  const candidates: Candidate[] = [];
  const refusals: Refusal[] = [];
  for (const lab of ranking.labs) {
    for (const machine of lab.machines) {
      const refusal = firstRefusal(ranking.requirement, lab, machine, ranking.isOnline);
      if (refusal === undefined) candidates.push(candidateOf(ranking, lab.lab, machine));
      else refusals.push(refusal);
    }
  }
  return {
    candidates: candidates.sort((a, b) => a.score - b.score || byName(a, b)),
    refusals: refusals.sort(byName),
  };
}

function candidateOf(
  { requirement, queueOf, weights }: Ranking,
  lab: string,
  description: MachineDescription,
): Candidate {
  const { machine, envelope } = description;
  const queue = queueOf(lab, machine);
  const terms = {
    queue: queue * weights.queue,
    emptyRoom: hundredths(emptyRoom(requirement, envelope) * weights.emptyRoom),
  };
  return { lab, machine, queue, score: hundredths(terms.queue + terms.emptyRoom), terms };
}

function emptyRoom(requirement: Requirement, envelope: MachineDescription['envelope']): number {
  const areaMm2 = envelope.xMm * envelope.yMm;
  if (requirement.process === 'cut')
    return 1 - (requirement.sheet.lengthMm * requirement.sheet.widthMm) / areaMm2;
  const { xUm, yUm, zUm } = requirement.size;
  const volumeMm3 = (xUm / 1_000) * (yUm / 1_000) * (zUm / 1_000);
  return 1 - volumeMm3 / (areaMm2 * envelope.zMm);
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}

interface Named {
  lab: string;
  machine: string;
}

function byName(a: Named, b: Named): number {
  return compared(a.lab, b.lab) || compared(a.machine, b.machine);
}

function compared(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
