import { z } from 'zod';
import { Caption } from './design.ts';
import {
  JobFile,
  MachineDescription,
  Position,
  RankingWeights,
  Requirement,
  Slug,
  StockLot,
} from './manufacturing.ts';
import { ContentHash, Id, IntegerText, Money, Quantity, TimeMs } from './quantities.ts';

/**
 * Every kind of entry and the data it carries. An entry is a fact that a stranger could care about:
 * whole numbers and text only, never floating point, never personal data beyond a chosen public name.
 */

const Name = z.string().min(1).max(120);
const Reason = z.string().min(1).max(500);
const Fence = z.int().positive();

/** Parameter values as an entry holds them: whole numbers as they are, other numbers as decimal text. */
export const EntryParameters = z.record(
  z.string().max(80),
  z.union([z.int(), z.string().max(500), z.boolean()]),
);
export type EntryParameters = z.infer<typeof EntryParameters>;

/** A ValueFlows 1.0 EconomicEvent. */
export const EconomicEvent = z.strictObject({
  id: Id,
  action: z.enum(['consume', 'use', 'work', 'produce', 'transfer', 'cite']),
  provider: Slug,
  receiver: Slug,
  inputOf: z.string().max(120).optional(),
  outputOf: z.string().max(120).optional(),
  resourceConformsTo: z.string().max(120).optional(),
  resourceQuantity: Quantity.optional(),
  effortQuantity: Quantity.optional(),
  /** For a transfer of money. */
  money: Money.optional(),
  hasPointInTime: TimeMs,
});
export type EconomicEvent = z.infer<typeof EconomicEvent>;

/** One line of a price, in minor units. */
export const PriceLine = z.strictObject({
  kind: z.enum(['material', 'machine', 'work', 'design', 'fund']),
  minor: IntegerText,
});
export type PriceLine = z.infer<typeof PriceLine>;

export const Price = z.strictObject({ total: Money, lines: z.array(PriceLine) });
export type Price = z.infer<typeof Price>;

/** The published rule by which prices are made and income is shared. Rates are in minor units. */
export const RulePack = z.strictObject({
  version: z.int().positive(),
  currency: z.string().regex(/^[A-Z]{3}$/),
  /** Shares of the price, in hundredths of a percent; what is left goes to the labs. */
  designBasisPoints: z.int().min(0).max(10_000),
  fundBasisPoints: z.int().min(0).max(10_000),
  sheetMinorPerM2: z.array(z.strictObject({ material: z.string(), thicknessUm: z.int(), minor: z.int() })),
  otherSheetMinorPerM2: z.int().nonnegative(),
  filamentMinorPerKg: z.int().nonnegative(),
  machineMinorPerHour: z.strictObject({ cut: z.int().nonnegative(), print: z.int().nonnegative() }),
  workMinorPerJob: z.int().nonnegative(),
  /** By what machines are ranked for a job; the default weights where the community has not decided. */
  ranking: RankingWeights.optional(),
});
export type RulePack = z.infer<typeof RulePack>;

export const ShareReason = z.enum(['design', 'work', 'material-and-machine', 'fund']);
export type ShareReason = z.infer<typeof ShareReason>;

export const Share = z.strictObject({ agent: Slug, reason: ShareReason, minor: IntegerText });
export type Share = z.infer<typeof Share>;

/** What is common to every fact about one attempt to run a job. */
const execution = { job: Id, execution: Id, lab: Slug, machine: Slug, fence: Fence };

export const FailureCause = z.enum([
  'alarm',
  'error',
  'link-lost',
  'firmware-reset',
  'interrupted',
  'noise',
  'thermal',
  'bad-file',
  'cannot-prepare',
  'resolved-by-person',
]);
export type FailureCause = z.infer<typeof FailureCause>;

/** did:key of an Ed25519 key; the rules also refuse encodings for which anybody can make signatures. */
const DidKey = z.string().startsWith('did:key:z6Mk');

export const entryData = {
  'agent.joined': z.strictObject({
    agent: Slug,
    kind: z.enum(['person', 'lab', 'community', 'fund']),
    name: Name,
  }),
  'key.enrolled': z.strictObject({
    agent: Slug,
    key: DidKey,
    purpose: z.enum(['bridge', 'person', 'server']),
  }),
  'key.revoked': z.strictObject({ agent: Slug, key: DidKey, reason: Reason }),
  'rulepack.adopted': z.strictObject({ community: Slug, rulePack: RulePack }),

  'design.published': z.strictObject({
    design: Slug,
    version: ContentHash,
    number: z.int().positive(),
    name: Name,
    caption: Caption,
    licence: z.string().max(80),
    processes: z.array(z.enum(['cut', 'print'])),
    by: Slug,
    contributors: z.array(z.strictObject({ agent: Slug, name: Name, weight: z.int().positive() })).min(1),
    /** The summary that the gallery reads, as a blob of JSON. */
    summary: ContentHash,
    files: z.array(z.strictObject({ path: z.string(), hash: ContentHash, bytes: z.int() })).min(1),
  }),

  'lab.opened': z.strictObject({
    lab: Slug,
    name: Name,
    place: z.string().max(120),
    position: Position.optional(),
    consent: z.enum(['automatic', 'by-hand']),
    bedClear: z.enum(['automatic', 'by-hand']),
    by: Slug,
  }),
  /** Enrols the bridge's key; the lab's former one ends. */
  'bridge.paired': z.strictObject({ lab: Slug, key: DidKey }),
  'bridge.revoked': z.strictObject({ lab: Slug, key: DidKey, by: Slug, reason: Reason }),
  'machine.added': z.strictObject({ lab: Slug, description: MachineDescription }),
  'machine.changed': z.strictObject({ lab: Slug, description: MachineDescription }),
  'stock.counted': z.strictObject({ lab: Slug, lots: z.array(StockLot).max(100), countedAt: TimeMs }),

  'order.placed': z.strictObject({
    order: Id,
    by: Slug,
    design: Slug,
    version: ContentHash,
    parameters: EntryParameters,
    quantity: z.int().positive().max(1_000),
    /** Roughly where it shall go, on a grid of a hundredth of a degree; the address is nobody else's business. */
    destination: Position.optional(),
  }),
  'order.evaluated': z.strictObject({
    order: Id,
    evaluation: ContentHash,
    geometry: ContentHash,
    report: ContentHash,
    price: Price,
    rulePackVersion: z.int().positive(),
    jobs: z.int().positive(),
  }),
  'order.cancelled': z.strictObject({ order: Id, by: Slug, reason: Reason }),
  'order.completed': z.strictObject({ order: Id }),

  'job.opened': z.strictObject({
    job: Id,
    order: Id,
    /** `number` of `of` within the order, from 1. */
    number: z.int().positive(),
    of: z.int().positive(),
    title: Name,
    requirement: Requirement,
    file: JobFile,
    estimatedSeconds: z.int().nonnegative(),
    /** What of the price this job accounts for, before design and fund. */
    costs: z.strictObject({ material: IntegerText, machine: IntegerText, work: IntegerText }),
  }),
  'job.offered': z.strictObject({ ...execution, score: z.int() }),
  'job.taken': z.strictObject({
    ...execution,
    consent: z.enum(['automatic', 'by-hand']),
    by: Slug.optional(),
  }),
  'job.declined': z.strictObject({ ...execution, reason: Reason }),
  'job.released': z.strictObject({ job: Id, execution: Id.optional(), by: Slug, reason: Reason }),
  'job.prepared': z.strictObject({
    ...execution,
    program: JobFile,
    lines: z.int().nonnegative(),
    estimatedSeconds: z.int().nonnegative(),
  }),
  'job.started': z.strictObject({
    ...execution,
    at: TimeMs,
    bedClearedBy: z.union([z.literal('automatic'), Slug]),
  }),
  'job.finished': z.strictObject({
    ...execution,
    at: TimeMs,
    seconds: z.int().nonnegative(),
    lines: z.int().nonnegative(),
  }),
  'job.failed': z.strictObject({
    ...execution,
    at: TimeMs,
    cause: FailureCause,
    code: z.string().max(40).optional(),
    /** The machine's own words, or the sentence of whoever refused. */
    words: z.string().max(500),
    line: z.int().nonnegative().optional(),
    /** Whether the machine was ever started: decides whether material is gone. */
    started: z.boolean(),
  }),
  'job.cancelled': z.strictObject({ job: Id, by: Slug, reason: Reason }),
  'job.doubted': z.strictObject({ ...execution, reason: Reason, line: z.int().nonnegative().optional() }),
  'job.resolved': z.strictObject({ job: Id, by: Slug, outcome: z.enum(['made', 'failed']), note: Reason }),

  /** What somebody gave, in their own signed words. Money moves by `income.received` and `distribution.run` alone. */
  'contribution.logged': z.strictObject({
    agent: Slug,
    event: EconomicEvent.omit({ money: true }),
    mode: z.enum(['claim', 'gift']),
    note: z.string().max(500).optional(),
  }),
  'event.recorded': z.strictObject({ event: EconomicEvent }),
  'income.received': z.strictObject({ order: Id, event: EconomicEvent }),
  'distribution.run': z.strictObject({
    order: Id,
    rulePackVersion: z.int().positive(),
    income: Money,
    shares: z.array(Share).min(1),
    /** One ValueFlows transfer for each share, in the same order. */
    events: z.array(EconomicEvent).min(1),
  }),
} as const;

export type EntryType = keyof typeof entryData;
export type EntryData<Type extends EntryType> = z.infer<(typeof entryData)[Type]>;

export function isEntryType(type: string): type is EntryType {
  return Object.hasOwn(entryData, type);
}
