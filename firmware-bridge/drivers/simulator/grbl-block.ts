import type { Word } from './gcode-line.ts';
import type { GrblFlavour } from './grbl-flavour.ts';

/** Numbers of the errors a block can have (GRBL 1.1 interface documentation). */
export type GrblError = 1 | 2 | 20 | 21 | 22 | 23 | 24 | 25 | 26 | 27 | 28 | 29 | 31 | 32 | 33 | 34 | 35 | 36;

/** What stays in force from block to block. */
export type Modal = {
  motion: 0 | 1 | 2 | 3 | 80;
  plane: 17 | 18 | 19;
  units: 20 | 21;
  distance: 90 | 91;
  system: number;
  feedMmPerMin: number;
  speedRpm: number;
  spindle: 3 | 4 | 5;
  coolant: 7 | 8 | 9;
};

export const freshModal = (): Modal => ({
  motion: 0,
  plane: 17,
  units: 21,
  distance: 90,
  system: 54,
  feedMmPerMin: 0,
  speedRpm: 0,
  spindle: 5,
  coolant: 9,
});

export type GrblBlock = {
  modal: Modal;
  /** Acts once: dwell, offsets, way points. */
  once: number | undefined;
  isMachine: boolean;
  /** The axis words belong to a motion. */
  moves: boolean;
  program: 0 | 1 | 2 | 30 | undefined;
  values: ReadonlyMap<string, number>;
  changesSpindle: boolean;
  /** M6 of firmwares that wait for a person to change the tool. */
  changesTool: boolean;
};

const MM_PER_INCH = 25.4;
const AXES = ['X', 'Y', 'Z'];
const LENGTHS = new Set(['X', 'Y', 'Z', 'I', 'J', 'K', 'R']);
const VALUES = new Set(['F', 'I', 'J', 'K', 'L', 'N', 'P', 'R', 'S', 'T', 'X', 'Y', 'Z']);
const LINE_NUMBER_MAX = 10_000_000;

/** Modal groups of the commands GRBL knows here; those that act once share a group. */
const GROUP_COMMANDS: Readonly<Record<string, string>> = {
  once: 'G4 G10 G28 G28.1 G30 G30.1 G53 G92 G92.1',
  motion: 'G0 G1 G2 G3 G80',
  plane: 'G17 G18 G19',
  units: 'G20 G21',
  distance: 'G90 G91',
  system: 'G54 G55 G56 G57 G58 G59',
  feed: 'G94',
  cutter: 'G40',
  length: 'G49',
  control: 'G61',
  arc: 'G91.1',
  program: 'M0 M1 M2 M30',
  spindle: 'M3 M4 M5',
  coolant: 'M7 M8 M9',
  tool: 'M6',
};
const GROUPS: ReadonlyMap<string, string> = new Map(
  Object.entries(GROUP_COMMANDS).flatMap(([group, commands]) =>
    commands.split(' ').map((command): [string, string] => [command, group]),
  ),
);
/** Commands that take the axis words for themselves. */
const AXIS_COMMANDS = new Set([10, 28, 28.1, 30, 30.1, 92]);
const NEED_AXES = new Set([10, 92]);

/** Reads a block against what is in force; nothing is changed. */
export function readBlock(
  words: readonly Word[],
  before: Modal,
  flavour: GrblFlavour = 'grbl',
): GrblBlock | GrblError {
  const modal = { ...before };
  const groups = new Map<string, number>();
  const values = new Map<string, number>();
  for (const { letter, value } of words) {
    const problem =
      letter === 'G' || letter === 'M'
        ? noteCommand(letter, value, groups)
        : noteValue(letter, value, values);
    if (problem !== undefined) return problem;
  }
  // GRBL itself knows no tool changes.
  if (groups.has('tool') && flavour === 'grbl') return 20;
  applyGroups(modal, groups);
  if (modal.units === 20) {
    for (const [letter, value] of values)
      if (LENGTHS.has(letter) || letter === 'F') values.set(letter, value * MM_PER_INCH);
  }
  const once = groups.get('once');
  const block: GrblBlock = {
    modal,
    once: once === 53 ? undefined : once,
    isMachine: once === 53,
    moves: false,
    program: programOf(groups.get('program')),
    values,
    changesTool: groups.has('tool'),
    changesSpindle: modal.spindle !== before.spindle || modal.coolant !== before.coolant,
  };
  return check(block, groups.has('motion'));
}

function noteCommand(letter: string, value: number, groups: Map<string, number>): GrblError | undefined {
  const group = GROUPS.get(`${letter}${value}`);
  if (group === undefined) return Number.isInteger(value) || letter === 'G' ? 20 : 23;
  if (groups.has(group)) return 21;
  groups.set(group, value);
  return;
}

function noteValue(letter: string, value: number, values: Map<string, number>): GrblError | undefined {
  if (!VALUES.has(letter)) return 20;
  if (values.has(letter)) return 25;
  if (letter === 'N' && (value < 0 || value > LINE_NUMBER_MAX)) return 27;
  if ((letter === 'N' || letter === 'T' || letter === 'L') && !Number.isInteger(value)) return 23;
  values.set(letter, value);
  return;
}

function applyGroups(modal: Modal, groups: ReadonlyMap<string, number>): void {
  const set = <Key extends keyof Modal>(key: Key, allowed: readonly Modal[Key][]) => {
    const found = allowed.find((one) => one === groups.get(key));
    if (found !== undefined) modal[key] = found;
  };
  set('motion', [0, 1, 2, 3, 80]);
  set('plane', [17, 18, 19]);
  set('units', [20, 21]);
  set('distance', [90, 91]);
  set('system', [54, 55, 56, 57, 58, 59]);
  set('spindle', [3, 4, 5]);
  set('coolant', [7, 8, 9]);
}

function programOf(value: number | undefined): GrblBlock['program'] {
  return value === 0 || value === 1 || value === 2 || value === 30 ? value : undefined;
}

function check(block: GrblBlock, hasMotionWord: boolean): GrblBlock | GrblError {
  const { modal, values, once } = block;
  const hasAxes = AXES.some((axis) => values.has(axis));
  modal.feedMmPerMin = values.get('F') ?? modal.feedMmPerMin;
  modal.speedRpm = values.get('S') ?? modal.speedRpm;
  const takesAxes = once !== undefined && AXIS_COMMANDS.has(once);
  if (takesAxes && hasMotionWord && hasAxes) return 24;
  block.moves = hasAxes && !takesAxes && once !== 4;
  const isArc = modal.motion === 2 || modal.motion === 3;
  if (!block.moves && hasMotionWord && isArc) return 26;
  return checkOnce(block, hasAxes) ?? checkMotion(block) ?? checkArc(block) ?? checkUnused(block) ?? block;
}

function checkOnce({ once, values }: GrblBlock, hasAxes: boolean): GrblError | undefined {
  if (once === undefined) return;
  if (once === 4) return values.has('P') ? (hasAxes ? 36 : undefined) : 28;
  if (NEED_AXES.has(once) && !hasAxes) return 26;
  if (once !== 10 || values.get('L') === 2 || values.get('L') === 20) return;
  return values.has('L') ? 20 : 28;
}

function checkMotion({ moves, modal }: GrblBlock): GrblError | undefined {
  if (!moves || modal.motion === 0) return;
  if (modal.motion === 80) return 31;
  return modal.feedMmPerMin <= 0 ? 22 : undefined;
}

function checkArc({ moves, modal, values }: GrblBlock): GrblError | undefined {
  if (!moves || (modal.motion !== 2 && modal.motion !== 3)) return;
  const [p, q] = planeAxes(modal.plane);
  const [first, second] = [AXES[p] ?? '', AXES[q] ?? ''];
  if (!values.has(first) && !values.has(second)) return 32;
  const offsets = ['I', 'J', 'K'];
  if (!values.has('R') && !values.has(offsets[p] ?? '') && !values.has(offsets[q] ?? '')) return 35;
  return;
}

/** A word that nothing takes is a mistake somewhere. */
function checkUnused({ once, moves, modal, values }: GrblBlock): GrblError | undefined {
  const isArc = moves && (modal.motion === 2 || modal.motion === 3);
  const unused =
    (!isArc && ['I', 'J', 'K', 'R'].some((letter) => values.has(letter))) ||
    (values.has('P') && once !== 4 && once !== 10) ||
    (values.has('L') && once !== 10);
  return unused ? 36 : undefined;
}

/** Indices of the axes of G17, G18 and G19. */
export function planeAxes(plane: 17 | 18 | 19): readonly [number, number] {
  if (plane === 17) return [0, 1];
  return plane === 18 ? [2, 0] : [1, 2];
}
