import type { RulePack } from '#contract/entries.ts';
import { AppError } from '../errors.ts';
import type { Accounts } from './accounts/accounts.ts';
import type { Agent, Agents } from './agents/agents.ts';
import type { Keys } from './agents/keys.ts';
import type { Charter } from './charter/charter.ts';
import type { Designs } from './designs/designs.ts';
import type { Facilities, Lab, Machine } from './facilities/facilities.ts';
import type { Job, Jobs } from './jobs/jobs.ts';
import type { Order, Orders } from './orders/orders.ts';

/**
 * Everything that the rules know: a fold of the ledger, thrown away and rebuilt at will. The maps change; a value in
 * them never does, it is replaced, so that whoever holds one keeps what was.
 */
export interface CommonsState {
  /** Entries folded so far. */
  size: number;
  agents: Agents;
  keys: Keys;
  charter: Charter;
  designs: Designs;
  labs: Facilities;
  orders: Orders;
  jobs: Jobs;
  accounts: Accounts;
  /** Ids of the ended orders that are still in memory, in the order in which they ended. */
  endedOrders: Set<string>;
}

/** The part that the common fund plays in the accounts. */
export const FUND = 'fund';

export function knownAgent(state: CommonsState, agent: string): Agent {
  return found(state.agents.get(agent), 'agent', agent, 'Let them join first.');
}

export function knownLab(state: CommonsState, lab: string): Lab {
  return found(state.labs.get(lab), 'lab', lab, 'Open the lab first.');
}

export function knownMachine(state: CommonsState, lab: string, machine: string): Machine {
  const there = knownLab(state, lab).machines.get(machine);
  return found(there, 'machine', `${lab}/${machine}`, 'Its bridge has to describe it first.');
}

/** Of things that leave memory some time after their end; their entries stay in the ledger. */
const ENDED_OR_NEVER = 'If it ever was, it ended long ago and stays as it is.';

export function knownOrder(state: CommonsState, order: string): Order {
  return found(state.orders.get(order), 'order', order, ENDED_OR_NEVER);
}

export function knownJob(state: CommonsState, job: string): Job {
  return found(state.jobs.all.get(job), 'job', job, ENDED_OR_NEVER);
}

/** The rules in force, or those of an earlier day. */
export function knownRulePack(state: CommonsState, version?: number): RulePack {
  const { rulePacks } = state.charter;
  const pack = version === undefined ? rulePacks.at(-1) : rulePacks.find((one) => one.version === version);
  return found(pack, 'rule pack', version === undefined ? 'in force' : String(version), 'Adopt one first.');
}

export function knownCommunity(state: CommonsState): string {
  return found(state.charter.community, 'community', 'of this ledger', 'Found it first.');
}

function found<Thing>(thing: Thing | undefined, noun: string, name: string, advice: string): Thing {
  if (thing !== undefined) return thing;
  throw new AppError('not-found', `There is no ${noun} "${name}" here. ${advice}`, {
    code: `${noun.replace(' ', '-')}.unknown`,
    details: { [noun]: name },
  });
}
