import { evolveAccounts } from './accounts/accounts.ts';
import { evolveAgents } from './agents/agents.ts';
import { evolveCharter } from './charter/charter.ts';
import { countMade, evolveDesigns } from './designs/designs.ts';
import { evolveFacilities } from './facilities/facilities.ts';
import { takeFromStock } from './facilities/take-from-stock.ts';
import { isRecorded, type LoggedEntry, type RecordedEntry } from './fact.ts';
import { attemptOf, evolveJobs, jobOf } from './jobs/jobs.ts';
import { evolveOrders } from './orders/orders.ts';
import type { CommonsState } from './state.ts';

/**
 * The fold of the ledger. `evolve` changes the state it is given and returns it; folding the same entries from
 * `initial()` gives the same state again. Entries that these rules do not know are counted and left alone.
 */
export const commonsFold = {
  initial(): CommonsState {
    return {
      size: 0,
      agents: new Map(),
      charter: { community: undefined, rulePacks: [] },
      designs: new Map(),
      labs: new Map(),
      orders: new Map(),
      jobs: { all: new Map(), open: new Set() },
      accounts: new Map(),
    };
  },

  evolve(state: CommonsState, entry: LoggedEntry): CommonsState {
    state.size += 1;
    if (!isRecorded(entry)) return state;
    evolveAgents(state.agents, entry);
    evolveCharter(state.charter, entry);
    evolveDesigns(state.designs, entry);
    evolveFacilities(state.labs, entry);
    evolveOrders(state.orders, entry);
    evolveJobs(state.jobs, entry);
    evolveAccounts(state.accounts, entry);
    acrossNouns(state, entry);
    return state;
  },
};

/** What one noun's entry changes in another: material leaves the lab, a design was made once more. */
function acrossNouns(state: CommonsState, entry: RecordedEntry): void {
  const { body } = entry;
  if (body.type === 'order.completed') {
    const order = state.orders.get(body.data.order);
    if (order !== undefined) countMade(state.designs, order.placed.design);
  }
  if (body.type !== 'event.recorded' || body.data.event.action !== 'consume') return;
  const job = state.jobs.all.get(jobOf(entry) ?? '');
  const lab = job && state.labs.get(attemptOf(job)?.lab ?? '');
  const amount = Number(body.data.event.resourceQuantity?.value ?? 0);
  if (job !== undefined && lab !== undefined) takeFromStock(lab.stock, job.opened.requirement, amount);
}

/** The state as plain JSON values, for comparing two folds byte for byte and for looking at one. */
export function plainState(state: CommonsState): unknown {
  return plain(state);
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Map) return [...value].map(([key, inner]) => [plain(key), plain(inner)]);
  if (value instanceof Set) return [...value].map(plain);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
