import { fromUtf8, utf8 } from '#contract/bytes.ts';
import type { Agent } from './agents/agents.ts';
import type { EnrolledKey } from './agents/keys.ts';
import type { Charter } from './charter/charter.ts';
import type { Design } from './designs/designs.ts';
import type { Lab, Machine } from './facilities/facilities.ts';
import type { Job } from './jobs/jobs.ts';
import type { Order } from './orders/orders.ts';
import type { CommonsState } from './state.ts';

/**
 * A state as bytes, for snapshots and for comparing two of them. JSON with maps and sets as lists in their own order,
 * which is part of the state, and amounts of money as decimal text. The same entries give the same bytes: every object
 * is made by the fold or by reading canonical JSON, so its members always come in the same order.
 */
export function stateBytes(state: CommonsState): Uint8Array {
  const { size, charter, agents, keys, designs, labs, orders, jobs, accounts, endedOrders } = state;
  const written: Written = {
    ...{ size, charter },
    agents: [...agents.values()],
    keys: [...keys.values()],
    designs: [...designs.values()],
    labs: [...labs.values()].map((lab) => ({ ...lab, machines: [...lab.machines.values()] })),
    orders: [...orders.values()],
    jobs: [...jobs.all.values()],
    openJobs: [...jobs.open],
    accounts: [...accounts].map(([agent, { receivedMinor, paidMinor }]) => [
      agent,
      String(receivedMinor),
      String(paidMinor),
    ]),
    endedOrders: [...endedOrders],
  };
  return utf8(JSON.stringify(written));
}

/** The state that `stateBytes` wrote. Whoever keeps the bytes sees to it that they are those and no others. */
export function stateFromBytes(bytes: Uint8Array): CommonsState {
  const read: Written = JSON.parse(fromUtf8(bytes));
  const { size, charter } = read;
  return {
    ...{ size, charter },
    agents: keyed(read.agents, ({ agent }) => agent),
    keys: keyed(read.keys, ({ key }) => key),
    designs: keyed(read.designs, ({ design }) => design),
    labs: keyed(read.labs.map(readLab), ({ lab }) => lab),
    orders: keyed(read.orders, ({ placed }) => placed.order),
    jobs: { all: keyed(read.jobs, ({ opened }) => opened.job), open: new Set(read.openJobs) },
    accounts: new Map(
      read.accounts.map(([agent, received, paid]) => [
        agent,
        { receivedMinor: BigInt(received), paidMinor: BigInt(paid) },
      ]),
    ),
    endedOrders: new Set(read.endedOrders),
  };
}

type WrittenLab = Omit<Lab, 'machines'> & { machines: readonly Machine[] };

/** Every thing knows its own key. */
interface Written {
  size: number;
  charter: Charter;
  agents: readonly Agent[];
  keys: readonly EnrolledKey[];
  designs: readonly Design[];
  labs: readonly WrittenLab[];
  orders: readonly Order[];
  jobs: readonly Job[];
  openJobs: readonly string[];
  accounts: readonly (readonly [agent: string, received: string, paid: string])[];
  endedOrders: readonly string[];
}

function readLab(lab: WrittenLab): Lab {
  // Over the list, so that the member keeps its place: the bytes depend on it.
  return { ...lab, machines: keyed(lab.machines, ({ description }) => description.machine) };
}

function keyed<Thing>(things: readonly Thing[], keyOf: (thing: Thing) => string): Map<string, Thing> {
  return new Map(things.map((thing) => [keyOf(thing), thing]));
}
