import type { MarlinCommand } from './marlin-command.ts';
import { MotionPlanner, type Path } from './motion-planner.ts';
import { type ArcWords, arc, arcSpeed, straight } from './paths.ts';

export type MarlinOptions = {
  /** Bed and height, mm; the origin is the front left corner of the bed. */
  bedMm: { x: number; y: number; z: number };
  maxMmPerS: { xy: number; z: number; e: number };
  accelerationMmPerS2: { xy: number; z: number; e: number };
  junctionDeviationMm: number;
  plannerBlocks: number;
  rxBytes: number;
  queueLines: number;
  /** M108, M112 and M410 are obeyed while they arrive, ahead of the queue. */
  hasEmergencyParser: boolean;
  /** Newer firmwares end a repeat request with `ok`. */
  saysOkAfterResend: boolean;
  hasAdvancedOk: boolean;
  /** A killed board starts anew when a host opens its port, as boards do that are wired to be reset by it. */
  restartsWhenKilled: boolean;
  /** What the receive buffer really holds, where that is not what the options say. */
  realRxBytes?: number;
};

export const defaultMarlinOptions: MarlinOptions = {
  bedMm: { x: 220, y: 220, z: 250 },
  maxMmPerS: { xy: 300, z: 12, e: 60 },
  accelerationMmPerS2: { xy: 1_000, z: 100, e: 3_000 },
  junctionDeviationMm: 0.013,
  plannerBlocks: 16,
  rxBytes: 128,
  queueLines: 4,
  hasEmergencyParser: true,
  saysOkAfterResend: true,
  hasAdvancedOk: false,
  restartsWhenKilled: true,
};

const S_PER_MIN = 60;
const MM_PER_INCH = 25.4;
const AXES = ['X', 'Y', 'Z', 'E'] as const;
const COLD_C = 170;

/** What Marlin keeps about motion: modes, where the queue will end, and how the program's zero lies. */
export class MarlinMotion {
  readonly planner: MotionPlanner;
  readonly #options: MarlinOptions;
  /** End of everything planned, in bed coordinates. */
  planned: number[] = [0, 0, 0, 0];
  /** Bed coordinates of the program's zero (G92). */
  shift: number[] = [0, 0, 0, 0];
  isHomed = false;
  #isRelative = false;
  #isExtruderRelative = false;
  #scale = 1;
  #feedMmPerMin = 1_500;

  constructor(options: MarlinOptions) {
    this.#options = options;
    const { plannerBlocks, junctionDeviationMm } = options;
    this.planner = new MotionPlanner({ capacity: plannerBlocks, junctionDeviationMm, at: this.planned });
  }

  /** Obeys the codes that only change modes; false for another code. */
  setMode({ code, values }: MarlinCommand): boolean {
    if (code === 'G90' || code === 'G91') {
      this.#isRelative = code === 'G91';
      this.#isExtruderRelative = this.#isRelative;
    } else if (code === 'M82' || code === 'M83') this.#isExtruderRelative = code === 'M83';
    else if (code === 'G20' || code === 'G21') this.#scale = code === 'G20' ? MM_PER_INCH : 1;
    else if (code === 'G92') this.#renamePlace(values);
    else return false;
    return true;
  }

  #renamePlace(values: ReadonlyMap<string, number>): void {
    const all = values.size === 0;
    this.shift = this.shift.map((old, axis) => {
      const value = values.get(AXES[axis] ?? '');
      if (value === undefined && !all) return old;
      return (this.planned[axis] ?? 0) - (value ?? 0) * this.#scale;
    });
  }

  /** Plans G0 to G3. Returns what Marlin says about it, if anything. The caller has made sure of a free block. */
  move(command: MarlinCommand, nozzleC: number, tag: number, nowMs: number): string | undefined {
    const { values } = command;
    const feed = values.get('F');
    if (feed !== undefined && feed > 0) this.#feedMmPerMin = feed * this.#scale;
    const to = this.#target(values);
    const isCold = to[3] !== this.planned[3] && nozzleC < COLD_C;
    if (isCold) {
      this.shift[3] = (this.shift[3] ?? 0) - ((to[3] ?? 0) - (this.planned[3] ?? 0));
      to[3] = this.planned[3] ?? 0;
    }
    const said = isCold ? 'echo: cold extrusion prevented' : undefined;
    const path = this.#path(command, to);
    if (path === undefined) return 'echo:G2/G3 bad parameters';
    this.planned = [...path.path.to];
    if (path.path.lengthMm > 0) this.planner.push(path.path, path.speed, path.acceleration, tag, nowMs);
    return said;
  }

  #path(
    { code, values }: MarlinCommand,
    to: number[],
  ): { path: Path; speed: number; acceleration: number } | undefined {
    const wanted = this.#feedMmPerMin / S_PER_MIN;
    const { maxMmPerS, accelerationMmPerS2 } = this.#options;
    if (code === 'G0' || code === 'G1') {
      const path = straight(this.planned, to);
      const flat = Math.hypot(path.startDirection[0] ?? 0, path.startDirection[1] ?? 0);
      const up = Math.abs(path.startDirection[2] ?? 0);
      if (flat === 0 && up === 0)
        return { path, speed: Math.min(wanted, maxMmPerS.e), acceleration: accelerationMmPerS2.e };
      const limit = (xy: number, z: number) =>
        Math.min(flat > 0 ? xy / flat : Infinity, up > 0 ? z / up : Infinity);
      return {
        path,
        speed: Math.min(wanted, limit(maxMmPerS.xy, maxMmPerS.z)),
        acceleration: limit(accelerationMmPerS2.xy, accelerationMmPerS2.z),
      };
    }
    const radius = values.get('R');
    const words: ArcWords = {
      isClockwise: code === 'G2',
      plane: [0, 1],
      ...(radius === undefined
        ? { offset: [(values.get('I') ?? 0) * this.#scale, (values.get('J') ?? 0) * this.#scale] }
        : { radiusMm: radius * this.#scale }),
    };
    const path = arc(this.planned, to, words);
    if (typeof path === 'number') return;
    const acceleration = accelerationMmPerS2.xy;
    return { path, speed: Math.min(wanted, maxMmPerS.xy, arcSpeed(path, words, acceleration)), acceleration };
  }

  /** A homed printer clamps what would leave its bed; one that is not homed trusts its host. */
  #target(values: ReadonlyMap<string, number>): number[] {
    const { bedMm } = this.#options;
    const limits = [bedMm.x, bedMm.y, bedMm.z];
    return AXES.map((letter, axis) => {
      const value = values.get(letter);
      const now = this.planned[axis] ?? 0;
      if (value === undefined) return now;
      const isRelative = axis === 3 ? this.#isExtruderRelative : this.#isRelative;
      const to = isRelative ? now + value * this.#scale : value * this.#scale + (this.shift[axis] ?? 0);
      const limit = limits[axis];
      return limit === undefined || !this.isHomed ? to : Math.min(limit, Math.max(0, to));
    });
  }

  stop(nowMs: number): void {
    this.planned = this.planner.stop(nowMs);
  }

  home(values: ReadonlyMap<string, number>): void {
    const all = !['X', 'Y', 'Z'].some((letter) => values.has(letter));
    this.planned = this.planned.map((old, axis) =>
      axis < 3 && (all || values.has(AXES[axis] ?? '')) ? 0 : old,
    );
    this.shift = [0, 0, 0, this.shift[3] ?? 0];
    this.isHomed = true;
    this.planner.place(this.planned);
  }

  /** As M114 writes it; `isReal` asks for the tool instead of the end of the queue. */
  report(isReal: boolean, nowMs: number): string {
    const at = isReal ? this.planner.position(nowMs) : this.planned;
    const shown = at.map((value, axis) => value - (this.shift[axis] ?? 0));
    const [x, y, z, e] = shown.map((value) => value.toFixed(2));
    const counts = at.map((value) => Math.round(value * 80));
    return `X:${x} Y:${y} Z:${z} E:${e} Count X:${counts[0]} Y:${counts[1]} Z:${counts[2]}`;
  }
}
