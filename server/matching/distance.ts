import type { Position } from '#contract/manufacturing.ts';

/** Mean diameter of the earth (IUGG). */
const EARTH_DIAMETER_KM = 12_742.018;

/** A place on a globe of radius 1, for whoever measures from it many times. */
export interface Spot {
  x: number;
  y: number;
  z: number;
}

export function spotOf({ latitudeUdeg, longitudeUdeg }: Position): Spot {
  const [latitude, longitude] = [radians(latitudeUdeg), radians(longitudeUdeg)];
  const fromAxis = Math.cos(latitude);
  return { x: fromAxis * Math.cos(longitude), y: fromAxis * Math.sin(longitude), z: Math.sin(latitude) };
}

/**
 * Kilometres along a great circle of a round earth (the haversine formula, by the chord between both), to a tenth. It
 * is short of the road by about a quarter, for all alike.
 */
export function kmFrom(x: number, y: number, z: number, { x: toX, y: toY, z: toZ }: Spot): number {
  const [overX, overY, overZ] = [toX - x, toY - y, toZ - z];
  const halfChord = Math.sqrt(overX * overX + overY * overY + overZ * overZ) / 2;
  return Math.round(EARTH_DIAMETER_KM * Math.asin(Math.min(1, halfChord)) * 10) / 10;
}

export function distanceKm(from: Position, to: Position): number {
  const { x, y, z } = spotOf(from);
  return kmFrom(x, y, z, spotOf(to));
}

function radians(udeg: number): number {
  return (udeg / 1_000_000) * (Math.PI / 180);
}
