import { type GrblBlock, type GrblError, type Modal, planeAxes } from './grbl-block.ts';
import type { GrblOptions } from './grbl-settings.ts';
import type { Path } from './motion-planner.ts';
import { type ArcWords, arc, arcSpeed, straight } from './paths.ts';

const S_PER_MIN = 60;
const AXES = ['X', 'Y', 'Z'] as const;
/** Points of an arc that are checked against the travel. */
const ARC_CHECKS = 32;
/** Room for rounding at the very edge of the travel. */
const EDGE_MM = 0.001;

/** Work offsets: what survives a reset, and what does not. */
export type Offsets = { systems: Map<number, number[]>; g92: number[]; g28: number[]; g30: number[] };

export const freshOffsets = (options: GrblOptions): Offsets => {
  const { envelopeMm, workOriginMm } = options;
  const systems = new Map<number, number[]>([54, 55, 56, 57, 58, 59].map((system) => [system, [0, 0, 0]]));
  systems.set(54, [
    workOriginMm.x - envelopeMm.x,
    workOriginMm.y - envelopeMm.y,
    workOriginMm.z - envelopeMm.z,
  ]);
  return { systems, g92: [0, 0, 0], g28: [0, 0, 0], g30: [0, 0, 0] };
};

/** Work zero in machine coordinates. */
export function workOffset(offsets: Offsets, modal: Modal): number[] {
  const system = offsets.systems.get(modal.system) ?? [0, 0, 0];
  return system.map((value, axis) => value + (offsets.g92[axis] ?? 0));
}

/** The move of a block from `at`, with its speed in mm/s; or the error that forbids it. */
export function moveOf(
  block: GrblBlock,
  at: readonly number[],
  offsets: Offsets,
  options: GrblOptions,
): { path: Path; speed: number; acceleration: number } | GrblError {
  const { modal, values } = block;
  const to = targetOf(block, at, offsets);
  const acceleration = options.accelerationMmPerS2;
  const rapid = options.rapidMmPerMin / S_PER_MIN;
  if (modal.motion !== 2 && modal.motion !== 3) {
    const path = straight(at, to);
    const limits = axisLimits(path, rapid, acceleration);
    const wanted = modal.motion === 0 ? limits.speed : modal.feedMmPerMin / S_PER_MIN;
    return { path, speed: Math.min(wanted, limits.speed), acceleration: limits.acceleration };
  }
  const plane = planeAxes(modal.plane);
  const letters = ['I', 'J', 'K'];
  const words: ArcWords = {
    isClockwise: modal.motion === 2,
    plane,
    ...(values.has('R')
      ? { radiusMm: values.get('R') ?? 0 }
      : { offset: [values.get(letters[plane[0]] ?? '') ?? 0, values.get(letters[plane[1]] ?? '') ?? 0] }),
  };
  const path = arc(at, to, words);
  if (typeof path === 'number') return path;
  const speed = Math.min(modal.feedMmPerMin / S_PER_MIN, rapid, arcSpeed(path, words, acceleration));
  return { path, speed, acceleration };
}

/** Z is half as quick as X and Y: a slanted move is bound by the axis that is worst off. */
function axisLimits(
  path: Path,
  rapid: number,
  acceleration: number,
): { speed: number; acceleration: number } {
  const share = Math.abs(path.startDirection[2] ?? 0);
  const flat = Math.max(Math.abs(path.startDirection[0] ?? 0), Math.abs(path.startDirection[1] ?? 0));
  const factor = Math.max(flat, share * 2, 1e-9);
  return { speed: rapid / factor, acceleration: acceleration / factor };
}

export function targetOf(block: GrblBlock, at: readonly number[], offsets: Offsets): number[] {
  const offset = workOffset(offsets, block.modal);
  return AXES.map((letter, axis) => {
    const value = block.values.get(letter);
    const now = at[axis] ?? 0;
    if (value === undefined) return now;
    if (block.isMachine) return value;
    return block.modal.distance === 91 ? now + value : value + (offset[axis] ?? 0);
  });
}

/** The way to the place of G28 or G30, by the axes that are named, or all. */
export function homeward(block: GrblBlock, place: readonly number[], from: readonly number[]): Path {
  const isNamed = AXES.map((letter) => block.values.has(letter));
  const all = !isNamed.includes(true);
  return straight(
    from,
    from.map((value, axis) => (all || isNamed[axis] ? (place[axis] ?? 0) : value)),
  );
}

/** Whether the whole move lies within the travel. */
export function isWithin(path: Path, options: GrblOptions): boolean {
  const { x, y, z } = options.envelopeMm;
  const lows = [-x, -y, -z];
  const isArc = path.startDirection !== path.endDirection;
  const checks = isArc ? ARC_CHECKS : 1;
  for (let i = 1; i <= checks; i++) {
    const at = path.at(i / checks);
    if (at.some((value, axis) => value > EDGE_MM || value < (lows[axis] ?? 0) - EDGE_MM)) return false;
  }
  return true;
}

/** G10, G92, G28.1 and their kin. True when it was written to EEPROM. */
export function setOffsets(
  block: GrblBlock,
  once: number,
  planned: readonly number[],
  offsets: Offsets,
): boolean {
  const { systems } = offsets;
  const current = systems.get(block.modal.system) ?? [0, 0, 0];
  switch (once) {
    case 10: {
      const number = block.values.get('P') ? 53 + (block.values.get('P') ?? 0) : block.modal.system;
      const isHere = block.values.get('L') === 20;
      const here = (value: number, axis: number) => (planned[axis] ?? 0) - (offsets.g92[axis] ?? 0) - value;
      systems.set(number, named(block, systems.get(number) ?? [0, 0, 0], isHere ? here : (value) => value));
      return true;
    }
    case 92:
      offsets.g92 = named(
        block,
        offsets.g92,
        (value, axis) => (planned[axis] ?? 0) - (current[axis] ?? 0) - value,
      );
      return false;
    case 92.1:
      offsets.g92 = [0, 0, 0];
      return false;
    default:
      offsets[once === 28.1 ? 'g28' : 'g30'] = [...planned];
      return true;
  }
}

function named(
  block: GrblBlock,
  old: readonly number[],
  change: (value: number, axis: number) => number,
): number[] {
  return AXES.map((letter, axis) => {
    const value = block.values.get(letter);
    return value === undefined ? (old[axis] ?? 0) : change(value, axis);
  });
}
