import type { ProgramPath } from '#contract/gcode-path.ts';

/** Where the tool is when it has done everything up to and including a line: the end of that line's last segment. */
export function placeAtLine(path: ProgramPath, line: number): [number, number, number] | undefined {
  if (path.count === 0) return undefined;
  let low = 0;
  let high = path.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((path.lines[middle] ?? 0) <= line) low = middle + 1;
    else high = middle;
  }
  const start = Math.max(0, low - 1) * 6 + (low === 0 ? 0 : 3);
  const [x = 0, y = 0, z = 0] = path.segments.subarray(start, start + 3);
  return [x, y, z];
}
