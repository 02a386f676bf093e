import type { EconomicEvent, EntryData } from '#contract/entries.ts';
import { versionOf } from '../designs/designs.ts';
import { shareIncome } from '../distributions/share-income.ts';
import { amountFor } from '../facilities/take-from-stock.ts';
import { type Context, checkedDrafts, type Draft, streams } from '../fact.ts';
import type { Order } from '../orders/orders.ts';
import { type CommonsState, FUND, knownCommunity, knownJob, knownOrder, knownRulePack } from '../state.ts';
import { attemptOf, type Job, progressOf } from './jobs.ts';

/**
 * What follows from a made job: its ValueFlows events, and where it was the order's last one, the order is completed,
 * its price received and shared, all in the same list.
 */
export function followUpsOfMadeJob(
  state: CommonsState,
  job: Job,
  run: { seconds: number; atMs: number },
  context: Context,
): Draft[] {
  return checkedDrafts(whatFollowsOnMadeJob(state, job, run, context));
}

/** The same, not checked against the contract: for comparing with entries that are. */
export function whatFollowsOnMadeJob(
  state: CommonsState,
  job: Job,
  run: { seconds: number; atMs: number },
  context: Context,
): Draft[] {
  const lab = attemptOf(job)?.lab ?? '';
  const order = knownOrder(state, job.opened.order);
  const { jobEvent, hasPointInTime } = eventsOf(job, run.atMs, context);
  return [
    ...whatFollowsOnEndedRun(job, run, context),
    jobEvent({
      ...{ action: 'work', provider: lab, receiver: lab, inputOf: job.opened.job },
      effortQuantity: { value: '1', unit: 'one' },
    }),
    jobEvent({
      ...{ action: 'produce', provider: lab, receiver: lab, outputOf: job.opened.job },
      resourceConformsTo: `design/${order.placed.design}`,
      resourceQuantity: { value: '1', unit: 'one' },
    }),
    ...(isLastOpenJob(state, job, order) ? completeOrder(state, job, order, hasPointInTime, context) : []),
  ];
}

/**
 * What a run used up, made or not: the sheet, or filament up to the line where it stopped, and machine time as far as
 * it is known. Nothing where the machine was never started.
 */
export function eventsOfEndedRun(job: Job, run: EndedRun, context: Context): Draft[] {
  return checkedDrafts(whatFollowsOnEndedRun(job, run, context));
}

interface EndedRun {
  atMs: number;
  seconds?: number;
  line?: number;
}

/** The same, not checked against the contract: for comparing with entries that are. */
export function whatFollowsOnEndedRun(job: Job, run: EndedRun, context: Context): Draft[] {
  const { attempt, program, startedMs } = progressOf(job.phase);
  if (attempt === undefined || startedMs === undefined) return [];
  const { lab, machine } = attempt;
  const { requirement } = job.opened;
  const { jobEvent } = eventsOf(job, run.atMs, context);
  const seconds = run.seconds ?? Math.max(0, Math.round((run.atMs - startedMs) / 1_000));
  const isSheet = requirement.process === 'cut';
  const amount = isSheet
    ? amountFor(requirement)
    : usedUp(amountFor(requirement), run.line, program?.lines ?? 0);
  const what = isSheet
    ? `${requirement.material} ${requirement.thicknessUm / 1_000} mm`
    : requirement.material;
  return [
    jobEvent({
      ...{ action: 'consume', provider: lab, receiver: lab, inputOf: job.opened.job },
      resourceConformsTo: what,
      resourceQuantity: { value: String(amount), unit: isSheet ? 'sheet' : 'mg' },
    }),
    jobEvent({
      ...{ action: 'use', provider: lab, receiver: lab, inputOf: job.opened.job },
      resourceConformsTo: machine,
      effortQuantity: { value: String(seconds), unit: 's' },
    }),
  ];
}

function usedUp(amount: number, line: number | undefined, lines: number): number {
  if (line === undefined || lines === 0) return amount;
  return Math.min(amount, Math.ceil((amount * line) / lines));
}

function eventsOf(job: Job, atMs: number, context: Context) {
  const hasPointInTime = atMs;
  const stream = streams.job(job.opened.job);
  const jobEvent = (event: Omit<EconomicEvent, 'id' | 'hasPointInTime'>): Draft => ({
    ...{ id: context.newId(), stream, type: 'event.recorded' },
    data: { event: { id: context.newId(), ...event, hasPointInTime } },
  });
  return { jobEvent, hasPointInTime };
}

function isLastOpenJob(state: CommonsState, job: Job, order: Order): boolean {
  if (order.phase.state !== 'evaluated') return false;
  return order.jobs.every((id) => id === job.opened.job || knownJob(state, id).phase.state === 'made');
}

function completeOrder(
  state: CommonsState,
  last: Job,
  order: Order,
  hasPointInTime: number,
  context: Context,
): Draft[] {
  if (order.phase.state !== 'evaluated') return [];
  const { price, rulePackVersion } = order.phase.evaluated;
  const { order: id, by, design, version } = order.placed;
  const community = knownCommunity(state);
  const shares = shareIncome({
    price,
    jobs: order.jobs.map((job) => {
      const made = job === last.opened.job ? last : knownJob(state, job);
      return { lab: attemptOf(made)?.lab ?? FUND, costs: made.opened.costs };
    }),
    contributors: versionOf(state.designs, design, version)?.contributors ?? [],
    rulePack: knownRulePack(state, rulePackVersion),
    fund: FUND,
  });
  const transfer = (provider: string, receiver: string, minor: string): EconomicEvent => ({
    ...{ id: context.newId(), action: 'transfer', provider, receiver, hasPointInTime },
    money: { minor, currency: price.total.currency },
  });
  const income = transfer(by, community, price.total.minor);
  const run: EntryData<'distribution.run'> = {
    ...{ order: id, rulePackVersion, income: price.total, shares },
    events: shares.map((share) => transfer(community, share.agent, share.minor)),
  };
  const stream = streams.order(id);
  return [
    { id: context.newId(), stream, type: 'order.completed', data: { order: id } },
    { id: context.newId(), stream, type: 'income.received', data: { order: id, event: income } },
    { id: context.newId(), stream, type: 'distribution.run', data: run },
  ];
}
