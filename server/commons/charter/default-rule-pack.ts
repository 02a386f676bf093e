import type { RulePack } from '#contract/entries.ts';

/**
 * The rules that a new community starts with. Rates are in euro cents; a sheet of 18 mm plywood of 2440 × 1220 mm
 * comes to about 83 EUR, a spool of 1 kg to 25 EUR, a router to 30 EUR and a printer to 4 EUR an hour.
 */
export const defaultRulePack: RulePack = {
  version: 1,
  currency: 'EUR',
  designBasisPoints: 2_000,
  fundBasisPoints: 500,
  sheetMinorPerM2: [
    { material: 'plywood', thicknessUm: 6_000, minor: 1_400 },
    { material: 'plywood', thicknessUm: 9_000, minor: 1_700 },
    { material: 'plywood', thicknessUm: 12_000, minor: 2_100 },
    { material: 'plywood', thicknessUm: 15_000, minor: 2_400 },
    { material: 'plywood', thicknessUm: 18_000, minor: 2_800 },
    { material: 'plywood', thicknessUm: 21_000, minor: 3_300 },
  ],
  otherSheetMinorPerM2: 3_000,
  filamentMinorPerKg: 2_500,
  machineMinorPerHour: { cut: 3_000, print: 400 },
  workMinorPerJob: 600,
};
