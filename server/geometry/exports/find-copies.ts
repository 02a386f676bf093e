import type { SolidMesh } from './solid-mesh.ts';

/** How a mesh lies to an earlier one that has the same shape and colour. */
export interface CopyPlace {
  readonly of: number;
  /** About the vertical through the origin, before the move; counter-clockwise seen from above. */
  readonly quarterTurns: 0 | 1 | 2 | 3;
  readonly moveMm: readonly [number, number, number];
}

/** Rounding of both meshes to the micrometre. */
const TOLERANCE_UM = 2;

const QUARTERS = [0, 1, 2, 3] as const;

/** Cosine and sine of quarter turns. */
const TURNS = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const;

/**
 * For each mesh the earlier one of which it is a copy, moved and turned by quarters about the vertical; undefined for the first
 * of its shape. Other turns are left: boxes and grains of viewers stay exact.
 */
export function findCopies(meshes: readonly SolidMesh[]): (CopyPlace | undefined)[] {
  const firsts: number[] = [];
  return meshes.map((mesh, index) => {
    for (const of of firsts) {
      const first = meshes[of];
      const place = first === undefined ? undefined : placeOf(first, mesh);
      if (place !== undefined) return { of, ...place };
    }
    firsts.push(index);
    return undefined;
  });
}

function placeOf(first: SolidMesh, mesh: SolidMesh): Omit<CopyPlace, 'of'> | undefined {
  const isAlike =
    first.micrometres.length === mesh.micrometres.length &&
    first.triangles.length === mesh.triangles.length &&
    first.colour.join() === mesh.colour.join() &&
    first.triangles.every((corner, at) => corner === mesh.triangles[at]);
  if (!isAlike) return undefined;
  for (const quarterTurns of QUARTERS) {
    const move = moveBetween(first.micrometres, mesh.micrometres, TURNS[quarterTurns]);
    if (move !== undefined) return { quarterTurns, moveMm: [move[0] / 1000, move[1] / 1000, move[2] / 1000] };
  }
  return undefined;
}

/** The move that takes all turned corners to those of the other, in micrometres. */
function moveBetween(
  from: Int32Array,
  to: Int32Array,
  [cos, sin]: readonly [number, number],
): [number, number, number] | undefined {
  let move: [number, number, number] | undefined;
  for (let at = 0; at < from.length; at += 3) {
    const [x, y, z] = [from[at] ?? 0, from[at + 1] ?? 0, from[at + 2] ?? 0];
    const moveX = (to[at] ?? 0) - (cos * x - sin * y);
    const moveY = (to[at + 1] ?? 0) - (sin * x + cos * y);
    const moveZ = (to[at + 2] ?? 0) - z;
    move ??= [moveX, moveY, moveZ];
    const away = Math.max(Math.abs(moveX - move[0]), Math.abs(moveY - move[1]), Math.abs(moveZ - move[2]));
    if (away > TOLERANCE_UM) return undefined;
  }
  return move;
}
