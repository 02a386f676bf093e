import type { Context, Draft } from '../commons/fact.ts';
import { declineJob, offerJob, takeJob } from '../commons/jobs/offer-job.ts';
import { type CommonsState, knownJob } from '../commons/state.ts';

type Offer = { job: string; execution: string; lab: string; machine: string; score: number };

export type Taking = Offer & { consent: 'automatic' | 'by-hand'; by?: string };

/** A job is offered to a machine and its lab takes it, in one commit: nobody sees it offered to a lab that has decided. */
export function offerAndTake(state: CommonsState, taking: Taking, context: Context): Draft[] {
  const { job, execution, consent, by } = taking;
  const take = { job, execution, consent, ...(by !== undefined && { by }) };
  return offerAnd(state, taking, context, (after) => takeJob(after, take, context));
}

/** A lab does not want a job that nobody has been given: it is offered and declined in one commit. */
export function offerAndDecline(
  state: CommonsState,
  declining: Offer & { reason: string },
  context: Context,
): Draft[] {
  return offerAnd(state, declining, context, (after) => declineJob(after, declining, context));
}

/** What follows is judged by the state as the offer leaves it; only this one job differs. */
function offerAnd(
  state: CommonsState,
  wish: Offer,
  context: Context,
  follow: (after: CommonsState) => Draft[],
): Draft[] {
  const { job, execution } = wish;
  const offered = offerJob(state, wish, context);
  const [offer] = offered;
  if (offer?.type !== 'job.offered') return follow(state);
  const { lab, machine, fence } = offer.data;
  const after = {
    ...knownJob(state, job),
    phase: { state: 'offered' as const, attempt: { execution, lab, machine, fence } },
  };
  const jobs = { all: new Map([[job, after]]), open: state.jobs.open };
  return [...offered, ...follow({ ...state, jobs })];
}
