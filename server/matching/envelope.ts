import type { MachineDescription, Requirement } from '#contract/manufacturing.ts';

type Envelope = MachineDescription['envelope'];

interface Shortage {
  axis: 'x' | 'y' | 'z';
  shortMm: number;
}

/** Whether a job fits into a machine's room: a sheet or a plate may be turned by a quarter about Z, never tipped over. */
export function fitsInto(requirement: Requirement, { xMm, yMm, zMm }: Envelope): boolean {
  const { xUm, yUm, zUm } = roomOf(requirement);
  const [roomX, roomY] = [xMm * 1_000, yMm * 1_000];
  return zUm <= zMm * 1_000 && ((xUm <= roomX && yUm <= roomY) || (yUm <= roomX && xUm <= roomY));
}

/** By how much a machine's room is too short along each axis, in the way of laying the job down that is short by the least. */
export function shortages(requirement: Requirement, envelope: Envelope): Shortage[] {
  const { xUm, yUm, zUm } = roomOf(requirement);
  const asDrawn = shortagesOf(xUm, yUm, zUm, envelope);
  const turned = shortagesOf(yUm, xUm, zUm, envelope);
  return sumMm(turned) < sumMm(asDrawn) ? turned : asDrawn;
}

/** Part of a machine's bed, or of its build space, that a job leaves empty, 0 to 1. */
export function emptyRoom(requirement: Requirement, { xMm, yMm, zMm }: Envelope): number {
  const { xUm, yUm, zUm } = roomOf(requirement);
  const used = (xUm / 1_000) * (yUm / 1_000);
  if (requirement.process === 'cut') return 1 - used / (xMm * yMm);
  return 1 - (used * (zUm / 1_000)) / (xMm * yMm * zMm);
}

function roomOf(requirement: Requirement): { xUm: number; yUm: number; zUm: number } {
  if (requirement.process === 'print') return requirement.size;
  const { sheet, thicknessUm } = requirement;
  return { xUm: sheet.lengthMm * 1_000, yUm: sheet.widthMm * 1_000, zUm: thicknessUm };
}

function shortagesOf(xUm: number, yUm: number, zUm: number, envelope: Envelope): Shortage[] {
  const all: Shortage[] = [
    { axis: 'x', shortMm: (xUm - envelope.xMm * 1_000) / 1_000 },
    { axis: 'y', shortMm: (yUm - envelope.yMm * 1_000) / 1_000 },
    { axis: 'z', shortMm: (zUm - envelope.zMm * 1_000) / 1_000 },
  ];
  return all.filter(({ shortMm }) => shortMm > 0);
}

function sumMm(short: readonly Shortage[]): number {
  return short.reduce((sum, { shortMm }) => sum + shortMm, 0);
}
