import { describe, expect, it } from 'vitest';
import { distanceKm } from '../../../server/matching/distance.ts';

const at = (latitude: number, longitude: number) => ({
  latitudeUdeg: latitude * 1_000_000,
  longitudeUdeg: longitude * 1_000_000,
});

describe('the distance between two places', () => {
  it('is a degree of a great circle for a degree of latitude', () => {
    const degreeKm = (Math.PI * 6_371.009) / 180;
    expect(distanceKm(at(10, 20), at(11, 20))).toBeCloseTo(degreeKm, 1);
    expect(distanceKm(at(0, 20), at(0, 21))).toBeCloseTo(degreeKm, 1);
  });

  it('shrinks with the circles of latitude', () => {
    expect(distanceKm(at(60, 0), at(60, 1)) / distanceKm(at(0, 0), at(0, 1))).toBeCloseTo(0.5, 3);
  });

  it('crosses the date line and the pole the short way', () => {
    expect(distanceKm(at(0, 179.5), at(0, -179.5))).toBe(distanceKm(at(0, 0), at(0, 1)));
    expect(distanceKm(at(89.5, 0), at(89.5, 180))).toBe(distanceKm(at(0, 0), at(1, 0)));
  });

  it('is half the circumference to the other side of the earth, and nothing to the same place', () => {
    expect(distanceKm(at(30, 40), at(-30, -140))).toBeCloseTo(Math.PI * 6_371.009, 0);
    expect(distanceKm(at(30, 40), at(30, 40))).toBe(0);
  });
});
