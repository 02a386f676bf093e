import type { MachineDescription, Position, StockLot } from '#contract/manufacturing.ts';
import type { OkwFacilities, OkwFacility } from '#contract/okw.ts';
import type { LabView } from '#contract/views.ts';

/** The standard names processes by their Wikipedia pages. */
const PROCESS_PAGES: Readonly<Record<MachineDescription['process'], string>> = {
  cut: 'https://en.wikipedia.org/wiki/CNC_router',
  print: 'https://en.wikipedia.org/wiki/Fused_filament_fabrication',
};

const UDEG_PER_DEGREE = 1_000_000;

/** Labs as Open Know-Where facilities. Nothing is lost: `labFromOkw` gives each one back. */
export function okwOf(labs: readonly LabView[]): OkwFacilities {
  return { okw: '1.0', facilities: labs.map(facilityOf) };
}

function facilityOf({ lab, name, place, position, machines, stock }: LabView): OkwFacility {
  return {
    name,
    location: {
      address: place,
      ...(position === undefined ? {} : { gps: degreesOf(position) }),
    },
    facility_status: 'Active',
    manufacturing_processes: distinct(machines.map(({ process }) => PROCESS_PAGES[process])),
    typical_materials: distinct(machines.flatMap(({ materials }) => materials)),
    equipment: machines.map((machine) => ({
      manufacturing_process: PROCESS_PAGES[machine.process],
      model: machine.name,
      materials_worked: machine.materials,
      computer_controlled: true,
      x_travel_mm: machine.envelope.xMm,
      y_travel_mm: machine.envelope.yMm,
      z_travel_mm: machine.envelope.zMm,
      commonwright: machine,
    })),
    commonwright: { lab, ...(position === undefined ? {} : { position }), stock },
  };
}

export interface LabFromOkw {
  name: string;
  place: string;
  position?: Position;
  machines: MachineDescription[];
  stock: StockLot[];
  /** What the facility does not say and a lab needs before work can be routed to it. */
  unsaid: string[];
}

/** What a facility says that a lab needs, and in plain words what it does not say. */
export function labFromOkw({ name, location, equipment = [], commonwright }: OkwFacility): LabFromOkw {
  const gps = location?.gps;
  const position = commonwright?.position ?? (gps && positionOf(gps));
  const machines = equipment.flatMap((one) => one.commonwright ?? []);
  const silent = equipment.filter((one) => one.commonwright === undefined).map(nameOf);
  return {
    ...{ name, place: location?.address ?? '', machines, stock: commonwright?.stock ?? [] },
    ...(position === undefined ? {} : { position }),
    unsaid: [
      ...(position === undefined ? ['where it is, in degrees'] : []),
      ...(equipment.length === 0 ? ['which machines it has'] : []),
      ...silent.map((machine) => `what "${machine}" can do: its controller, envelope and cutter or nozzle`),
      ...(commonwright === undefined ? ['what material it has in stock'] : []),
    ],
  };
}

function nameOf({
  make,
  model,
  manufacturing_process: process,
}: NonNullable<OkwFacility['equipment']>[number]) {
  const name = [make, model].filter(Boolean).join(' ');
  return name === '' ? (process ?? 'a machine without a name') : name;
}

function degreesOf({ latitudeUdeg, longitudeUdeg }: Position) {
  return { latitude: latitudeUdeg / UDEG_PER_DEGREE, longitude: longitudeUdeg / UDEG_PER_DEGREE };
}

function positionOf({ latitude, longitude }: { latitude: number; longitude: number }): Position | undefined {
  if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) return undefined;
  return {
    latitudeUdeg: Math.round(latitude * UDEG_PER_DEGREE),
    longitudeUdeg: Math.round(longitude * UDEG_PER_DEGREE),
  };
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}
