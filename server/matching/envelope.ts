import type { MachineDescription, Requirement } from '#contract/manufacturing.ts';

interface Shortage {
  axis: 'x' | 'y' | 'z';
  shortMm: number;
}

/**
 * How much a machine's room is too short for a job, in the way of laying it down that is short by the least: a sheet
 * or a plate may be turned by a quarter about Z, never tipped over. Undefined where it fits.
 */
export function tooSmallBy(
  requirement: Requirement,
  envelope: MachineDescription['envelope'],
): Shortage | undefined {
  const [x, y, z] = roomUm(requirement);
  const asDrawn = shortages(x, y, z, envelope);
  const turned = shortages(y, x, z, envelope);
  return [asDrawn, turned].sort((a, b) => sumMm(a) - sumMm(b))[0]?.[0];
}

function roomUm(requirement: Requirement): [x: number, y: number, z: number] {
  if (requirement.process === 'print') {
    const { xUm, yUm, zUm } = requirement.size;
    return [xUm, yUm, zUm];
  }
  const { lengthMm, widthMm } = requirement.sheet;
  return [lengthMm * 1_000, widthMm * 1_000, requirement.thicknessUm];
}

function shortages(
  xUm: number,
  yUm: number,
  zUm: number,
  envelope: MachineDescription['envelope'],
): Shortage[] {
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
