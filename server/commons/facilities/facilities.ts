import type { EntryData } from '#contract/entries.ts';
import type { MachineDescription, StockLot } from '#contract/manufacturing.ts';
import type { RecordedEntry } from '../fact.ts';

export interface Machine {
  description: MachineDescription;
  /** Highest fence ever given to an attempt on this machine: the next attempt gets a higher one. */
  lastFence: number;
}

export interface Lab {
  lab: string;
  name: string;
  place: string;
  consent: EntryData<'lab.opened'>['consent'];
  bedClear: EntryData<'lab.opened'>['bedClear'];
  openedMs: number;
  /** did:key of the paired bridge. */
  bridgeKey: string | undefined;
  machines: Map<string, Machine>;
  stock: StockLot[];
  /** Of the newest count; 0 before the first. */
  countedAtMs: number;
}

export type Facilities = Map<string, Lab>;

export function evolveFacilities(labs: Facilities, { body, log }: RecordedEntry): void {
  switch (body.type) {
    case 'lab.opened': {
      const { lab, name, place, consent, bedClear } = body.data;
      labs.set(lab, {
        ...{ lab, name, place, consent, bedClear, openedMs: log.time },
        ...{ bridgeKey: undefined, machines: new Map(), stock: [], countedAtMs: 0 },
      });
      return;
    }
    case 'bridge.paired': {
      const lab = labs.get(body.data.lab);
      if (lab !== undefined) lab.bridgeKey = body.data.key;
      return;
    }
    case 'machine.added':
    case 'machine.changed': {
      const { lab, description } = body.data;
      const machines = labs.get(lab)?.machines;
      const lastFence = machines?.get(description.machine)?.lastFence ?? 0;
      machines?.set(description.machine, { description, lastFence });
      return;
    }
    case 'stock.counted': {
      const lab = labs.get(body.data.lab);
      if (lab === undefined) return;
      lab.stock = body.data.lots.map((lot) => ({ ...lot }));
      lab.countedAtMs = body.data.countedAt;
      return;
    }
    case 'job.offered': {
      const machine = labs.get(body.data.lab)?.machines.get(body.data.machine);
      if (machine !== undefined) machine.lastFence = Math.max(machine.lastFence, body.data.fence);
      return;
    }
    default:
  }
}
