import type { Context, Draft } from '../commons/fact.ts';
import { offerJob, takeJob } from '../commons/jobs/offer-job.ts';
import { type CommonsState, knownJob } from '../commons/state.ts';

export type Taking = {
  job: string;
  execution: string;
  lab: string;
  machine: string;
  score: number;
  consent: 'automatic' | 'by-hand';
  by?: string;
};

/** A job is offered to a machine and its lab takes it, in one commit: nobody sees it offered to a lab that has decided. */
export function offerAndTake(state: CommonsState, taking: Taking, context: Context): Draft[] {
  const { job, execution, consent, by } = taking;
  const take = { job, execution, consent, ...(by !== undefined && { by }) };
  const offered = offerJob(state, taking, context);
  const [offer] = offered;
  if (offer?.type !== 'job.offered') return takeJob(state, take, context);
  const { lab, machine, fence } = offer.data;
  const after = {
    ...knownJob(state, job),
    phase: { state: 'offered' as const, attempt: { execution, lab, machine, fence } },
  };
  // The taking is judged by the state as the offer leaves it; only this one job differs.
  const jobs = { all: new Map([[job, after]]), open: state.jobs.open };
  return [...offered, ...takeJob({ ...state, jobs }, take, context)];
}
