import { useWords } from '../words/use-words.ts';
import type { DrawnCheck } from './drawn-check.ts';
import { Branch, Node, Plate, Seal } from './TreeParts.tsx';
import { drawTree, stateOf, type TreeDrawing } from './tree-drawing.ts';

/** Sizes in the units of the drawing, which are about pixels. */
const PITCH_MAX = 44;
const PLATE_HEIGHT = 26;
const ROW_HEIGHT = 24;
const SEAL_AT = 17;
const ROOT_AT = 66;
const MARGIN = 12;
/** Narrower, a plate would not be seen. */
const FULLNESS_MIN = 0.3;
/** How wide the drawing is, and how many plates it bears. */
const WIDE = { width: 640, plates: 32 };
const NARROW = { width: 316, plates: 16 };

export interface LogTreeProps {
  check: DrawnCheck;
  witnesses: number;
  isNarrow: boolean;
}

/** The tree of the whole log as a workshop drawing: plates of entries below, the signed root above. */
export function LogTree({ check, witnesses, isNarrow }: LogTreeProps) {
  const { say, number } = useWords();
  const { size, checked, seal, root } = check;
  const { width, plates } = isNarrow ? NARROW : WIDE;
  const tree = drawTree(size, plates);
  const { base, left, pitch, place } = layoutOf(tree, width);
  const gap = Math.min(4, pitch * 0.2);
  const states = tree.plates.map((plate) => stateOf(plate, checked));
  const isBad = seal === 'bad' || root === 'bad' || states.includes('bad');
  const rootJoint = tree.joints.at(-1);
  const top = rootJoint === undefined ? { x: width / 2, y: base } : place(rootJoint);
  const heard = say('tree.heard', {
    shown: number(size),
    parts: tree.plates.length,
    unit: tree.unit,
    good: states.filter((state) => state === 'good').length,
    end: isBad ? 'bad' : root,
  });
  const branches = tree.joints.flatMap((joint) =>
    joint.children.map((child) => ({ joint, child, state: stateOf(child, checked) })),
  );
  // The way of a fault lies above the others.
  branches.sort((one, other) => Number(one.state === 'bad') - Number(other.state === 'bad'));
  return (
    <div className="tree-figure">
      <svg
        className="tree-drawing"
        viewBox={`0 0 ${width} ${base + PLATE_HEIGHT + 4}`}
        role="img"
        aria-label={heard}
        data-tree={isBad ? 'bad' : root}
      >
        <Branch from={{ x: top.x, y: SEAL_AT }} to={top} state={root} />
        {branches.map(({ joint, child, state }) => (
          <Branch key={`${child.first} ${child.count}`} from={place(joint)} to={place(child)} state={state} />
        ))}
        {tree.plates.map((plate, at) => (
          <Plate
            key={plate.first}
            frame={plateFrame(left + at * pitch + gap / 2, pitch - gap, plate.count / tree.unit, base)}
            state={states[at] ?? 'open'}
            share={(checked.done - plate.first) / plate.count}
          />
        ))}
        {tree.joints.map((joint) =>
          joint === rootJoint ? (
            <Node key="root" at={place(joint)} state={root} isRoot />
          ) : (
            <Node key={`${joint.first} ${joint.count}`} at={place(joint)} state={stateOf(joint, checked)} />
          ),
        )}
        <Seal at={{ x: top.x, y: SEAL_AT }} state={seal} witnesses={witnesses} />
      </svg>
      {size > 0 && (
        <div className="tree-scale" aria-hidden="true">
          <span
            className="scale-line"
            style={{
              width: `${(100 * (pitch - gap)) / width}%`,
              marginInlineStart: `${(100 * (left + gap / 2)) / width}%`,
            }}
          />
          {say('tree.unit', { count: tree.unit, shown: number(tree.unit) })}
        </div>
      )}
    </div>
  );
}

function layoutOf({ plates, rows }: TreeDrawing, width: number) {
  const pitch = Math.min(PITCH_MAX, (width - MARGIN) / Math.max(1, plates.length));
  const left = (width - pitch * plates.length) / 2;
  const base = ROOT_AT + Math.max(1, rows) * ROW_HEIGHT;
  const place = ({ x, row }: { x: number; row: number }) => ({
    x: left + x * pitch,
    y: base - row * ROW_HEIGHT,
  });
  return { pitch, left, base, place };
}

/** A plate that is not full yet is narrower, under the same branch. */
function plateFrame(x: number, wide: number, fullness: number, y: number) {
  const width = wide * Math.max(FULLNESS_MIN, fullness);
  return { x: x + (wide - width) / 2, y, width, height: PLATE_HEIGHT };
}
