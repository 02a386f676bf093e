import { type BufferGeometry, Vector3 } from 'three';

export interface FlatFrame {
  /** Across the sheet, towards its top face. */
  normal: Vector3;
  /** Along the longest way in the sheet. */
  grain: Vector3;
  /** A point on the lower face. */
  origin: Vector3;
  thickness: number;
}

/** How a flat part lies in its geometry: its normal is the direction in which most of its surface looks. */
export function flatFrame(geometry: BufferGeometry): FlatFrame {
  const corners = cornersOf(geometry);
  const normal = mainNormal(corners);
  const grain = longestIn(corners, normal);
  let [low, high] = [Infinity, -Infinity];
  for (const corner of corners) {
    const height = corner.dot(normal);
    low = Math.min(low, height);
    high = Math.max(high, height);
  }
  return { normal, grain, origin: normal.clone().multiplyScalar(low), thickness: Math.max(high - low, 1e-6) };
}

function cornersOf(geometry: BufferGeometry): Vector3[] {
  const flat = geometry.index ? geometry.toNonIndexed() : geometry;
  const position = flat.getAttribute('position');
  return Array.from({ length: position.count }, (_, at) => new Vector3().fromBufferAttribute(position, at));
}

function mainNormal(corners: readonly Vector3[]): Vector3 {
  const sums = new Map<string, Vector3>();
  for (let at = 0; at + 2 < corners.length; at += 3) {
    const [a, b, c] = corners.slice(at, at + 3);
    if (!a || !b || !c) continue;
    const area = new Vector3().crossVectors(b.clone().sub(a), c.clone().sub(a));
    // Both faces of a sheet count for one direction.
    const isOpposite = area.x + area.y * 1.01 + area.z * 1.02 < 0;
    if (isOpposite) area.negate();
    const key = area
      .clone()
      .normalize()
      .toArray()
      .map((value) => Math.round(value * 20))
      .join();
    const sum = sums.get(key);
    if (sum) sum.add(area);
    else sums.set(key, area);
  }
  const [largest] = [...sums.values()].sort((one, other) => other.lengthSq() - one.lengthSq());
  return (largest ?? new Vector3(0, 1, 0)).normalize();
}

function longestIn(corners: readonly Vector3[], normal: Vector3): Vector3 {
  const helper = Math.abs(normal.y) < 0.9 ? new Vector3(0, 1, 0) : new Vector3(1, 0, 0);
  const one = new Vector3().crossVectors(normal, helper).normalize();
  const other = new Vector3().crossVectors(normal, one).normalize();
  const reach = (axis: Vector3) => {
    const along = corners.map((corner) => corner.dot(axis));
    return (
      along.reduce((most, value) => Math.max(most, value), -Infinity) -
      along.reduce((least, value) => Math.min(least, value), Infinity)
    );
  };
  return reach(one) >= reach(other) ? one : other;
}
