import { z } from 'zod';
import { Caption, Process } from './design.ts';
import { EntryParameters, FailureCause, Price, RulePack, Share } from './entries.ts';
import {
  Candidate,
  JobFile,
  MachineDescription,
  Position,
  Refusal,
  Requirement,
  Slug,
  StockLot,
} from './manufacturing.ts';
import { ContentHash, Id, TimeMs } from './quantities.ts';

/** What pages see: the fold of the ledger, one view for each thing, replaced whole when it changes. */

export const DesignView = z.strictObject({
  design: Slug,
  version: ContentHash,
  /** 1, 2, 3 … in the order of publication. */
  number: z.int().positive(),
  name: z.string(),
  caption: Caption,
  licence: z.string(),
  processes: z.array(Process),
  contributors: z.array(z.strictObject({ agent: Slug, name: z.string(), weight: z.int() })),
  summary: ContentHash,
  publishedMs: TimeMs,
  /** Finished orders of any version, and jobs on a machine now. */
  made: z.int().nonnegative(),
  running: z.int().nonnegative(),
});
export type DesignView = z.infer<typeof DesignView>;

export const MachineView = z.strictObject({ description: MachineDescription, lab: Slug });
export type MachineView = z.infer<typeof MachineView>;

export const LabView = z.strictObject({
  lab: Slug,
  name: z.string(),
  place: z.string(),
  position: Position.optional(),
  consent: z.enum(['automatic', 'by-hand']),
  bedClear: z.enum(['automatic', 'by-hand']),
  openedMs: TimeMs,
  machines: z.array(MachineDescription),
  stock: z.array(StockLot),
});
export type LabView = z.infer<typeof LabView>;

export const JobState = z.enum([
  'wanted',
  'offered',
  'taken',
  'preparing',
  'running',
  'unknown',
  'made',
  'failed',
  'cancelled',
]);
export type JobState = z.infer<typeof JobState>;

/** One line of what happened, with the index of the entry that says so. */
export const HistoryLine = z.strictObject({ index: z.int().nonnegative(), type: z.string(), timeMs: TimeMs });
export type HistoryLine = z.infer<typeof HistoryLine>;

export const JobView = z.strictObject({
  job: Id,
  order: Id,
  number: z.int(),
  of: z.int(),
  title: z.string(),
  design: Slug,
  designName: Caption,
  designNumber: z.int(),
  requirement: Requirement,
  state: JobState,
  /** Taken or offered: who, and under which fence. */
  lab: Slug.optional(),
  machine: Slug.optional(),
  execution: Id.optional(),
  fence: z.int().optional(),
  /** Prepared and waiting for a person to say that the bed is clear. */
  waitsForBedClear: z.boolean(),
  file: JobFile,
  program: JobFile.optional(),
  programLines: z.int().optional(),
  estimatedSeconds: z.int(),
  openedMs: TimeMs,
  changedMs: TimeMs,
  startedMs: TimeMs.optional(),
  endedMs: TimeMs.optional(),
  seconds: z.int().optional(),
  failure: z
    .strictObject({
      cause: FailureCause,
      code: z.string().optional(),
      words: z.string(),
      line: z.int().optional(),
    })
    .optional(),
  doubt: z.strictObject({ reason: z.string(), line: z.int().optional() }).optional(),
  cancelled: z.strictObject({ by: Slug, reason: z.string() }).optional(),
  /** For wanted jobs: who fits, best first, and why the others do not. */
  candidates: z.array(Candidate),
  refusals: z.array(Refusal),
  history: z.array(HistoryLine),
});
export type JobView = z.infer<typeof JobView>;

export const OrderView = z.strictObject({
  order: Id,
  by: Slug,
  byName: z.string(),
  design: Slug,
  designName: Caption,
  version: ContentHash,
  parameters: EntryParameters,
  quantity: z.int(),
  state: z.enum(['placed', 'evaluated', 'completed', 'cancelled']),
  placedMs: TimeMs,
  completedMs: TimeMs.optional(),
  report: ContentHash.optional(),
  price: Price.optional(),
  /** Before the end: what each would get if everything goes as planned; afterwards: what each got. */
  shares: z.array(Share),
  isShared: z.boolean(),
  rulePackVersion: z.int().optional(),
  jobs: z.array(Id),
  history: z.array(HistoryLine),
});
export type OrderView = z.infer<typeof OrderView>;

/** Minor units as decimal text; the sum over all accounts is always zero. */
export const AccountView = z.strictObject({
  agent: Slug,
  name: z.string(),
  kind: z.enum(['person', 'lab', 'community', 'fund']),
  balanceMinor: z.string(),
  receivedMinor: z.string(),
  paidMinor: z.string(),
  currency: z.string(),
});
export type AccountView = z.infer<typeof AccountView>;

export const EntryLine = z.strictObject({
  index: z.int().nonnegative(),
  type: z.string(),
  stream: z.string(),
  timeMs: TimeMs,
});
export type EntryLine = z.infer<typeof EntryLine>;

/** What a machine is doing now: heard from its bridge, not from the ledger. */
export const MachineLive = z.strictObject({
  lab: Slug,
  machine: Slug,
  state: z.enum(['offline', 'connecting', 'idle', 'running', 'paused', 'busy', 'alarm', 'needs-operator']),
  /** The machine's own words where it stopped. */
  words: z.string().optional(),
  sinceMs: TimeMs,
});
export type MachineLive = z.infer<typeof MachineLive>;

export const Views = z.strictObject({
  designs: z.array(DesignView),
  labs: z.array(LabView),
  orders: z.array(OrderView),
  jobs: z.array(JobView),
  accounts: z.array(AccountView),
});
export type Views = z.infer<typeof Views>;

export const CommunityView = z.strictObject({ name: z.string(), rulePack: RulePack });
export type CommunityView = z.infer<typeof CommunityView>;
