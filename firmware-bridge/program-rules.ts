import type { ProgramRules } from './drivers/untrusted-program/program-limits.ts';
import type { CuttingMachine, MachineConfig } from './machine-config.ts';
import type { MachineEnvelope } from './toolpath/cutter.ts';

/** Printers prime their nozzle beside the bed; slicers' own start lines go this far. */
const PRIME_LINE_MM = 5;
/** Faster than any desktop printer moves; what slicers say for a travel is cut down by the firmware. */
const PRINTER_FEED_MAX_MM_PER_MIN = 30_000;

/** What every program for this machine is held against, wherever it comes from. */
export function programRules(machine: MachineConfig): ProgramRules {
  if (machine.process === 'cut') {
    const { minMm, maxMm } = reachOf(machine);
    const { feedMmPerMin, plungeMmPerMin } = machine.cutter;
    return {
      machineClass: 'router',
      limits: {
        reachMm: { min: place(minMm), max: place(maxMm) },
        feedMaxMmPerMin: Math.max(machine.motion.rapidMmPerMin, feedMmPerMin, plungeMmPerMin),
      },
    };
  }
  const { envelope, printer } = machine;
  return {
    machineClass: 'printer',
    limits: {
      reachMm: {
        min: { xMm: -PRIME_LINE_MM, yMm: -PRIME_LINE_MM, zMm: -PRIME_LINE_MM },
        max: { xMm: envelope.xMm + PRIME_LINE_MM, yMm: envelope.yMm + PRIME_LINE_MM, zMm: envelope.zMm },
      },
      feedMaxMmPerMin: PRINTER_FEED_MAX_MM_PER_MIN,
      nozzleMaxC: printer.nozzleMaxC,
      bedMaxC: printer.bedMaxC,
    },
  };
}

/** The machine's travel, seen from the sheet's lower left corner and top face. */
export function reachOf({ envelope, sheetCornerMm }: CuttingMachine): MachineEnvelope {
  const [x, y, z] = sheetCornerMm ?? [0, 0, envelope.zMm / 2];
  return { minMm: [-x, -y, -z], maxMm: [envelope.xMm - x, envelope.yMm - y, envelope.zMm - z] };
}

function place([xMm, yMm, zMm]: readonly [number, number, number]) {
  return { xMm, yMm, zMm };
}
