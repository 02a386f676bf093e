import { z } from 'zod';
import { Slug } from './manufacturing.ts';
import { Id, TimeMs } from './quantities.ts';
import { CommunityView, EntryLine, MachineLive, Views } from './views.ts';

/**
 * What travels over Socket.IO (path `/live`). A page asks to `follow` from the ledger index it has; the answer is
 * a snapshot or the changes since then. Changes are numbered by ledger size: a page applies a delta whose `from`
 * equals the size it has, and asks again when there is a gap. Telemetry is not numbered and may be lost.
 */

export const Telemetry = z.strictObject({
  lab: Slug,
  machine: Slug,
  job: Id,
  timeMs: TimeMs,
  state: z.enum(['running', 'paused']),
  /** Work coordinates: from the lower left corner of the sheet or bed; top of the sheet is Z 0. */
  positionMm: z.tuple([z.number(), z.number(), z.number()]).optional(),
  /** Index of the program line being executed, from 0. */
  line: z.int().nonnegative(),
  linesTotal: z.int().nonnegative(),
  /** Share of the planned time that is done, 0 to 1. */
  progress: z.number().min(0).max(1),
  secondsLeft: z.number().nonnegative().optional(),
  feedMmPerMin: z.number().optional(),
  spindleRpm: z.number().optional(),
  nozzleC: z.number().optional(),
  nozzleTargetC: z.number().optional(),
  bedC: z.number().optional(),
  bedTargetC: z.number().optional(),
});
export type Telemetry = z.infer<typeof Telemetry>;

/** Who the visitor is and may do: `canAct` is false until a needed key is given. */
export const Visitor = z.strictObject({ agent: Slug, name: z.string(), canAct: z.boolean() });
export type Visitor = z.infer<typeof Visitor>;

export const Snapshot = z.strictObject({
  kind: z.literal('snapshot'),
  /** Ledger size that the views are a fold of. */
  size: z.int().nonnegative(),
  /** Tells two servers or two data folders apart: a page that sees another one starts over. */
  log: z.string(),
  community: CommunityView,
  visitor: Visitor,
  views: Views,
  machines: z.array(MachineLive),
  telemetry: z.array(Telemetry),
  /** The newest entries, oldest first. */
  entries: z.array(EntryLine),
});
export type Snapshot = z.infer<typeof Snapshot>;

export const Delta = z.strictObject({
  kind: z.literal('delta'),
  from: z.int().nonnegative(),
  to: z.int().nonnegative(),
  /** Whole views of everything that changed between the two sizes. */
  changed: Views.partial(),
  entries: z.array(EntryLine),
});
export type Delta = z.infer<typeof Delta>;

export const Follow = z.strictObject({ log: z.string().optional(), since: z.int().nonnegative().optional() });
export type Follow = z.infer<typeof Follow>;

export interface ServerToPage {
  delta: (delta: Delta) => void;
  machines: (machines: MachineLive[]) => void;
  telemetry: (telemetry: Telemetry[]) => void;
}

export interface PageToServer {
  follow: (request: Follow, answer: (reply: Snapshot | Delta) => void) => void;
}

export const LIVE_PATH = '/live';
