import { type ProgramPath, readProgramPath } from '#contract/gcode-path.ts';
import type { MotionLimits } from './cutter.ts';

/** As fine as GRBL divides arcs itself (`$12`), so that the corners between chords brake as they do there. */
export const PLANNER_CHORD_MM = 0.004;
/** Below this a segment is no move for a stepper. */
const SHORTEST_MM = 1e-6;

/**
 * Seconds that a planner with look-ahead needs for a program: trapezoids under one acceleration, corners by junction deviation
 * (S. Jeon's rule, which GRBL and Marlin 2 use), pauses added. Tool changes and waiting for heat are not in it.
 */
export function estimateSeconds(program: string | readonly string[], limits: MotionLimits): number {
  return secondsOfPath(readProgramPath(program, { chordErrorMm: PLANNER_CHORD_MM }), limits);
}

/** The same for a path that has been read already. */
export function secondsOfPath(path: ProgramPath, limits: MotionLimits): number {
  const { count } = path;
  const lengths = new Float64Array(count);
  const speeds = new Float64Array(count);
  for (let index = 0; index < count; index++) {
    const [dx, dy, dz] = vector(path, index);
    lengths[index] = Math.hypot(dx, dy, dz);
    const feed = path.feeds[index] ?? 0;
    speeds[index] = (feed > 0 ? Math.min(feed, limits.rapidMmPerMin) : limits.rapidMmPerMin) / 60;
  }
  const entry = entrySpeeds(path, lengths, speeds, limits);
  let seconds = path.dwellSeconds;
  for (let index = 0; index < count; index++) {
    const length = lengths[index] ?? 0;
    if (length < SHORTEST_MM) continue;
    seconds += trapezoidSeconds(
      length,
      entry[index] ?? 0,
      entry[index + 1] ?? 0,
      speeds[index] ?? 1,
      limits.accelerationMmPerS2,
    );
  }
  return seconds;
}

function vector(path: ProgramPath, index: number): [number, number, number] {
  const at = index * 6;
  const s = path.segments;
  return [
    (s[at + 3] ?? 0) - (s[at] ?? 0),
    (s[at + 4] ?? 0) - (s[at + 1] ?? 0),
    (s[at + 5] ?? 0) - (s[at + 2] ?? 0),
  ];
}

/** Speed at the start of each segment, and 0 after the last: corner limits, then what braking and speeding up allow. */
function entrySpeeds(
  path: ProgramPath,
  lengths: Float64Array,
  speeds: Float64Array,
  limits: MotionLimits,
): Float64Array {
  const { count } = path;
  const entry = new Float64Array(count + 1);
  for (let index = 1; index < count; index++) {
    const slower = Math.min(speeds[index - 1] ?? 0, speeds[index] ?? 0);
    entry[index] = Math.min(slower, cornerSpeed(path, index, lengths, limits));
  }
  const twice = 2 * limits.accelerationMmPerS2;
  for (let index = count - 1; index >= 0; index--) {
    const reachable = Math.sqrt((entry[index + 1] ?? 0) ** 2 + twice * (lengths[index] ?? 0));
    entry[index] = Math.min(entry[index] ?? 0, reachable);
  }
  for (let index = 0; index < count; index++) {
    const reachable = Math.sqrt((entry[index] ?? 0) ** 2 + twice * (lengths[index] ?? 0));
    entry[index + 1] = Math.min(entry[index + 1] ?? 0, reachable);
  }
  return entry;
}

function cornerSpeed(path: ProgramPath, index: number, lengths: Float64Array, limits: MotionLimits): number {
  const [before, after] = [lengths[index - 1] ?? 0, lengths[index] ?? 0];
  if (before < SHORTEST_MM || after < SHORTEST_MM) return 0;
  const [ax, ay, az] = vector(path, index - 1);
  const [bx, by, bz] = vector(path, index);
  const cosTurn = (ax * bx + ay * by + az * bz) / (before * after);
  if (cosTurn > 0.999999) return Infinity;
  const sinHalf = Math.sqrt(Math.max(0, (1 + cosTurn) / 2));
  return Math.sqrt((limits.accelerationMmPerS2 * limits.junctionDeviationMm * sinHalf) / (1 - sinHalf));
}

function trapezoidSeconds(
  length: number,
  from: number,
  to: number,
  top: number,
  acceleration: number,
): number {
  const peak = Math.min(top, Math.sqrt((2 * acceleration * length + from * from + to * to) / 2));
  const ramps = (2 * peak * peak - from * from - to * to) / (2 * acceleration);
  const flat = Math.max(0, length - ramps);
  return (2 * peak - from - to) / acceleration + (peak > 0 ? flat / peak : 0);
}
