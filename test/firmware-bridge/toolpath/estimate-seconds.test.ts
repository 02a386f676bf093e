import { expect, test } from 'vitest';
import { estimateSeconds } from '../../../firmware-bridge/toolpath/estimate-seconds.ts';

const LIMITS = { rapidMmPerMin: 6_000, accelerationMmPerS2: 500, junctionDeviationMm: 0.01 };

test('a straight cut takes its length by its feed and the time to start and to stop', () => {
  // 1000 mm at 50 mm/s; each ramp takes 0.1 s for 2.5 mm.
  expect(estimateSeconds('G0 X0 Y0\nG1 X1000 F3000', LIMITS)).toBeCloseTo(995 / 50 + 0.2, 4);
});

test('a short cut never reaches its feed', () => {
  // Up and down in a triangle: 2 · sqrt(length / acceleration).
  expect(estimateSeconds('G0 X0 Y0\nG1 X1 F6000', LIMITS)).toBeCloseTo(2 * Math.sqrt(1 / 500), 5);
});

test('a rapid goes at the speed of the machine, and a feed no faster', () => {
  const rapid = estimateSeconds('G0 X0 Y0\nG0 X1000', LIMITS);
  expect(rapid).toBeCloseTo(980 / 100 + 0.4, 4);
  expect(estimateSeconds('G0 X0 Y0\nG1 X1000 F20000', LIMITS)).toBeCloseTo(rapid, 6);
});

test('a straight line in ten pieces takes as long as in one, and a sharp zigzag longer', () => {
  const pieces = Array.from({ length: 10 }, (_, index) => `G1 X${(index + 1) * 100} F3000`);
  expect(estimateSeconds(['G0 X0 Y0', ...pieces], LIMITS)).toBeCloseTo(20.1, 3);
  const zigzag = Array.from({ length: 10 }, (_, index) => `G1 X${index % 2 === 0 ? 100 : 0} F3000`);
  expect(estimateSeconds(['G0 X0 Y0', ...zigzag], LIMITS)).toBeCloseTo(21, 3);
});

test('pauses count, and nothing takes no time', () => {
  expect(estimateSeconds('G4 P3', LIMITS)).toBe(3);
  expect(estimateSeconds('', LIMITS)).toBe(0);
});
