import type { EntryData } from '#contract/entries.ts';
import type { MachineDescription, Position, Requirement, StockLot } from '#contract/manufacturing.ts';
import type { RecordedEntry } from '../fact.ts';
import { withoutUsed } from './take-from-stock.ts';

export interface Machine {
  readonly description: MachineDescription;
  /** Highest fence ever given to an attempt on this machine: the next attempt gets a higher one. */
  readonly lastFence: number;
}

export interface Lab {
  readonly lab: string;
  readonly name: string;
  readonly place: string;
  readonly position?: Position;
  readonly consent: EntryData<'lab.opened'>['consent'];
  readonly bedClear: EntryData<'lab.opened'>['bedClear'];
  readonly openedMs: number;
  /** did:key of the paired bridge. */
  readonly bridgeKey?: string;
  readonly machines: ReadonlyMap<string, Machine>;
  readonly stock: readonly StockLot[];
  /** Of the newest count; 0 before the first. */
  readonly countedAtMs: number;
}

export type Facilities = Map<string, Lab>;

export function evolveFacilities(labs: Facilities, { body, log }: RecordedEntry): void {
  switch (body.type) {
    case 'lab.opened': {
      const { lab, name, place, position, consent, bedClear } = body.data;
      labs.set(lab, {
        ...{ lab, name, place, consent, bedClear, openedMs: log.time },
        ...(position === undefined ? {} : { position }),
        ...{ machines: new Map(), stock: [], countedAtMs: 0 },
      });
      return;
    }
    case 'bridge.paired':
      change(labs, body.data.lab, { bridgeKey: body.data.key });
      return;
    case 'bridge.revoked':
      removeBridge(labs, body.data);
      return;
    case 'machine.added':
    case 'machine.changed': {
      const { lab, description } = body.data;
      const lastFence = labs.get(lab)?.machines.get(description.machine)?.lastFence ?? 0;
      putMachine(labs, lab, { description, lastFence });
      return;
    }
    case 'stock.counted':
      change(labs, body.data.lab, { stock: body.data.lots, countedAtMs: body.data.countedAt });
      return;
    case 'job.offered': {
      const { lab, machine, fence } = body.data;
      const there = labs.get(lab)?.machines.get(machine);
      if (there !== undefined && there.lastFence < fence)
        putMachine(labs, lab, { ...there, lastFence: fence });
      return;
    }
    default:
  }
}

/** Material that a job used up leaves the stock of its lab. */
export function takeFromStock(labs: Facilities, lab: string, requirement: Requirement, amount: number): void {
  const there = labs.get(lab);
  if (there !== undefined) labs.set(lab, { ...there, stock: withoutUsed(there.stock, requirement, amount) });
}

function change(labs: Facilities, lab: string, changes: Partial<Lab>): void {
  const there = labs.get(lab);
  if (there !== undefined) labs.set(lab, { ...there, ...changes });
}

function removeBridge(labs: Facilities, { lab, key }: { lab: string; key: string }): void {
  const there = labs.get(lab);
  if (there?.bridgeKey !== key) return;
  const { bridgeKey: _bridgeKey, ...without } = there;
  labs.set(lab, without);
}

/** A lab has a few machines, so its map is copied rather than laid over. */
function putMachine(labs: Facilities, lab: string, machine: Machine): void {
  const there = labs.get(lab);
  if (there === undefined) return;
  const machines = new Map(there.machines).set(machine.description.machine, machine);
  labs.set(lab, { ...there, machines });
}
