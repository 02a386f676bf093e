import type { Candidate, Refusal, Requirement } from '#contract/manufacturing.ts';

/** Who could do a job now, best first, and why the others cannot. With a job's id, who declined it counts, too. */
export type RouteNow = (
  requirement: Requirement,
  job?: string,
) => { candidates: Candidate[]; refusals: Refusal[] };
