/** What a status report is made of; positions in machine coordinates, mm. */
export type Report = {
  stateWord: string;
  at: readonly number[];
  offset: readonly number[];
  /** `$10`: bit 0 asks for machine instead of work position, bit 1 for the buffers. */
  mask: number;
  plannerFree: number;
  rxFree: number;
  feedMmPerMin: number;
  spindleRpm: number;
  overrides: { feed: number; rapid: number; spindle: number };
  pins: string;
  /** Reports since the offset was told; some fields come only now and then. */
  count: number;
};

/** Reports between two that tell the work offset. */
const OFFSET_EVERY = 10;

/** A status report as GRBL 1.1 writes it. */
export function reportLine(report: Report): string {
  const { at, offset, mask, overrides, count } = report;
  const position = mask & 1 ? `MPos:${triple(at)}` : `WPos:${triple(minus(at, offset))}`;
  const buffer = mask & 2 ? `|Bf:${report.plannerFree},${report.rxFree}` : '';
  const speeds = `|FS:${Math.round(report.feedMmPerMin)},${Math.round(report.spindleRpm)}`;
  const pins = report.pins === '' ? '' : `|Pn:${report.pins}`;
  const now = count % OFFSET_EVERY;
  const { feed, rapid, spindle } = overrides;
  const tail = now === 0 ? `|WCO:${triple(offset)}` : now === 1 ? `|Ov:${feed},${rapid},${spindle}` : '';
  return `<${report.stateWord}|${position}${buffer}${speeds}${pins}${tail}>`;
}

function minus(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, axis) => value - (b[axis] ?? 0));
}

function triple(values: readonly number[]): string {
  return values.map((value) => value.toFixed(3)).join(',');
}
