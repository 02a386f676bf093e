import type { Candidate, Position, Refusal, Requirement } from '#contract/manufacturing.ts';

export interface Route {
  /** Best first; at most as many as a page can show. */
  candidates: Candidate[];
  /** One for each machine that cannot, the nearest to it first; at most as many as a page can show. */
  refusals: Refusal[];
}

/** What is not known from the job itself. */
export interface Asked {
  /** Where a piece that nobody has ordered yet would have to go. */
  destination?: Position | undefined;
  /** Only this machine is asked. */
  machine?: { lab: string; machine: string };
}

/** Who could do a job now, and why the others cannot. With a job's id, its order's destination and who declined it count, too. */
export type RouteNow = (requirement: Requirement, job?: string, asked?: Asked) => Route;

/** One job given to one machine, with the points against it. */
export interface PlannedJob {
  job: string;
  lab: string;
  machine: string;
  score: number;
}

/**
 * Gives wanted jobs to free machines, named `lab/machine`, each at most one: none stays without that an older one need
 * not do without for it, and among all ways of doing so the one with the fewest points in all.
 */
export type PlanNow = (jobs: readonly string[], free: ReadonlySet<string>) => PlannedJob[];
