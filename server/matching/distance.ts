import type { Position } from '#contract/manufacturing.ts';

/** Mean radius of the earth (IUGG). */
const EARTH_RADIUS_KM = 6_371.009;

/**
 * Kilometres along a great circle of a round earth (haversine formula), to a tenth. It is short of the road by about a
 * quarter, for all alike.
 */
export function distanceKm(from: Position, to: Position): number {
  const fromLatitude = radians(from.latitudeUdeg);
  const toLatitude = radians(to.latitudeUdeg);
  const halfNorth = Math.sin((toLatitude - fromLatitude) / 2);
  const halfEast = Math.sin(radians(to.longitudeUdeg - from.longitudeUdeg) / 2);
  const haversine = halfNorth ** 2 + Math.cos(fromLatitude) * Math.cos(toLatitude) * halfEast ** 2;
  const km = 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(haversine)));
  return Math.round(km * 10) / 10;
}

function radians(udeg: number): number {
  return (udeg / 1_000_000) * (Math.PI / 180);
}
