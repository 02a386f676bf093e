import type { GrblFlavour } from './grbl-flavour.ts';

export type GrblOptions = {
  flavour: GrblFlavour;
  /** Travel from corner to corner, mm. Machine coordinates run from minus this to zero. */
  envelopeMm: { x: number; y: number; z: number };
  /** Where G54 has its zero, from the lower corner of the travel, mm. */
  workOriginMm: { x: number; y: number; z: number };
  rapidMmPerMin: number;
  accelerationMmPerS2: number;
  junctionDeviationMm: number;
  spindleRpmMax: number;
  rxBytes: number;
  plannerBlocks: number;
  hasHoming: boolean;
  /** Whether it knows its place when the simulation starts; otherwise it is locked until it is homed. */
  isHomed: boolean;
  /** Writing EEPROM keeps the receiver's interrupt off about this long for one set of offsets. */
  eepromMs: number;
  /** What the receive buffer really holds, where that is not what the controller says of it. */
  realRxBytes?: number;
};

export const defaultGrblOptions: GrblOptions = {
  flavour: 'grbl',
  envelopeMm: { x: 1_300, y: 2_500, z: 120 },
  workOriginMm: { x: 0, y: 0, z: 60 },
  rapidMmPerMin: 6_000,
  accelerationMmPerS2: 400,
  junctionDeviationMm: 0.01,
  spindleRpmMax: 24_000,
  rxBytes: 128,
  plannerBlocks: 15,
  hasHoming: true,
  isHomed: true,
  eepromMs: 40,
};

/** The numbers of GRBL's `$$`, as its interface documentation lists them. */
export function grblSettings(options: GrblOptions): Map<number, number> {
  const { envelopeMm, rapidMmPerMin, accelerationMmPerS2 } = options;
  const homing = options.hasHoming ? 1 : 0;
  const values = {
    // Pulses and pins: nothing depends on them here.
    ...{ 0: 10, 1: 255, 2: 0, 3: 0, 4: 0, 5: 0, 6: 0 },
    // Machine position and buffer fill in every report, millimetres.
    ...{ 10: 3, 11: options.junctionDeviationMm, 12: 0.002, 13: 0 },
    ...{ 20: homing, 21: homing, 22: homing, 23: 0, 24: 100, 25: 1_000, 26: 250, 27: 1 },
    ...{ 30: options.spindleRpmMax, 31: 0, 32: 0 },
    ...{ 100: 80, 101: 80, 102: 400 },
    ...{ 110: rapidMmPerMin, 111: rapidMmPerMin, 112: rapidMmPerMin / 2 },
    ...{ 120: accelerationMmPerS2, 121: accelerationMmPerS2, 122: accelerationMmPerS2 / 2 },
    ...{ 130: envelopeMm.x, 131: envelopeMm.y, 132: envelopeMm.z },
  };
  return new Map(Object.entries(values).map(([number, value]) => [Number(number), value]));
}

const WHOLE = new Set([0, 1, 2, 3, 4, 5, 6, 10, 13, 20, 21, 22, 23, 26, 32]);

export function settingLine(number: number, value: number): string {
  return `$${number}=${WHOLE.has(number) ? value : value.toFixed(3)}`;
}
