import type { Telemetry } from '#contract/live-events.ts';
import type { MachineState, MachineTelemetry } from './machine.ts';
import { progressAt } from './planned-time.ts';

/** Before this share is done, the pace seen so far says less than the plan. */
const PACE_FROM = 0.03;

/** What a page shows of a running machine, without who and when. */
export type Reading = Omit<Telemetry, 'lab' | 'machine' | 'job' | 'timeMs'>;

/**
 * Turns a machine's own words into progress: the share is that of the planned time of the lines done, and the seconds left
 * follow from the pace so far, so that feed overrides and faster simulators need no extra rule.
 * `planned` holds the planned seconds done after each line, `elapsedMs` counts from the start.
 */
export function readRun(
  telemetry: MachineTelemetry,
  state: MachineState['kind'],
  {
    planned,
    estimatedSeconds,
    elapsedMs,
  }: { planned: Float64Array; estimatedSeconds: number; elapsedMs: number },
): Reading {
  const line = Math.min(Math.max(0, Math.trunc(telemetry.line)), Math.max(0, planned.length - 1));
  // The line under way is not done: progress counts the ones before it.
  const progress = line === 0 ? 0 : progressAt(planned, line - 1);
  const secondsLeft =
    progress < PACE_FROM
      ? estimatedSeconds * (1 - progress)
      : ((elapsedMs / 1_000) * (1 - progress)) / progress;
  const { positionMm, feedMmPerMin, spindleRpm, temperatures } = telemetry;
  return {
    state: state === 'paused' ? 'paused' : 'running',
    line,
    linesTotal: planned.length,
    progress,
    secondsLeft: Math.max(0, secondsLeft),
    ...(positionMm && { positionMm: [positionMm.xMm, positionMm.yMm, positionMm.zMm] }),
    ...(feedMmPerMin !== undefined && { feedMmPerMin }),
    ...(spindleRpm !== undefined && { spindleRpm }),
    ...temperatures,
  };
}
