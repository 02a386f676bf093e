/** A cutter as it is clamped in a router, and how that router is run with it. */
export type Cutter = {
  /** As measured, not as sold: every offset follows from it. */
  diameterMm: number;
  flutes?: number;
  /** Along a level. */
  feedMmPerMin: number;
  /** Wherever the cutter goes down into the material. */
  plungeMmPerMin: number;
  spindleRpm: number;
  /** Deepest cut of one pass. */
  passDepthMm: number;
  /** Above the top face and above every clamp: the only height at which the tool crosses the sheet without cutting. */
  safeZMm: number;
  /** How far a through cut goes into the board under the sheet. */
  spoilMm: number;
  /** Bridges that hold a part in its sheet; null where a vacuum table holds it. */
  tab: TabRule | null;
  dialect: 'grbl';
  /** Climb: the usual choice of a stiff machine. Conventional: less pull on a weak one. */
  direction: 'climb' | 'conventional';
};

export type TabRule = {
  /** Width of the bridge at its top. */
  widthMm: number;
  /** Height above the underside of the sheet. */
  heightMm: number;
  /** At least so many a part where it has room. */
  perPart: number;
  /** And at least one for each such length of the outline. */
  everyMm: number;
};

/** What the machine reaches, in the program's own coordinates: X and Y from the sheet's lower left corner, Z from its top face. */
export type MachineEnvelope = {
  minMm: readonly [number, number, number];
  maxMm: readonly [number, number, number];
};

/** What a machine can do, for estimating time: GRBL's `$110`-`$112` and `$120`-`$122`, Marlin's `M203` and `M201`. */
export type MotionLimits = {
  rapidMmPerMin: number;
  accelerationMmPerS2: number;
  /** GRBL `$11`: how far a corner may be cut for speed. */
  junctionDeviationMm: number;
};

/** Something that keeps a program from being made or run, with its measures. */
export type Refusal = {
  code:
    | 'cutter-impossible'
    | 'opening-narrower-than-cutter'
    | 'notch-narrower-than-cutter'
    | 'pocket-narrower-than-cutter'
    | 'parts-closer-than-cutter'
    | 'too-small-for-tabs'
    | 'beyond-travel';
  /** Says what is wrong and what would mend it. */
  sentence: string;
  partId?: string;
  copy?: number;
  details: Readonly<Record<string, number | string>>;
};
