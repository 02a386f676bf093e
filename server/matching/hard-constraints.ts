import type { MachineDescription, Refusal, Requirement } from '#contract/manufacturing.ts';
import { isOfMaterial, lotFor } from '../commons/facilities/take-from-stock.ts';
import { tooSmallBy } from './envelope.ts';
import type { RankedLab } from './rank-machines.ts';

type Constraint = (
  requirement: Requirement,
  lab: RankedLab,
  machine: MachineDescription,
) => Refusal | undefined;

/** What can never change by itself comes first, so that a refusal that passes means: this machine could do it. */
const constraints: readonly Constraint[] = [
  doesProcess,
  worksMaterial,
  isLargeEnough,
  cutterEnters,
  hasStock,
  consents,
];

/** The first hard constraint that a machine fails, with how much is missing; undefined where it could do the job now. */
export function firstRefusal(
  requirement: Requirement,
  lab: RankedLab,
  machine: MachineDescription,
  isOnline: (lab: string, machine: string) => boolean,
): Refusal | undefined {
  for (const constraint of constraints) {
    const refusal = constraint(requirement, lab, machine);
    if (refusal !== undefined) return refusal;
  }
  if (isOnline(lab.lab, machine.machine)) return undefined;
  return {
    code: 'offline',
    lab: lab.lab,
    machine: machine.machine,
    sentence: 'the machine is not connected now',
  };
}

function doesProcess(
  { process }: Requirement,
  { lab }: RankedLab,
  { machine, process: has }: MachineDescription,
) {
  if (process === has) return undefined;
  const sentence = `needs a machine that can ${process}; this one can ${has}`;
  return { code: 'wrong-process', lab, machine, sentence, needs: process, has } as const;
}

function worksMaterial(
  { material }: Requirement,
  { lab }: RankedLab,
  { machine, materials }: MachineDescription,
) {
  if (materials.includes(material)) return undefined;
  const sentence = `does not work ${material}, only ${materials.join(', ')}`.slice(0, 300);
  return { code: 'material-not-worked', lab, machine, sentence, material } as const;
}

function isLargeEnough(
  requirement: Requirement,
  { lab }: RankedLab,
  { machine, envelope }: MachineDescription,
) {
  const short = tooSmallBy(requirement, envelope);
  if (short === undefined) return undefined;
  const room = requirement.process === 'cut' ? 'bed' : 'build space';
  const sentence = `${room} ${short.shortMm} mm too short in ${short.axis.toUpperCase()}`;
  return { code: 'too-small', lab, machine, sentence, ...short } as const;
}

function cutterEnters(requirement: Requirement, { lab }: RankedLab, { machine, cutter }: MachineDescription) {
  if (requirement.process !== 'cut' || cutter === undefined) return undefined;
  const openingUm = requirement.narrowestOpeningUm;
  const cutterUm = cutter.diameterUm;
  if (openingUm === 0 || cutterUm <= openingUm) return undefined;
  const sentence = `cutter of ${mm(cutterUm)} is ${mm(cutterUm - openingUm)} too wide for an opening of ${mm(openingUm)}`;
  return { code: 'cutter-too-wide', lab, machine, sentence, cutterUm, openingUm } as const;
}

function hasStock(requirement: Requirement, { lab, stock }: RankedLab, { machine }: MachineDescription) {
  if (lotFor(stock, requirement) !== undefined) return undefined;
  const there = stock.filter((lot) => isOfMaterial(lot, requirement));
  const { material } = requirement;
  if (requirement.process === 'print') {
    const hasMg = Math.max(0, ...there.map((lot) => (lot.form === 'spool' ? lot.massMg : 0)));
    const [needs, has] = [grams(requirement.materialMg), grams(hasMg)];
    const sentence =
      hasMg === 0 ? `no ${material} in stock` : `only ${has} of ${material} on a spool, ${needs} needed`;
    return { code: 'out-of-stock', lab, machine, sentence, material, needs, has } as const;
  }
  const { thicknessUm, sheet } = requirement;
  const sheets = there.filter((lot) => lot.form === 'sheet' && lot.sheets > 0);
  const largest = sheets.map((lot) => (lot.form === 'sheet' ? `${lot.lengthMm} × ${lot.widthMm} mm` : ''));
  const needs = `${sheet.lengthMm} × ${sheet.widthMm} mm`;
  const sentence =
    largest.length === 0
      ? `no ${mm(thicknessUm)} ${material} in stock`
      : `${mm(thicknessUm)} ${material} in stock only as ${largest.join(', ')}; ${needs} needed`.slice(
          0,
          300,
        );
  const has = largest.length === 0 ? 'none' : largest.join(', ');
  return { code: 'out-of-stock', lab, machine, sentence, material, thicknessUm, needs, has } as const;
}

function consents(
  _requirement: Requirement,
  { lab, declinedMachines }: RankedLab,
  { machine }: MachineDescription,
) {
  const declined = declinedMachines?.find((one) => one.machine === machine);
  if (declined === undefined) return undefined;
  const sentence = `declined: ${declined.reason}`.slice(0, 300);
  return { code: 'declined', lab, machine, sentence, reason: declined.reason } as const;
}

function mm(um: number): string {
  return `${um / 1_000} mm`;
}

function grams(mg: number): string {
  return `${Math.ceil(mg / 100) / 10} g`;
}
