import { type ProgramPath, readProgramPath } from '#contract/gcode-path.ts';
import type { MachinePosition } from '../machine.ts';

/** A tool this near to a segment is taken to be on it: more than rounding and the chords of arcs, less than a cut's width. */
const ON_PATH_MM = 0.1;
/** Accepted moves that may not have begun: the deepest planner of the firmwares in use. */
const PLANNED_LINES_MAX = 24;
/** A report is searched for in this many segments at most, so that a poll stays cheap. */
const SEARCH_SEGMENTS_MAX = 4_000;

/**
 * Finds the line being executed from where the tool is. Firmwares accept lines well before they execute them, and say
 * neither how far ahead nor, with arcs, in which unit; the position is what they do say.
 */
export type LineTracker = { path: ProgramPath; cursor: number };

export function trackProgram(program: readonly string[]): LineTracker {
  return { path: readProgramPath(program), cursor: 0 };
}

/**
 * Moves the cursor forward, never back, to the first segment near `position` among lines already sent. Returns the line, or
 * nothing when the tool is on none of them (before the first move, in a homing cycle).
 */
export function follow(
  tracker: LineTracker,
  position: MachinePosition,
  sentLine: number,
  acknowledgedLine: number,
): { tracker: LineTracker; line: number | undefined } {
  const { path } = tracker;
  let cursor = tracker.cursor;
  // Lines are counted, not segments: an arc has many segments and one line.
  while (cursor < path.count - 1 && (path.lines[cursor] ?? 0) < acknowledgedLine - linesAhead(path, cursor))
    cursor += 1;
  let best = -1;
  let bestMm = Infinity;
  const end = Math.min(path.count, cursor + SEARCH_SEGMENTS_MAX);
  for (let segment = cursor; segment < end && (path.lines[segment] ?? 0) <= sentLine; segment++) {
    const mm = distanceMm(path.segments, segment, position);
    if (mm < bestMm) {
      bestMm = mm;
      best = segment;
    }
    if (mm <= ON_PATH_MM) break;
  }
  if (best >= 0 && bestMm <= ON_PATH_MM * 10) cursor = best;
  return { tracker: { path, cursor }, line: best < 0 ? undefined : path.lines[cursor] };
}

function linesAhead(path: ProgramPath, cursor: number): number {
  const last = Math.min(path.count - 1, cursor + PLANNED_LINES_MAX);
  return Math.max(PLANNED_LINES_MAX, (path.lines[last] ?? 0) - (path.lines[cursor] ?? 0));
}

function distanceMm(segments: Float32Array, segment: number, at: MachinePosition): number {
  const o = segment * 6;
  const [ax, ay, az] = [segments[o] ?? 0, segments[o + 1] ?? 0, segments[o + 2] ?? 0];
  const [dx, dy, dz] = [
    (segments[o + 3] ?? 0) - ax,
    (segments[o + 4] ?? 0) - ay,
    (segments[o + 5] ?? 0) - az,
  ];
  const squared = dx * dx + dy * dy + dz * dz;
  const along = (at.xMm - ax) * dx + (at.yMm - ay) * dy + (at.zMm - az) * dz;
  const share = squared === 0 ? 0 : Math.min(1, Math.max(0, along / squared));
  return Math.hypot(at.xMm - ax - share * dx, at.yMm - ay - share * dy, at.zMm - az - share * dz);
}
