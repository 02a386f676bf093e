import type { Path64, Point64 } from 'clipper2-ts';

/**
 * Divides a simple counter-clockwise outline of few vertices into convex pieces: ears are clipped off, then neighbours are joined
 * as long as they stay convex (Hertel and Mehlhorn 1983). Nothing for an outline that has no ear, which is not simple.
 */
export function convexPieces(outline: Path64): Path64[] | undefined {
  const pieces: Path64[] = [];
  const left = [...outline];
  while (left.length > 3) {
    const ear = left.findIndex((_, index) => isEar(left, index));
    if (ear < 0) return;
    pieces.push([at(left, ear - 1), at(left, ear), at(left, ear + 1)]);
    left.splice(ear, 1);
  }
  pieces.push(left);
  return joined(pieces);
}

/** Whether every corner of a counter-clockwise outline turns left or goes straight on. */
function isConvex(path: Path64): boolean {
  return path.every((_, index) => bend(at(path, index - 1), at(path, index), at(path, index + 1)) >= 0);
}

function at(path: Path64, index: number): Point64 {
  return path[(index + path.length) % path.length] as Point64;
}

function bend(a: Point64, b: Point64, c: Point64): number {
  return (b.x - a.x) * (c.y - b.y) - (b.y - a.y) * (c.x - b.x);
}

function isEar(path: Path64, index: number): boolean {
  const [a, b, c] = [at(path, index - 1), at(path, index), at(path, index + 1)];
  if (bend(a, b, c) <= 0) return false;
  return path.every((point) => {
    const isCorner = [a, b, c].some(({ x, y }) => x === point.x && y === point.y);
    return isCorner || !(bend(a, b, point) >= 0 && bend(b, c, point) >= 0 && bend(c, a, point) >= 0);
  });
}

function joined(pieces: Path64[]): Path64[] {
  const result: Path64[] = [];
  let left = pieces;
  let piece = left[0];
  while (piece !== undefined) {
    left = left.slice(1);
    let grown: Path64 | undefined = piece;
    while (grown !== undefined) {
      piece = grown;
      grown = undefined;
      for (const [index, other] of left.entries()) {
        grown = joinedPair(piece, other);
        if (grown === undefined) continue;
        left = left.filter((_, k) => k !== index);
        break;
      }
    }
    result.push(piece);
    piece = left[0];
  }
  return result;
}

/** Two pieces with a common edge as one, if that is convex. */
function joinedPair(piece: Path64, other: Path64): Path64 | undefined {
  for (const [i, from] of piece.entries()) {
    const to = at(piece, i + 1);
    for (const [k, start] of other.entries()) {
      const end = at(other, k + 1);
      if (start.x !== to.x || start.y !== to.y || end.x !== from.x || end.y !== from.y) continue;
      const rest = Array.from({ length: other.length - 2 }, (_, step) => at(other, k + 2 + step));
      const union = [...piece.slice(0, i + 1), ...rest, ...piece.slice(i + 1)];
      return isConvex(union) ? union : undefined;
    }
  }
  return;
}
