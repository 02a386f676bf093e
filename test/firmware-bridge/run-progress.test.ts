import { describe, expect, it } from 'vitest';
import { plannedSecondsByLine, progressAt } from '../../firmware-bridge/planned-time.ts';
import { readRun } from '../../firmware-bridge/run-progress.ts';

const PROGRAM = ['G21 G90', 'G0 X0 Y0', 'G1 X60 F60', 'G1 X60 Y60', '(a comment)', 'G1 X180 Y60 F120'];

describe('progress', () => {
  it('counts planned time, so that slow lines weigh more than fast ones', () => {
    const planned = plannedSecondsByLine(PROGRAM);
    expect([...planned]).toEqual([0, 0, 60, 120, 120, 180].map((seconds) => expect.closeTo(seconds, 6)));
    expect(progressAt(planned, 2)).toBeCloseTo(1 / 3);
    expect(progressAt(planned, 5)).toBe(1);
  });

  it('falls back to lines where a program does not move', () => {
    expect(progressAt(plannedSecondsByLine(['M3', 'M5']), 0)).toBe(0.5);
    expect(progressAt(new Float64Array(0), 0)).toBe(0);
  });

  it('tells the seconds left by the pace seen so far, and by the plan before there is one', () => {
    const planned = plannedSecondsByLine(PROGRAM);
    const at = (line: number, elapsedMs: number) =>
      readRun({ line, linesTotal: PROGRAM.length, linesAcknowledged: line }, 'running', {
        ...{ planned, estimatedSeconds: 200, elapsedMs },
      });
    expect(at(0, 10)).toMatchObject({ progress: 0, secondsLeft: 200 });
    // A third is done after 6 s: the machine runs ten times faster than planned.
    expect(at(3, 6_000)).toMatchObject({
      line: 3,
      progress: expect.closeTo(1 / 3, 6),
      secondsLeft: expect.closeTo(12, 6),
    });
    expect(at(999, 1_000).line).toBe(PROGRAM.length - 1);
  });

  it('passes on what the machine measures', () => {
    const reading = readRun(
      {
        ...{ line: 1, linesTotal: 6, linesAcknowledged: 1, positionMm: { xMm: 1, yMm: 2, zMm: 3 } },
        ...{ feedMmPerMin: 600, temperatures: { nozzleC: 209.5, nozzleTargetC: 210 } },
      },
      'paused',
      { planned: plannedSecondsByLine(PROGRAM), estimatedSeconds: 1, elapsedMs: 1 },
    );
    expect(reading).toMatchObject({
      state: 'paused',
      positionMm: [1, 2, 3],
      feedMmPerMin: 600,
      nozzleC: 209.5,
    });
  });
});
