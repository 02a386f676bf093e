import type { Candidate, MachineDescription, Refusal, Requirement } from '#contract/manufacturing.ts';
import { compared } from './compared.ts';
import { failuresOf, type IsOnline, obstaclesAt } from './hard-constraints.ts';
import { refusalOf } from './near-miss.ts';
import type { MachineLoad, RankedLab } from './ranked-lab.ts';
import { type RankedBy, scoreOf, termsOf } from './ranking-terms.ts';

export interface Ranking extends RankedBy {
  requirement: Requirement;
  labs: readonly RankedLab[];
  isOnline: IsOnline;
  loadOf(lab: string, machine: string): MachineLoad;
}

/** More than a page can show or a person read, of the machines that fit and of those that do not. */
export const ROUTES_SHOWN = 40;

interface Failing {
  lab: RankedLab;
  machine: MachineDescription;
  first: number;
  count: number;
}

/**
 * Who can do it, best first, and for the nearest of the other machines everything that is missing. The same arguments
 * give the same order, whatever the order of labs and machines: equals are ordered by lab, then by machine.
 */
export function rankMachines(ranking: Ranking): { candidates: Candidate[]; refusals: Refusal[] } {
  const { requirement, labs, isOnline } = ranking;
  const candidates: Candidate[] = [];
  const failing: Failing[] = [];
  for (const lab of labs) {
    for (const machine of lab.machines) {
      const failures = failuresOf(requirement, lab, machine, isOnline);
      if (failures === undefined) candidates.push(candidateOf(ranking, lab, machine));
      else failing.push({ lab, machine, ...failures });
    }
  }
  return {
    candidates: candidates.sort((a, b) => a.score - b.score || byName(a, b)).slice(0, ROUTES_SHOWN),
    refusals: nearestRefusals(ranking, failing),
  };
}

function candidateOf(ranking: Ranking, lab: RankedLab, machine: MachineDescription): Candidate {
  const load = ranking.loadOf(lab.lab, machine.machine);
  const pair = { requirement: ranking.requirement, lab, machine, load };
  const [score, terms] = [scoreOf(pair, ranking), termsOf(pair, ranking)];
  return { lab: lab.lab, machine: machine.machine, queue: load.jobs, score, terms };
}

/** The more constraints a machine meets before the first that it fails, and the fewer it fails, the nearer it is. */
function nearestRefusals({ requirement, isOnline }: Ranking, failing: Failing[]): Refusal[] {
  const nearest = failing
    .sort((a, b) => b.first - a.first || a.count - b.count || byPlace(a, b))
    .slice(0, ROUTES_SHOWN);
  const refusals = nearest.map(({ lab, machine, first }) => ({
    first,
    refusal: refusalOf(requirement, obstaclesAt(requirement, lab, machine, isOnline)),
  }));
  return refusals
    .sort(
      (a, b) =>
        b.first - a.first || distanceOf(a.refusal) - distanceOf(b.refusal) || byName(a.refusal, b.refusal),
    )
    .map(({ refusal }) => refusal);
}

/** Among machines that fail the same constraint first. */
function distanceOf(refusal: Refusal): number {
  const { isNearMiss, further = [] } = refusal;
  const shortMm = refusal.code === 'too-small' ? refusal.shortMm : 0;
  return (isNearMiss === true ? 0 : 1_000_000) + further.length * 100_000 + Math.min(shortMm, 99_999);
}

function byPlace(a: Failing, b: Failing): number {
  return compared(a.lab.lab, b.lab.lab) || compared(a.machine.machine, b.machine.machine);
}

function byName(a: { lab: string; machine: string }, b: { lab: string; machine: string }): number {
  return compared(a.lab, b.lab) || compared(a.machine, b.machine);
}
