import type { MachineDescription, Requirement } from '#contract/manufacturing.ts';
import { compared } from './compared.ts';
import { longSideUm } from './envelope.ts';
import type { RankedLab } from './ranked-lab.ts';

/** A machine at its lab, with its number among all of them. */
export interface Place {
  lab: RankedLab;
  machine: MachineDescription;
  at: number;
}

/** Machines by what they do and work, the longest bed first, so that few have to be asked whether a job fits. */
export interface MachineIndex {
  /** Ordered by lab, then by machine. */
  places: readonly Place[];
  /** Machines that do the job's process, work its material and are not too short; they may fail everything else. */
  worthAsking(requirement: Requirement): Iterable<Place>;
}

export function indexMachines(labs: readonly RankedLab[]): MachineIndex {
  const places = labs
    .flatMap((lab) => lab.machines.map((machine) => ({ lab, machine })))
    .sort((a, b) => compared(a.lab.lab, b.lab.lab) || compared(a.machine.machine, b.machine.machine))
    .map((place, at) => ({ ...place, at }));
  const drawers = new Map<string, Place[]>();
  for (const place of places)
    for (const material of place.machine.materials) {
      const drawer = drawers.get(`${place.machine.process} ${material}`);
      if (drawer === undefined) drawers.set(`${place.machine.process} ${material}`, [place]);
      else drawer.push(place);
    }
  for (const drawer of drawers.values()) drawer.sort((a, b) => longBedUm(b) - longBedUm(a) || a.at - b.at);
  return {
    places,
    *worthAsking(requirement) {
      const needsUm = longSideUm(requirement);
      for (const place of drawers.get(`${requirement.process} ${requirement.material}`) ?? []) {
        if (longBedUm(place) < needsUm) return;
        yield place;
      }
    },
  };
}

function longBedUm({ machine }: Place): number {
  return Math.max(machine.envelope.xMm, machine.envelope.yMm) * 1_000;
}
