/**
 * The Merkle tree of RFC 6962 as a drawing: its lower levels are folded into plates of as many entries as it takes, always
 * a power of two, so that every joint above them is a true node of the tree.
 */

export interface Span {
  /** Index of the first entry. */
  readonly first: number;
  readonly count: number;
}

/** Its place in plates from the left and in rows from the bottom, where the plates are. */
export interface Placed extends Span {
  readonly x: number;
  readonly row: number;
}

/** A node above the plates. */
export interface Joint extends Placed {
  readonly children: readonly Placed[];
}

export interface TreeDrawing {
  /** Entries on a full plate. */
  readonly unit: number;
  readonly plates: readonly Span[];
  /** From below upwards; the last one is the root. Empty where one plate is all. */
  readonly joints: readonly Joint[];
  /** Row of the root. */
  readonly rows: number;
}

/** @param platesMax a power of two */
export function drawTree(size: number, platesMax: number): TreeDrawing {
  let unit = 1;
  while (Math.ceil(size / unit) > platesMax) unit *= 2;
  const plates = Array.from({ length: Math.ceil(size / unit) }, (_, at) => ({
    first: at * unit,
    count: Math.min(unit, size - at * unit),
  }));
  const joints: Joint[] = [];
  const join = (from: number, to: number): Placed => {
    const first = from * unit;
    const span = { first, count: Math.min(to * unit, size) - first };
    if (to - from <= 1) return { ...span, x: from + 0.5, row: 0 };
    const split = from + largestPowerBelow(to - from);
    const children = [join(from, split), join(split, to)];
    const x = children.reduce((sum, child) => sum + child.x, 0) / children.length;
    const joint = { ...span, x, row: 1 + Math.max(...children.map((child) => child.row)), children };
    joints.push(joint);
    return joint;
  };
  const top = join(0, plates.length);
  return { unit, plates, joints, rows: top.row };
}

function largestPowerBelow(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}

export type SpanState = 'open' | 'now' | 'good' | 'bad';

/** How far the check is, as far as a drawing shows it. */
export interface Checked {
  readonly done: number;
  /** The first bad entry, where it is an entry that is bad. */
  readonly badIndex?: number | undefined;
}

/** What is known of the entries of a plate or below a joint. */
export function stateOf({ first, count }: Span, { done, badIndex }: Checked): SpanState {
  if (badIndex !== undefined && badIndex >= first && badIndex < first + count) return 'bad';
  if (done >= first + count) return 'good';
  return done > first ? 'now' : 'open';
}
