import type { MachineDescription, Obstacle, Requirement } from '#contract/manufacturing.ts';
import { lotFor } from '../commons/facilities/take-from-stock.ts';
import { fitsInto, shortages } from './envelope.ts';
import { mm, stockObstacle } from './out-of-stock.ts';
import type { RankedLab } from './ranked-lab.ts';

export type IsOnline = (lab: string, machine: string) => boolean;

interface Constraint {
  isMet(requirement: Requirement, lab: RankedLab, machine: MachineDescription, isOnline: IsOnline): boolean;
  /** What is missing, for a machine that does not meet it. */
  obstacle(
    requirement: Requirement,
    lab: RankedLab,
    machine: MachineDescription,
  ): Obstacle | readonly Obstacle[];
}

/** A nozzle cannot press a thicker line than this part of its width onto the layer below. */
const LAYER_PER_NOZZLE = 0.8;

const doesProcess: Constraint = {
  isMet: ({ process }, _lab, machine) => process === machine.process,
  obstacle: ({ process }, lab, machine) => ({
    ...of(lab, machine, `needs a machine that can ${process}; this one can ${machine.process}`),
    ...{ code: 'wrong-process', needs: process, has: machine.process },
  }),
};

const worksMaterial: Constraint = {
  isMet: ({ material }, _lab, { materials }) => materials.includes(material),
  obstacle: ({ material }, lab, machine) => ({
    ...of(lab, machine, `does not work ${material}, only ${machine.materials.join(', ')}`),
    ...{ code: 'material-not-worked', material },
  }),
};

const isLargeEnough: Constraint = {
  isMet: (requirement, _lab, { envelope }) => fitsInto(requirement, envelope),
  obstacle(requirement, lab, machine) {
    const room = requirement.process === 'cut' ? 'bed' : 'build space';
    return shortages(requirement, machine.envelope).map(({ axis, shortMm }) => {
      const sentence = `${room} ${shortMm} mm too short in ${axis.toUpperCase()}`;
      return { ...of(lab, machine, sentence), code: 'too-small', axis, shortMm };
    });
  },
};

const cutterEnters: Constraint = {
  isMet(requirement, _lab, { cutter }) {
    if (requirement.process !== 'cut' || requirement.narrowestOpeningUm === 0) return true;
    return cutter !== undefined && cutter.diameterUm <= requirement.narrowestOpeningUm;
  },
  obstacle(requirement, lab, machine) {
    const openingUm = requirement.process === 'cut' ? requirement.narrowestOpeningUm : 0;
    const cutterUm = machine.cutter?.diameterUm;
    if (cutterUm === undefined) return notStated('cutter', lab, machine);
    const sentence = `cutter of ${mm(cutterUm)} is ${mm(cutterUm - openingUm)} too wide for an opening of ${mm(openingUm)}`;
    return { ...of(lab, machine, sentence), code: 'cutter-too-wide', cutterUm, openingUm };
  },
};

/** Slicers set the layers to the nozzle where it is not stated. */
const nozzleLays: Constraint = {
  isMet(requirement, _lab, { nozzleUm }) {
    if (requirement.process !== 'print' || nozzleUm === undefined) return true;
    return (requirement.layerHeightUm ?? 0) <= LAYER_PER_NOZZLE * nozzleUm;
  },
  obstacle(requirement, lab, machine) {
    const layerHeightUm = requirement.process === 'print' ? (requirement.layerHeightUm ?? 0) : 0;
    const nozzleUm = machine.nozzleUm ?? 0;
    const sentence = `nozzle of ${mm(nozzleUm)} is too narrow for layers of ${mm(layerHeightUm)}`;
    return { ...of(lab, machine, sentence), code: 'nozzle-too-narrow', nozzleUm, layerHeightUm };
  },
};

const isExactEnough: Constraint = {
  isMet: ({ toleranceUm: needsUm }, _lab, { toleranceUm }) =>
    needsUm === undefined || (toleranceUm !== undefined && toleranceUm <= needsUm),
  obstacle({ toleranceUm: needsUm = 0 }, lab, machine) {
    const { toleranceUm } = machine;
    if (toleranceUm === undefined) return notStated('tolerance', lab, machine);
    const sentence = `keeps sizes within ±${mm(toleranceUm)}; ±${mm(needsUm)} needed`;
    return { ...of(lab, machine, sentence), code: 'too-coarse', toleranceUm, needsUm };
  },
};

const hasStock: Constraint = {
  isMet: (requirement, { stock }) => lotFor(stock, requirement) !== undefined,
  obstacle: (requirement, lab, machine) => stockObstacle(requirement, lab, machine),
};

const isOpen: Constraint = {
  isMet: (_requirement, { isClosed }) => isClosed !== true,
  obstacle: (_requirement, lab, machine) => ({
    ...of(lab, machine, 'the lab is closed'),
    code: 'lab-closed',
  }),
};

const consents: Constraint = {
  isMet: (_requirement, { declinedMachines }, { machine }) =>
    declinedMachines === undefined || declinedMachines.every((one) => one.machine !== machine),
  obstacle(_requirement, lab, machine) {
    const reason = lab.declinedMachines?.find((one) => one.machine === machine.machine)?.reason ?? '';
    return { ...of(lab, machine, `declined: ${reason}`), code: 'declined', reason };
  },
};

const isConnected: Constraint = {
  isMet: (_requirement, { lab }, { machine }, isOnline) => isOnline(lab, machine),
  obstacle: (_requirement, lab, machine) => ({
    ...of(lab, machine, 'the machine is not connected now'),
    code: 'offline',
  }),
};

/** What can never change by itself comes first, so that a machine that fails only late ones could do it another day. */
const ofMachine: readonly Constraint[] = [
  ...[doesProcess, worksMaterial, isLargeEnough, cutterEnters, nozzleLays, isExactEnough],
];
const ofMoment: readonly Constraint[] = [hasStock, isOpen, consents, isConnected];
const constraints: readonly Constraint[] = [...ofMachine, ...ofMoment];

/** Whether a machine, wherever it stands, is made for a job. */
export function isMadeFor(requirement: Requirement, lab: RankedLab, machine: MachineDescription): boolean {
  for (const constraint of ofMachine)
    if (!constraint.isMet(requirement, lab, machine, everyone)) return false;
  return true;
}

function everyone(): boolean {
  return true;
}

/** Place of the first constraint that a machine fails, and how many it fails; undefined where it could do the job now. */
export function failuresOf(
  requirement: Requirement,
  lab: RankedLab,
  machine: MachineDescription,
  isOnline: IsOnline,
): { first: number; count: number } | undefined {
  let first = -1;
  let count = 0;
  for (const [at, constraint] of constraints.entries()) {
    if (constraint.isMet(requirement, lab, machine, isOnline)) continue;
    count += 1;
    if (first === -1) first = at;
  }
  return first === -1 ? undefined : { first, count };
}

/** Everything that is missing at a machine, in the order of the constraints; of another kind of machine only that it is one. */
export function obstaclesAt(
  requirement: Requirement,
  lab: RankedLab,
  machine: MachineDescription,
  isOnline: IsOnline,
): Obstacle[] {
  if (!doesProcess.isMet(requirement, lab, machine, isOnline))
    return [doesProcess.obstacle(requirement, lab, machine)].flat();
  return constraints
    .filter((constraint) => !constraint.isMet(requirement, lab, machine, isOnline))
    .flatMap((constraint) => constraint.obstacle(requirement, lab, machine));
}

function notStated(what: 'cutter' | 'tolerance', lab: RankedLab, machine: MachineDescription): Obstacle {
  return { ...of(lab, machine, `does not state its ${what}`), code: 'not-stated', what };
}

const SENTENCE_MAX = 300;

function of({ lab }: RankedLab, { machine }: MachineDescription, sentence: string) {
  return { lab, machine, sentence: sentence.slice(0, SENTENCE_MAX) };
}
