import { readProgramPath } from '#contract/gcode-path.ts';

/** Speed of moves without a feed; only its ratio to the feeds matters here. */
const RAPID_MM_PER_MIN = 6_000;

/**
 * Seconds of planned movement that are done when a line of the program (from 0) has been executed, one number a line.
 * Without acceleration: it serves as a ratio, so that a long cut counts for more than a short one.
 */
export function plannedSecondsByLine(lines: readonly string[]): Float64Array {
  const path = readProgramPath(lines, { chordErrorMm: 0.5 });
  const done = new Float64Array(lines.length);
  for (let index = 0; index < path.count; index++) {
    const at = index * 6;
    const s = path.segments;
    const lengthMm = Math.hypot(
      (s[at + 3] ?? 0) - (s[at] ?? 0),
      (s[at + 4] ?? 0) - (s[at + 1] ?? 0),
      (s[at + 5] ?? 0) - (s[at + 2] ?? 0),
    );
    const line = path.lines[index] ?? 0;
    done[line] = (done[line] ?? 0) + (lengthMm / (path.feeds[index] || RAPID_MM_PER_MIN)) * 60;
  }
  for (let line = 1; line < done.length; line++) done[line] = (done[line] ?? 0) + (done[line - 1] ?? 0);
  return done;
}

/** Share of the planned time that is done once `line` has been executed, 0 to 1. */
export function progressAt(done: Float64Array, line: number): number {
  const total = done.at(-1) ?? 0;
  if (total <= 0) return done.length === 0 ? 0 : Math.min(1, (line + 1) / done.length);
  return Math.min(1, (done[Math.min(line, done.length - 1)] ?? 0) / total);
}
