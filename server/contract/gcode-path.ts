/**
 * Where the tool of a G-code program goes: for drawing it line by line, and for estimating its time.
 * Reads the words that GRBL 1.1 and Marlin share (G0-G3, G20/G21, G28, G90/G91, G92, M82/M83); comments, unknown words and
 * moves in machine coordinates (G53) are passed over, so a drawing never fails.
 */
export type ProgramPath = {
  /** `cut` when nothing in the program extrudes, else `print`. */
  process: 'cut' | 'print';
  /** Segments in `segments`, `lines`, `kinds` and `feeds`. */
  count: number;
  /** Six numbers a segment: x0 y0 z0 x1 y1 z1, millimetres. */
  segments: Float32Array;
  /** Index of the line (from 0) that each segment comes from; never decreases. */
  lines: Uint32Array;
  /** `TRAVEL` or `WORK`, one a segment. */
  kinds: Uint8Array;
  /** Feed in mm/min, one a segment; 0 for a rapid, which goes as fast as the machine can. */
  feeds: Float32Array;
  /** Box around all moves; absent for a program without moves. */
  bounds?: PathBounds;
  /** Box around the cuts or extrusions only. */
  workBounds?: PathBounds;
  /** Sum of all `G4` pauses. */
  dwellSeconds: number;
};

export type PathBounds = { min: [number, number, number]; max: [number, number, number] };

/** A rapid of a router, or a move of a printer that extrudes nothing. */
export const TRAVEL = 0;
/** A cut or an extrusion. */
export const WORK = 1;

/** Fine enough that a drawn arc looks round on a whole sheet. */
const DEFAULT_CHORD_ERROR_MM = 0.05;
/** Bounds the memory that one line of a hostile program can take. */
const MAX_SEGMENTS_PER_ARC = 2_000;
const MM_PER_INCH = 25.4;
const FULL_TURN = 2 * Math.PI;

type Words = Map<string, number>;

type Modal = {
  motion: number;
  scale: number;
  isRelative: boolean;
  isExtruderRelative: boolean;
  plane: number;
  feed: number;
  at: [number, number, number];
  knowsX: boolean;
  knowsY: boolean;
  extruded: number;
};

/** Growing typed arrays: a program of 200,000 lines must not become as many objects. */
class Segments {
  count = 0;
  dwellSeconds = 0;
  extrudes = false;
  coordinates = new Float32Array(6 * 1024);
  lines = new Uint32Array(1024);
  feeds = new Float32Array(1024);
  /** Bit 0: a feed move; bit 1: the extruder advanced. */
  flags = new Uint8Array(1024);

  add(from: readonly number[], to: readonly number[], line: number, feed: number, flags: number): void {
    if (this.count === this.lines.length) this.grow();
    this.coordinates.set(from, this.count * 6);
    this.coordinates.set(to, this.count * 6 + 3);
    this.lines[this.count] = line;
    this.feeds[this.count] = feed;
    this.flags[this.count] = flags;
    this.count += 1;
  }

  private grow(): void {
    const size = this.lines.length * 2;
    const coordinates = new Float32Array(size * 6);
    coordinates.set(this.coordinates);
    const lines = new Uint32Array(size);
    lines.set(this.lines);
    const feeds = new Float32Array(size);
    feeds.set(this.feeds);
    const flags = new Uint8Array(size);
    flags.set(this.flags);
    Object.assign(this, { coordinates, lines, feeds, flags });
  }
}

/**
 * Follows a program and returns its moves as line segments, arcs divided so that a chord stays within `chordErrorMm` of its arc.
 * The first move to a place is not drawn, because where the tool stood before is not known.
 */
export function readProgramPath(
  program: string | readonly string[],
  options: { chordErrorMm?: number } = {},
): ProgramPath {
  const chordErrorMm = options.chordErrorMm ?? DEFAULT_CHORD_ERROR_MM;
  const lines = typeof program === 'string' ? program.split('\n') : program;
  const segments = new Segments();
  const modal: Modal = {
    motion: 0,
    scale: 1,
    isRelative: false,
    isExtruderRelative: false,
    plane: 17,
    feed: 0,
    at: [0, 0, 0],
    knowsX: false,
    knowsY: false,
    extruded: 0,
  };
  const words: Words = new Map();
  const codes: string[] = [];
  for (let index = 0; index < lines.length; index++) {
    readWords(lines[index] ?? '', words, codes);
    if (words.size > 0 || codes.length > 0) obey(modal, words, codes, segments, index, chordErrorMm);
  }
  return finish(segments);
}

/** Fills `words` (letter → number, the last one wins) and `codes` (`G1`, `M3`, ... in order). */
function readWords(line: string, words: Words, codes: string[]): void {
  words.clear();
  codes.length = 0;
  const text = line.includes('(') ? line.replace(/\([^)]*\)?/g, ' ') : line;
  const end = text.indexOf(';');
  const length = end < 0 ? text.length : end;
  let i = 0;
  while (i < length) {
    const code = text.charCodeAt(i) & ~32;
    i += 1;
    if (code < 65 || code > 90) continue;
    const start = i;
    while (i < length && isNumberCharacter(text.charCodeAt(i))) i += 1;
    const value = Number(text.slice(start, i));
    if (start === i || Number.isNaN(value)) continue;
    if (code === 71 || code === 77) codes.push(String.fromCharCode(code) + value);
    else words.set(String.fromCharCode(code), value);
  }
}

function isNumberCharacter(code: number): boolean {
  return (code >= 48 && code <= 57) || code === 46 || code === 45 || code === 43 || code === 32;
}

function obey(
  modal: Modal,
  words: Words,
  codes: readonly string[],
  segments: Segments,
  line: number,
  chordErrorMm: number,
): void {
  let moves = true;
  for (const code of codes) {
    if (!setMode(modal, code)) moves = obeyCode(modal, code, words, segments) && moves;
  }
  const feed = words.get('F');
  if (feed !== undefined) modal.feed = feed * modal.scale;
  const goesSomewhere = words.has('X') || words.has('Y') || words.has('Z') || words.has('E');
  if (!moves || !goesSomewhere) return;
  move(modal, words, segments, line, chordErrorMm);
}

/** Codes that only change how later words are read. */
function setMode(modal: Modal, code: string): boolean {
  switch (code) {
    case 'G0':
    case 'G1':
    case 'G2':
    case 'G3':
      modal.motion = Number(code.slice(1));
      return true;
    case 'G17':
    case 'G18':
    case 'G19':
      modal.plane = Number(code.slice(1));
      return true;
    case 'G20':
      modal.scale = MM_PER_INCH;
      return true;
    case 'G21':
      modal.scale = 1;
      return true;
    case 'G90':
    case 'G91':
      modal.isRelative = code === 'G91';
      modal.isExtruderRelative = modal.isRelative;
      return true;
    case 'M82':
    case 'M83':
      modal.isExtruderRelative = code === 'M83';
      return true;
    default:
      return false;
  }
}

/** Codes that act once; false when the coordinates of the line are not a move. */
function obeyCode(modal: Modal, code: string, words: Words, segments: Segments): boolean {
  if (code === 'G4') segments.dwellSeconds += words.get('S') ?? dwellOfP(words, segments.extrudes);
  if (code === 'G28') goHome(modal, words);
  if (code === 'G92') renamePlace(modal, words);
  return !PLACELESS.has(code) && code.charAt(0) === 'G';
}

/** Codes whose coordinates are not a place to go to in the program's own coordinates. */
const PLACELESS = new Set(['G4', 'G10', 'G28', 'G30', 'G53', 'G92']);

function goHome(modal: Modal, words: Words): void {
  const all = !words.has('X') && !words.has('Y') && !words.has('Z');
  if (all || words.has('X')) setAxis(modal, 0, 0);
  if (all || words.has('Y')) setAxis(modal, 1, 0);
  if (all || words.has('Z')) setAxis(modal, 2, 0);
}

function renamePlace(modal: Modal, words: Words): void {
  const [x, y, z, e] = [words.get('X'), words.get('Y'), words.get('Z'), words.get('E')];
  if (x !== undefined) setAxis(modal, 0, x * modal.scale);
  if (y !== undefined) setAxis(modal, 1, y * modal.scale);
  if (z !== undefined) setAxis(modal, 2, z * modal.scale);
  if (e !== undefined) modal.extruded = e * modal.scale;
}

/** GRBL counts P in seconds, Marlin in milliseconds. */
function dwellOfP(words: Words, isPrinter: boolean): number {
  const p = words.get('P') ?? 0;
  return isPrinter ? p / 1000 : p;
}

function setAxis(modal: Modal, axis: 0 | 1 | 2, value: number): void {
  modal.at[axis] = value;
  if (axis === 0) modal.knowsX = true;
  if (axis === 1) modal.knowsY = true;
}

function target(modal: Modal, words: Words): [number, number, number] {
  const along = (letter: string, axis: 0 | 1 | 2): number => {
    const value = words.get(letter);
    if (value === undefined) return modal.at[axis];
    return modal.isRelative ? modal.at[axis] + value * modal.scale : value * modal.scale;
  };
  return [along('X', 0), along('Y', 1), along('Z', 2)];
}

/** How much filament the line pushes; negative for a retraction. */
function extrusion(modal: Modal, words: Words, segments: Segments): number {
  const e = words.get('E');
  if (e === undefined) return 0;
  segments.extrudes = true;
  const to = modal.isExtruderRelative ? modal.extruded + e * modal.scale : e * modal.scale;
  const pushed = to - modal.extruded;
  modal.extruded = to;
  return pushed;
}

function move(modal: Modal, words: Words, segments: Segments, line: number, chordErrorMm: number): void {
  const from = [...modal.at] as [number, number, number];
  const to = target(modal, words);
  const flags = (modal.motion === 0 ? 0 : 1) | (extrusion(modal, words, segments) > 0 ? 2 : 0);
  const isDrawn = modal.knowsX && modal.knowsY;
  modal.knowsX ||= words.has('X');
  modal.knowsY ||= words.has('Y');
  modal.at = to;
  if (!isDrawn) return;
  const feed = modal.motion === 0 ? 0 : modal.feed;
  const arc = modal.motion >= 2 && modal.plane === 17 ? arcOf(from, to, words, modal) : undefined;
  if (arc !== undefined) addArc(segments, from, to, arc, { line, feed, flags, chordErrorMm });
  else if (from[0] !== to[0] || from[1] !== to[1] || from[2] !== to[2]) {
    segments.add(from, to, line, feed, flags);
  }
}

type Arc = { x: number; y: number; radius: number; start: number; sweep: number };

/** Centre and signed sweep from I and J, or from R; nothing for an arc that has neither, which is drawn straight. */
function arcOf(
  from: readonly [number, number, number],
  to: readonly [number, number, number],
  words: Words,
  modal: Modal,
): Arc | undefined {
  const isClockwise = modal.motion === 2;
  let [i, j] = [(words.get('I') ?? 0) * modal.scale, (words.get('J') ?? 0) * modal.scale];
  const r = words.get('R');
  if (i === 0 && j === 0) {
    if (r === undefined) return;
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    const chord = Math.hypot(dx, dy);
    const radius = r * modal.scale;
    if (chord === 0) return;
    const height = Math.sqrt(Math.max(0, radius * radius - (chord * chord) / 4));
    const side = isClockwise === radius > 0 ? 1 : -1;
    i = dx / 2 + (side * height * dy) / chord;
    j = dy / 2 - (side * height * dx) / chord;
  }
  const [x, y] = [from[0] + i, from[1] + j];
  const start = Math.atan2(from[1] - y, from[0] - x);
  let sweep = Math.atan2(to[1] - y, to[0] - x) - start;
  if (isClockwise) while (sweep >= -1e-9) sweep -= FULL_TURN;
  else while (sweep <= 1e-9) sweep += FULL_TURN;
  return { x, y, radius: Math.hypot(i, j), start, sweep };
}

function addArc(
  segments: Segments,
  from: readonly [number, number, number],
  to: readonly [number, number, number],
  arc: Arc,
  of: { line: number; feed: number; flags: number; chordErrorMm: number },
): void {
  const sagitta = Math.min(of.chordErrorMm, arc.radius / 2);
  const step = 2 * Math.acos(1 - sagitta / arc.radius);
  const pieces = Math.min(MAX_SEGMENTS_PER_ARC, Math.max(2, Math.ceil(Math.abs(arc.sweep) / step)));
  let last: readonly number[] = from;
  for (let piece = 1; piece <= pieces; piece++) {
    const share = piece / pieces;
    const angle = arc.start + arc.sweep * share;
    const next: readonly number[] =
      piece === pieces
        ? to
        : [
            arc.x + arc.radius * Math.cos(angle),
            arc.y + arc.radius * Math.sin(angle),
            from[2] + (to[2] - from[2]) * share,
          ];
    segments.add(last, next, of.line, of.feed, of.flags);
    last = next;
  }
}

function finish(segments: Segments): ProgramPath {
  const { count } = segments;
  const kinds = new Uint8Array(count);
  const workBit = segments.extrudes ? 2 : 1;
  const all = emptyBounds();
  const work = emptyBounds();
  for (let index = 0; index < count; index++) {
    const isWork = ((segments.flags[index] ?? 0) & workBit) !== 0;
    kinds[index] = isWork ? WORK : TRAVEL;
    widen(all, segments.coordinates, index);
    if (isWork) widen(work, segments.coordinates, index);
  }
  return {
    process: segments.extrudes ? 'print' : 'cut',
    count,
    segments: segments.coordinates.slice(0, count * 6),
    lines: segments.lines.slice(0, count),
    kinds,
    feeds: segments.feeds.slice(0, count),
    ...(count > 0 ? { bounds: all } : {}),
    ...(kinds.includes(WORK) ? { workBounds: work } : {}),
    dwellSeconds: segments.dwellSeconds,
  };
}

function emptyBounds(): PathBounds {
  return { min: [Infinity, Infinity, Infinity], max: [-Infinity, -Infinity, -Infinity] };
}

function widen(bounds: PathBounds, coordinates: Float32Array, segment: number): void {
  for (let k = 0; k < 6; k++) {
    const value = coordinates[segment * 6 + k] ?? 0;
    const axis = (k % 3) as 0 | 1 | 2;
    if (value < bounds.min[axis]) bounds.min[axis] = value;
    if (value > bounds.max[axis]) bounds.max[axis] = value;
  }
}
