import type { EntryData } from '#contract/entries.ts';
import { versionOf } from '../designs/designs.ts';
import type { RecordedEntry } from '../fact.ts';
import { evaluatedOf, type Order } from '../orders/orders.ts';
import { ORDER_JOBS_MAX } from '../orders/place-order.ts';
import { partOf } from '../orders/price.ts';
import { type CommonsState, knownRulePack } from '../state.ts';
import type { Fault } from './audited-entry.ts';

/** Orders up to their jobs, and their giving up. How they are completed and paid is in `expected.ts` and `money.ts`. */
export function orderFault(state: CommonsState, { body }: RecordedEntry): Fault {
  switch (body.type) {
    case 'order.placed':
      return placedFault(state, body.data);
    case 'order.evaluated':
      return evaluatedFault(state, body.data);
    case 'job.opened':
      return openedFault(state, body.data);
    case 'order.cancelled':
      return cancelledFault(state, body.data);
    default:
      return undefined;
  }
}

/** Of an order that has left memory or never was. */
export function noSuchOrder(order: string): string {
  return `there is no order ${order} that could still change`;
}

function placedFault(state: CommonsState, data: EntryData<'order.placed'>): Fault {
  const { order, by, design, version } = data;
  if (state.orders.has(order)) return 'this order was placed before';
  if (!state.agents.has(by)) return `there is no agent "${by}"`;
  if (versionOf(state.designs, design, version) === undefined)
    return `there is no such version of the design "${design}"`;
  return undefined;
}

function evaluatedFault(state: CommonsState, data: EntryData<'order.evaluated'>): Fault {
  const { order, price, rulePackVersion, jobs } = data;
  const there = state.orders.get(order);
  if (there === undefined) return noSuchOrder(order);
  if (there.phase.state !== 'placed') return `the order is ${there.phase.state} already`;
  if (jobs > ORDER_JOBS_MAX) return `an order has at most ${ORDER_JOBS_MAX} jobs`;
  const newest = state.charter.rulePacks.at(-1)?.version;
  if (rulePackVersion !== newest) return `the rules in force are version ${newest}, not ${rulePackVersion}`;
  return priceFault(state, price, rulePackVersion);
}

function priceFault(
  state: CommonsState,
  { total, lines }: EntryData<'order.evaluated'>['price'],
  version: number,
): Fault {
  const { currency, designBasisPoints, fundBasisPoints } = knownRulePack(state, version);
  if (total.currency !== currency) return `the price is in ${total.currency}, not in ${currency}`;
  const whole = BigInt(total.minor);
  const minor = (kind: string) => BigInt(lines.find((line) => line.kind === kind)?.minor ?? 0);
  if (lines.reduce((sum, line) => sum + BigInt(line.minor), 0n) !== whole)
    return 'the lines of the price do not add up to its total';
  if (lines.some((line) => BigInt(line.minor) < 0n)) return 'a line of the price is less than nothing';
  if (
    minor('design') !== partOf(whole, designBasisPoints) ||
    minor('fund') !== partOf(whole, fundBasisPoints)
  )
    return 'design and fund do not get what the rules give them of the price';
  return undefined;
}

function openedFault(state: CommonsState, data: EntryData<'job.opened'>): Fault {
  const { job, order, number, of } = data;
  const there = state.orders.get(order);
  if (there === undefined) return noSuchOrder(order);
  if (state.jobs.all.has(job)) return 'this job was opened before';
  if (there.phase.state !== 'evaluated') return `the order is ${there.phase.state}`;
  const { jobs, price } = there.phase.evaluated;
  if (of !== jobs || number !== there.jobs.length + 1 || number > jobs)
    return `job ${number} of ${of} does not follow: ${there.jobs.length} of ${jobs} are open`;
  if (number < jobs) return undefined;
  return costsFault(state, there, data, price.lines);
}

/** With the last job the costs of all are known: they make the price. */
function costsFault(
  { jobs }: CommonsState,
  order: Order,
  last: EntryData<'job.opened'>,
  lines: EntryData<'order.evaluated'>['price']['lines'],
): Fault {
  const opened = [...order.jobs.flatMap((id) => jobs.all.get(id)?.opened ?? []), last];
  for (const kind of ['material', 'machine', 'work'] as const) {
    const sum = opened.reduce((total, { costs }) => total + BigInt(costs[kind]), 0n);
    if (sum !== BigInt(lines.find((line) => line.kind === kind)?.minor ?? 0))
      return `the costs of the jobs for ${kind} are not those of the price`;
  }
  return undefined;
}

function cancelledFault(state: CommonsState, data: EntryData<'order.cancelled'>): Fault {
  const { order, by } = data;
  const there = state.orders.get(order);
  if (there === undefined) return noSuchOrder(order);
  if (!state.agents.has(by)) return `there is no agent "${by}"`;
  if (there.phase.state === 'completed' || there.phase.state === 'cancelled')
    return `the order is ${there.phase.state} already`;
  for (const id of there.jobs) {
    const job = state.jobs.all.get(id);
    const how = job?.phase.state;
    if (how !== 'cancelled' && how !== 'failed') return `job ${job?.opened.number} of the order is ${how}`;
  }
  return undefined;
}

/** Whether all jobs of the order are there: before that none is given to a machine. */
export function isWhole(order: Order): boolean {
  return order.jobs.length === evaluatedOf(order)?.jobs;
}
