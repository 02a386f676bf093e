import type { EntryType } from '#contract/entries.ts';
import type { JobView, OrderView, Views } from '#contract/views.ts';
import { accountView } from './accounts/account-view.ts';
import { designView } from './designs/design-view.ts';
import { labView } from './facilities/lab-view.ts';
import { isRecorded, type LoggedEntry, type RecordedEntry } from './fact.ts';
import { jobView } from './jobs/job-view.ts';
import { hasEnded, type Job, jobOf } from './jobs/jobs.ts';
import { orderView } from './orders/order-view.ts';
import type { Order } from './orders/orders.ts';
import type { RouteNow } from './route-now.ts';
import type { CommonsState } from './state.ts';

export interface ViewLimits {
  /** Newest ended jobs, and newest ended orders, that a snapshot carries; all open ones are always there. */
  ended: number;
}

/** A page shows some screens of history; older things are looked up by their address. */
export const defaultViewLimits: ViewLimits = { ended: 200 };

/** Everything that pages show, from the state alone, in the order in which things came into the ledger. */
export function viewsOf(
  state: CommonsState,
  routing: RouteNow,
  limits: ViewLimits = defaultViewLimits,
): Views {
  const jobs = newestEnded([...state.jobs.all.values()], hasEnded, limits.ended, (job) => job.changedIndex);
  const orders = newestEnded([...state.orders.values()], isOrderOver, limits.ended, lastIndex);
  return {
    designs: [...state.designs.values()].map((design) => designView(state, design)),
    labs: [...state.labs.values()].map(labView),
    orders: orders.map((order) => orderView(state, order, routing)),
    jobs: jobs.map((job) => jobView(state, job, routing)),
    accounts: [...state.agents.values()].map((agent) => accountView(state, agent)),
  };
}

/**
 * Whole views of everything that these entries changed, as the state is after them: what a page needs to come from
 * the snapshot before them to the snapshot after them. Kinds of which nothing changed are absent.
 */
export function changedViews(
  state: CommonsState,
  entries: readonly LoggedEntry[],
  routing: RouteNow,
): Partial<Views> {
  const touched = noneTouched();
  for (const entry of entries) if (isRecorded(entry)) touch(state, entry, touched);
  if (entries.some(({ body }) => MOVES_ROUTES.has(body.type))) touchWanted(state, touched);
  return viewsOfTouched(state, touched, routing);
}

/**
 * Views that depend on who could do a job now: wanted jobs and their orders. For when a machine came or went, which
 * no entry says.
 */
export function wantedViews(state: CommonsState, routing: RouteNow): Partial<Views> {
  const touched = noneTouched();
  touchWanted(state, touched);
  return viewsOfTouched(state, touched, routing);
}

export function jobViewOf(state: CommonsState, job: string, routing: RouteNow): JobView | undefined {
  const there = state.jobs.all.get(job);
  return there && jobView(state, there, routing);
}

export function orderViewOf(state: CommonsState, order: string, routing: RouteNow): OrderView | undefined {
  const there = state.orders.get(order);
  return there && orderView(state, there, routing);
}

type Touched = Record<keyof Views, Set<string>>;

function noneTouched(): Touched {
  return { designs: new Set(), labs: new Set(), orders: new Set(), jobs: new Set(), accounts: new Set() };
}

function touch(state: CommonsState, entry: RecordedEntry, touched: Touched): void {
  const { body } = entry;
  const job = state.jobs.all.get(jobOf(entry) ?? '');
  if (job !== undefined) touchJob(state, job, touched);
  const { data } = body;
  if ('order' in data) touchOrder(state, data.order, touched);
  if ('design' in data && body.type === 'design.published') touched.designs.add(data.design);
  if ('lab' in data) touchLab(state, data.lab, touched);
  if (body.type === 'agent.joined') touchAgent(state, body.data.agent, touched);
  if (body.type === 'rulepack.adopted') for (const agent of state.agents.keys()) touched.accounts.add(agent);
  if (body.type === 'income.received') touchAccounts([body.data.event], touched);
  if (body.type === 'distribution.run') touchAccounts(body.data.events, touched);
  if (body.type === 'event.recorded') touched.labs.add(body.data.event.provider);
}

function touchJob(state: CommonsState, job: Job, touched: Touched): void {
  touched.jobs.add(job.opened.job);
  touchOrder(state, job.opened.order, touched);
}

function touchOrder(state: CommonsState, order: string, touched: Touched): void {
  touched.orders.add(order);
  const design = state.orders.get(order)?.placed.design;
  if (design !== undefined) touched.designs.add(design);
}

function touchLab(state: CommonsState, lab: string, touched: Touched): void {
  if (state.labs.has(lab)) touched.labs.add(lab);
}

/** An agent's name stands in the account and in the orders. */
function touchAgent(state: CommonsState, agent: string, touched: Touched): void {
  touched.accounts.add(agent);
  for (const [id, order] of state.orders) if (order.placed.by === agent) touched.orders.add(id);
}

function touchAccounts(events: readonly { provider: string; receiver: string }[], touched: Touched): void {
  for (const { provider, receiver } of events) touched.accounts.add(provider).add(receiver);
}

/** Entries that change who could do a job, or who is asked first: machines, stock, rules, and the work of machines. */
const MOVES_ROUTES: ReadonlySet<string> = new Set<EntryType>([
  ...(['lab.opened', 'machine.added', 'machine.changed', 'stock.counted', 'event.recorded'] as const),
  ...(['job.opened', 'job.offered', 'job.declined', 'job.released', 'job.prepared'] as const),
  ...(['job.finished', 'job.failed', 'job.cancelled', 'job.resolved', 'rulepack.adopted'] as const),
]);

function touchWanted(state: CommonsState, touched: Touched): void {
  for (const id of state.jobs.open) {
    const job = state.jobs.all.get(id);
    if (job?.phase.state !== 'wanted') continue;
    touched.jobs.add(id);
    touched.orders.add(job.opened.order);
  }
}

function viewsOfTouched(state: CommonsState, touched: Touched, routing: RouteNow): Partial<Views> {
  const views: Views = {
    designs: there(touched.designs, state.designs).map((design) => designView(state, design)),
    labs: there(touched.labs, state.labs).map(labView),
    orders: there(touched.orders, state.orders).map((order) => orderView(state, order, routing)),
    jobs: there(touched.jobs, state.jobs.all).map((job) => jobView(state, job, routing)),
    accounts: there(touched.accounts, state.agents).map((agent) => accountView(state, agent)),
  };
  return {
    ...(views.designs.length > 0 ? { designs: views.designs } : {}),
    ...(views.labs.length > 0 ? { labs: views.labs } : {}),
    ...(views.orders.length > 0 ? { orders: views.orders } : {}),
    ...(views.jobs.length > 0 ? { jobs: views.jobs } : {}),
    ...(views.accounts.length > 0 ? { accounts: views.accounts } : {}),
  };
}

function there<Thing>(ids: ReadonlySet<string>, things: ReadonlyMap<string, Thing>): Thing[] {
  return [...ids].flatMap((id) => {
    const thing = things.get(id);
    return thing === undefined ? [] : [thing];
  });
}

function isOrderOver(order: Order): boolean {
  return order.phase.state === 'completed' || order.phase.state === 'cancelled';
}

function lastIndex(order: Order): number {
  return order.history.at(-1)?.index ?? 0;
}

function newestEnded<Thing>(
  things: readonly Thing[],
  isOver: (thing: Thing) => boolean,
  most: number,
  indexOf: (thing: Thing) => number,
): Thing[] {
  const over = things.filter(isOver);
  if (over.length <= most) return [...things];
  const kept = new Set(over.sort((a, b) => indexOf(b) - indexOf(a)).slice(0, most));
  return things.filter((thing) => !isOver(thing) || kept.has(thing));
}
