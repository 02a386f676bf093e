import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MotionPlanner } from '../../../firmware-bridge/drivers/simulator/motion-planner.ts';
import { PathClock } from '../../../firmware-bridge/drivers/simulator/path-clock.ts';
import { arc, straight } from '../../../firmware-bridge/drivers/simulator/paths.ts';

const ACCELERATION = 400;
const planner = () => new MotionPlanner({ capacity: 15, junctionDeviationMm: 0.01, at: [0, 0, 0] });

describe('the motion planner', () => {
  it('takes the time of a trapezoid for a single move', () => {
    const motion = planner();
    motion.push(straight([0, 0, 0], [100, 0, 0]), 50, ACCELERATION, 1, 0);
    // Way over speed, and half a ramp's time at either end.
    expect(motion.blockEndMs).toBeCloseTo((100 / 50 + 50 / ACCELERATION) * 1_000, 6);
    expect(motion.position(motion.blockEndMs / 2)[0]).toBeCloseTo(50, 6);
  });

  it('does not slow down between moves in one direction', () => {
    const motion = planner();
    for (let i = 0; i < 10; i++)
      motion.push(straight([i * 10, 0, 0], [i * 10 + 10, 0, 0]), 50, ACCELERATION, i, 0);
    motion.advance(1_000);
    expect(motion.speed(1_000)).toBeCloseTo(50, 6);
    let endMs = 0;
    while (!motion.isEmpty) {
      endMs = motion.blockEndMs;
      motion.advance(endMs);
    }
    expect(endMs).toBeCloseTo(2_125, 3);
  });

  it('counts how long it stood because the next move had not come', () => {
    const motion = planner();
    motion.push(straight([0, 0, 0], [10, 0, 0]), 50, ACCELERATION, 1, 0);
    const endMs = motion.blockEndMs;
    motion.push(straight([10, 0, 0], [20, 0, 0]), 50, ACCELERATION, 2, endMs + 30);
    expect(motion.starvedMs).toBeCloseTo(30, 6);
    motion.push(straight([20, 0, 0], [30, 0, 0]), 50, ACCELERATION, 3, endMs + 40);
    expect(motion.starvedMs).toBeCloseTo(30, 6);
  });

  it('nearly stops where the way turns back', () => {
    const motion = planner();
    motion.push(straight([0, 0, 0], [50, 0, 0]), 50, ACCELERATION, 1, 0);
    motion.push(straight([50, 0, 0], [0, 0, 0]), 50, ACCELERATION, 2, 0);
    expect(motion.speed(motion.blockEndMs - 0.001)).toBeLessThan(0.1);
  });

  it('never jumps, never passes its acceleration and ends where it was sent, whatever the moves and their times', () => {
    const move = fc.record({
      dx: fc.integer({ min: -20, max: 20 }),
      dy: fc.integer({ min: -20, max: 20 }),
      speed: fc.integer({ min: 5, max: 80 }),
      waitMs: fc.integer({ min: 0, max: 600 }),
    });
    fc.assert(
      fc.property(fc.array(move, { minLength: 1, maxLength: 12 }), (moves) => {
        const motion = planner();
        let [at, nowMs]: [number[], number] = [[0, 0, 0], 0];
        let before = { at: motion.position(0), speed: 0 };
        const look = (ms: number) => {
          const now = { at: motion.position(ms), speed: motion.speed(ms) };
          const moved = Math.hypot(
            (now.at[0] ?? 0) - (before.at[0] ?? 0),
            (now.at[1] ?? 0) - (before.at[1] ?? 0),
          );
          expect(moved).toBeLessThanOrEqual(80 * 0.005 + 1e-6);
          before = now;
        };
        for (const { dx, dy, speed, waitMs } of moves) {
          const to = [(at[0] ?? 0) + dx, (at[1] ?? 0) + dy, 0];
          if (dx !== 0 || dy !== 0) motion.push(straight(at, to), speed, ACCELERATION, 1, nowMs);
          at = to;
          for (const endMs = nowMs + waitMs; nowMs < endMs; nowMs += 5) look(nowMs);
        }
        for (let steps = 0; !motion.isEmpty && steps < 40_000; steps++, nowMs += 5) look(nowMs);
        expect(motion.position(nowMs)).toEqual(at);
      }),
      { numRuns: 60 },
    );
  });
});

describe('arcs', () => {
  it('runs a quarter on its circle', () => {
    const quarter = arc([10, 0, 0], [0, 10, 0], { isClockwise: false, plane: [0, 1], offset: [-10, 0] });
    if (typeof quarter === 'number') throw new Error(`error ${quarter}`);
    expect(quarter.lengthMm).toBeCloseTo(5 * Math.PI, 6);
    expect(quarter.at(0.5).map((value) => Number(value.toFixed(6)))).toEqual([7.071068, 7.071068, 0]);
  });

  it('takes a radius for the shorter or, when negative, the longer way round', () => {
    const words = { isClockwise: true, plane: [0, 1] as const };
    const short = arc([0, 0, 0], [10, 0, 0], { ...words, radiusMm: 10 });
    const long = arc([0, 0, 0], [10, 0, 0], { ...words, radiusMm: -10 });
    if (typeof short === 'number' || typeof long === 'number') throw new Error('no arc');
    expect(short.lengthMm + long.lengthMm).toBeCloseTo(20 * Math.PI, 6);
    expect(short.lengthMm).toBeLessThan(long.lengthMm);
    // Clockwise from left to right passes above.
    expect(short.at(0.5)[1]).toBeGreaterThan(0);
  });

  it('refuses an end off its circle and a radius too small, by GRBL’s numbers', () => {
    expect(arc([0, 0, 0], [10, 1, 0], { isClockwise: true, plane: [0, 1], offset: [5, 0] })).toBe(33);
    expect(arc([0, 0, 0], [30, 0, 0], { isClockwise: true, plane: [0, 1], radiusMm: 10 })).toBe(34);
  });
});

describe('the path clock', () => {
  it('runs down to a stand over the way that slowing down takes, and up again', () => {
    const clock = new PathClock();
    clock.hold(1_000, 50, ACCELERATION);
    expect(clock.settledMs).toBeCloseTo(1_125);
    // At constant speed half the ramp's time is what is still travelled.
    expect(clock.at(2_000)).toBeCloseTo(1_062.5);
    expect(clock.rate(2_000)).toBe(0);
    clock.goOn(3_000, 50, ACCELERATION);
    expect(clock.at(3_125)).toBeCloseTo(1_125);
    expect(clock.at(4_000)).toBeCloseTo(2_000);
  });
});
