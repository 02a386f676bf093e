import type { MachineDescription, Requirement, StockLot } from '#contract/manufacturing.ts';
import { compared } from './compared.ts';
import { type Spot, spotOf } from './distance.ts';
import type { RankedLab } from './ranked-lab.ts';

/** A machine at its lab, with its number among all of them. */
export interface Place {
  lab: RankedLab;
  machine: MachineDescription;
  at: number;
  spot: Spot | undefined;
}

/** Machines that are alike in all that a job can ask of them, at labs with the same sizes of sheets. */
export interface Alike {
  machine: MachineDescription;
  /** One of the labs, with the stock of one material only. */
  lab: RankedLab;
  /** For each of them its number, its lab's spot, and what the fullest spool holds: lists of numbers, since they are read millions of times. */
  at: number[];
  x: number[];
  y: number[];
  z: number[];
  mostMg: number[];
}

/** Machines by what they do and work and by what their lab has in stock, those that are alike together. */
export interface MachineIndex {
  /** Ordered by lab, then by machine. */
  places: readonly Place[];
  /** Of these a job finds all that it could be given to. */
  worthAsking(requirement: Requirement): Iterable<Alike>;
}

/** Of a lab that does not say where it is. */
const NOWHERE: Spot = { x: Number.NaN, y: Number.NaN, z: Number.NaN };

export function indexMachines(labs: readonly RankedLab[]): MachineIndex {
  const places = labs
    .filter(({ isClosed }) => isClosed !== true)
    .sort((a, b) => compared(a.lab, b.lab))
    .flatMap(placesAt)
    .map((place, at) => ({ ...place, at }));
  const drawers = new Map<string, Map<string, Alike>>();
  const stocks = new Map(labs.map((lab) => [lab, byMaterial(lab)]));
  for (const place of places) {
    const { machine } = place;
    const likeness = likenessOf(machine);
    for (const [material, lab] of stocks.get(place.lab) ?? []) {
      if (!isFor(machine, lab.stock)) continue;
      const drawer = drawers.get(material) ?? new Map<string, Alike>();
      drawers.set(material, drawer);
      const key = `${likeness} ${sheetSizes(lab.stock)}`;
      const alike = drawer.get(key) ?? { machine, lab, at: [], x: [], y: [], z: [], mostMg: [] };
      drawer.set(key, alike);
      const { x, y, z } = place.spot ?? NOWHERE;
      alike.at.push(place.at);
      alike.x.push(x);
      alike.y.push(y);
      alike.z.push(z);
      alike.mostMg.push(mostMg(lab.stock));
    }
  }
  return {
    places,
    worthAsking: (requirement) => drawers.get(materialKey(requirement))?.values() ?? [],
  };
}

function placesAt(lab: RankedLab): Omit<Place, 'at'>[] {
  const spot = lab.position && spotOf(lab.position);
  return [...lab.machines]
    .sort((a, b) => compared(a.machine, b.machine))
    .map((machine) => ({ lab, machine, spot }));
}

function likenessOf(machine: MachineDescription): string {
  const { process, envelope, cutter, nozzleUm, toleranceUm, materials } = machine;
  const { xMm, yMm, zMm } = envelope;
  return JSON.stringify([process, xMm, yMm, zMm, cutter?.diameterUm, nozzleUm, toleranceUm, materials]);
}

function sheetSizes(stock: readonly StockLot[]): string {
  const sizes = stock.flatMap((lot) =>
    lot.form === 'sheet' && lot.sheets > 0 ? [`${lot.lengthMm}×${lot.widthMm}`] : [],
  );
  return [...new Set(sizes)].sort().join(' ');
}

function mostMg(stock: readonly StockLot[]): number {
  return Math.max(0, ...stock.map((lot) => (lot.form === 'spool' ? lot.massMg : 0)));
}

function materialKey(requirement: Requirement): string {
  const { process, material } = requirement;
  return process === 'cut' ? `cut ${requirement.thicknessUm} ${material}` : `print ${material}`;
}

function byMaterial(lab: RankedLab): Map<string, RankedLab> {
  const lots = new Map<string, StockLot[]>();
  for (const lot of lab.stock) {
    const key = lot.form === 'sheet' ? `cut ${lot.thicknessUm} ${lot.material}` : `print ${lot.material}`;
    lots.set(key, [...(lots.get(key) ?? []), lot]);
  }
  return new Map([...lots].map(([key, stock]) => [key, { ...lab, stock }]));
}

function isFor({ process, materials }: MachineDescription, [lot]: readonly StockLot[]): boolean {
  if (lot === undefined || !materials.includes(lot.material)) return false;
  return process === (lot.form === 'sheet' ? 'cut' : 'print');
}
