import type { JobView, OrderView } from '#contract/views.ts';
import { isRecorded, type LoggedEntry, streams } from './fact.ts';
import { forkOf } from './fork.ts';
import { evolveJobs } from './jobs/jobs.ts';
import { evolveOrders } from './orders/orders.ts';
import { ORDER_JOBS_MAX } from './orders/place-order.ts';
import type { RouteNow } from './route-now.ts';
import type { CommonsState } from './state.ts';
import { jobViewOf, orderViewOf } from './views.ts';

/** Where entries are read that have left memory. */
export interface EntryReader {
  /** So many entries from an index on, fewer at the end of the log. */
  entries(from: number, count: number): Promise<readonly LoggedEntry[]>;
  /** In the order of the log. */
  entriesOfStream(stream: string): Promise<readonly LoggedEntry[]>;
}

/** Orders and jobs as pages show them, also those that have left memory: they are folded from their entries again. */
export interface Archive {
  order(order: string): Promise<OrderView | undefined>;
  job(job: string): Promise<JobView | undefined>;
}

export function createArchive(parts: {
  reader: EntryReader;
  state: () => CommonsState;
  route: RouteNow;
}): Archive {
  const { reader, state, route } = parts;
  return {
    async order(order) {
      const there = orderViewOf(state(), order, route);
      if (there !== undefined) return there;
      const entries = await entriesOfOrder(reader, order);
      return entries.length === 0 ? undefined : orderViewOf(withEntries(state(), entries), order, route);
    },
    async job(job) {
      const there = jobViewOf(state(), job, route);
      if (there !== undefined) return there;
      const entries = await entriesOfJob(reader, job);
      return entries.length === 0 ? undefined : jobViewOf(withEntries(state(), entries), job, route);
    },
  };
}

/** The state with an order or a job that had left it. Nothing is kept of it, and nothing else of it changes. */
function withEntries(state: CommonsState, entries: readonly LoggedEntry[]): CommonsState {
  const fork = forkOf(state).state;
  for (const entry of entries) {
    if (!isRecorded(entry)) continue;
    evolveOrders(fork.orders, entry);
    evolveJobs(fork.jobs, entry);
  }
  return fork;
}

/** Those of the order's stream and of the streams of its jobs, in the order of the log. */
async function entriesOfOrder(reader: EntryReader, order: string): Promise<LoggedEntry[]> {
  const own = await reader.entriesOfStream(streams.order(order));
  const jobs = await openedWith(reader, own);
  const ofJobs = await Promise.all(jobs.map((job) => reader.entriesOfStream(streams.job(job))));
  return [...own, ...ofJobs.flat()].sort((a, b) => a.index - b.index);
}

/** An order's jobs stand directly behind its evaluation, in the same commit. */
async function openedWith(reader: EntryReader, own: readonly LoggedEntry[]): Promise<string[]> {
  const evaluated = own.find(({ body }) => body.type === 'order.evaluated');
  if (evaluated === undefined || !isRecorded(evaluated)) return [];
  const { body } = evaluated;
  if (body.type !== 'order.evaluated') return [];
  const { order, jobs } = body.data;
  const following = await reader.entries(evaluated.index + 1, Math.min(jobs, ORDER_JOBS_MAX));
  return following.flatMap((entry) => {
    if (!isRecorded(entry) || entry.body.type !== 'job.opened') return [];
    return entry.body.data.order === order ? [entry.body.data.job] : [];
  });
}

/** The job's own, and what was ordered: a job shows what design it is for. */
async function entriesOfJob(reader: EntryReader, job: string): Promise<LoggedEntry[]> {
  const own = await reader.entriesOfStream(streams.job(job));
  const [opened] = own;
  if (opened === undefined || !isRecorded(opened) || opened.body.type !== 'job.opened') return [];
  const ofOrder = await reader.entriesOfStream(streams.order(opened.body.data.order));
  return [...ofOrder, ...own].sort((a, b) => a.index - b.index);
}
