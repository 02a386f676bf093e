import { evolveAccounts } from './accounts/accounts.ts';
import { evolveAgents } from './agents/agents.ts';
import { evolveKeys } from './agents/keys.ts';
import { evolveCharter } from './charter/charter.ts';
import { countMade, evolveDesigns } from './designs/designs.ts';
import { evolveFacilities, takeFromStock } from './facilities/facilities.ts';
import { isRecorded, type LoggedEntry, type RecordedEntry } from './fact.ts';
import { forkOf } from './fork.ts';
import { attemptOf, evolveJobs, jobOf } from './jobs/jobs.ts';
import { ENDED_KEPT, type EndedKept, letEndedLeave } from './orders/ended-orders.ts';
import { evolveOrders } from './orders/orders.ts';
import type { CommonsState } from './state.ts';
import { stateBytes, stateFromBytes } from './state-bytes.ts';

/**
 * The fold of the ledger, as the ledger's `Fold` wants it. `evolve` changes the state it is given and returns it;
 * folding the same entries from `initial()` gives the same state again. Entries that these rules do not know are
 * counted and left alone.
 */
export const commonsFold = commonsFoldKeeping(ENDED_KEPT);

/** A fold that keeps more or less in memory of what has ended. */
export function commonsFoldKeeping(ended: EndedKept) {
  return {
    /** Changes with what the rules make of the same entries, and with how a state is written. */
    version: `commons-3-${ended.orders}-${ended.jobs}`,

    initial(): CommonsState {
      return {
        size: 0,
        charter: { rulePacks: [] },
        agents: new Map(),
        keys: new Map(),
        designs: new Map(),
        labs: new Map(),
        orders: new Map(),
        jobs: { all: new Map(), open: new Set() },
        accounts: new Map(),
        endedOrders: new Set(),
      };
    },

    evolve(state: CommonsState, entry: LoggedEntry): CommonsState {
      state.size += 1;
      if (isRecorded(entry)) evolveRecorded(state, entry, ended);
      return state;
    },

    fork: forkOf,
    encode: stateBytes,
    decode: stateFromBytes,
  };
}

/** Folds an entry whose data has been checked; the caller counts it. */
export function evolveRecorded(
  state: CommonsState,
  entry: RecordedEntry,
  ended: EndedKept = ENDED_KEPT,
): void {
  evolveAgents(state.agents, entry);
  evolveKeys(state.keys, state.labs, entry);
  state.charter = evolveCharter(state.charter, entry);
  evolveDesigns(state.designs, entry);
  evolveFacilities(state.labs, entry);
  evolveOrders(state.orders, entry);
  evolveJobs(state.jobs, entry);
  evolveAccounts(state.accounts, entry);
  acrossNouns(state, entry);
  letEndedLeave(state, entry, ended);
}

/** What one noun's entry changes in another: material leaves the lab, a design was made once more. */
function acrossNouns(state: CommonsState, entry: RecordedEntry): void {
  const { body } = entry;
  if (body.type === 'order.completed') {
    const order = state.orders.get(body.data.order);
    if (order !== undefined) countMade(state.designs, order.placed.design);
  }
  if (body.type !== 'event.recorded' || body.data.event.action !== 'consume') return;
  const job = state.jobs.all.get(jobOf(entry) ?? '');
  if (job === undefined) return;
  const amount = Number(body.data.event.resourceQuantity?.value ?? 0);
  takeFromStock(state.labs, attemptOf(job)?.lab ?? '', job.opened.requirement, amount);
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
