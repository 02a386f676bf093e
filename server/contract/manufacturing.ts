import { z } from 'zod';
import { ContentHash } from './quantities.ts';

/** Names of agents, labs, machines and designs: a slug or a UUID; it also names MQTT topics and streams. */
export const Slug = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'small letters, digits and hyphens, at most 63');
export type Slug = z.infer<typeof Slug>;

/** A place on the earth (WGS 84) in millionths of a degree, so that an entry can hold it: a tenth of a metre. */
export const Position = z.strictObject({
  latitudeUdeg: z.int().min(-90_000_000).max(90_000_000),
  longitudeUdeg: z.int().min(-180_000_000).max(180_000_000),
});
export type Position = z.infer<typeof Position>;

const WholeMm = z.int().nonnegative();
const Micrometres = z.int().nonnegative();

/** By how much a size may be off, either way. */
const ToleranceUm = z.int().positive();

/** What a job asks of a machine. Whole numbers only, since it stands in an entry. */
export const Requirement = z.discriminatedUnion('process', [
  z.strictObject({
    process: z.literal('cut'),
    material: z.string().max(80),
    thicknessUm: Micrometres,
    sheet: z.strictObject({ lengthMm: WholeMm, widthMm: WholeMm }),
    /** Narrowest opening that the cutter has to enter; 0 where nothing is cut inside. */
    narrowestOpeningUm: Micrometres,
    toleranceUm: ToleranceUm.optional(),
  }),
  z.strictObject({
    process: z.literal('print'),
    material: z.string().max(80),
    size: z.strictObject({ xUm: Micrometres, yUm: Micrometres, zUm: Micrometres }),
    materialMg: z.int().nonnegative(),
    /** A nozzle lays layers of at most four fifths of its width. */
    layerHeightUm: Micrometres.optional(),
    toleranceUm: ToleranceUm.optional(),
  }),
]);
export type Requirement = z.infer<typeof Requirement>;

export const Cutter = z.strictObject({ name: z.string().max(60), diameterUm: Micrometres });
export type Cutter = z.infer<typeof Cutter>;

/** What a machine says it can do; advertised by its bridge, kept in the ledger. */
export const MachineDescription = z.strictObject({
  machine: Slug,
  name: z.string().min(1).max(80),
  process: z.enum(['cut', 'print']),
  envelope: z.strictObject({ xMm: WholeMm, yMm: WholeMm, zMm: WholeMm }),
  controller: z.enum(['grbl', 'marlin']),
  /** Fitted now; a cutting machine has one. */
  cutter: Cutter.optional(),
  nozzleUm: Micrometres.optional(),
  /** What its lab has measured and promises. */
  toleranceUm: ToleranceUm.optional(),
  /** Materials it works, by the names that designs use: `plywood`, `PLA`, `PETG`. */
  materials: z.array(z.string().min(1).max(80)).min(1).max(40),
  simulated: z.boolean(),
});
export type MachineDescription = z.infer<typeof MachineDescription>;

/** Material that a lab has. Counting replaces the whole stock of the lab; finished jobs take from it. */
export const StockLot = z.discriminatedUnion('form', [
  z.strictObject({
    form: z.literal('sheet'),
    material: z.string().min(1).max(80),
    lengthMm: WholeMm,
    widthMm: WholeMm,
    thicknessUm: Micrometres,
    sheets: z.int().nonnegative(),
  }),
  z.strictObject({
    form: z.literal('spool'),
    material: z.string().min(1).max(80),
    massMg: z.int().nonnegative(),
  }),
]);
export type StockLot = z.infer<typeof StockLot>;

/** One hard constraint that a machine fails, with how much is missing. Pages say it in the reader's language; `sentence` is the English one. */
const obstacle = <Code extends string, Shape extends z.ZodRawShape>(code: Code, shape: Shape) =>
  z.strictObject({
    code: z.literal(code),
    lab: Slug,
    machine: Slug,
    sentence: z.string().max(300),
    ...shape,
  });

const obstacles = {
  wrongProcess: obstacle('wrong-process', { needs: z.string(), has: z.string() }),
  materialNotWorked: obstacle('material-not-worked', { material: z.string() }),
  tooSmall: obstacle('too-small', { axis: z.enum(['x', 'y', 'z']), shortMm: z.number() }),
  cutterTooWide: obstacle('cutter-too-wide', { cutterUm: Micrometres, openingUm: Micrometres }),
  nozzleTooNarrow: obstacle('nozzle-too-narrow', { nozzleUm: Micrometres, layerHeightUm: Micrometres }),
  tooCoarse: obstacle('too-coarse', { toleranceUm: Micrometres, needsUm: Micrometres }),
  /** A capability that the job asks for and the machine is silent about counts as missing. */
  notStated: obstacle('not-stated', { what: z.enum(['cutter', 'tolerance']) }),
  outOfStock: obstacle('out-of-stock', {
    material: z.string(),
    thicknessUm: Micrometres.optional(),
    needs: z.string(),
    has: z.string(),
    /** Thicknesses of the same material that are there instead, thinnest first. */
    otherThicknessesUm: z.array(Micrometres).max(20).optional(),
  }),
  labClosed: obstacle('lab-closed', {}),
  offline: obstacle('offline', {}),
  declined: obstacle('declined', { reason: z.string() }),
};

export const Obstacle = z.discriminatedUnion('code', [
  obstacles.wrongProcess,
  obstacles.materialNotWorked,
  obstacles.tooSmall,
  obstacles.cutterTooWide,
  obstacles.nozzleTooNarrow,
  obstacles.tooCoarse,
  obstacles.notStated,
  obstacles.outOfStock,
  obstacles.labClosed,
  obstacles.offline,
  obstacles.declined,
]);
export type Obstacle = z.infer<typeof Obstacle>;

const more = {
  /** What else is missing at this machine, in the order in which it is checked. */
  further: z.array(Obstacle).max(13).optional(),
  /** So little is missing that a person may find a way: it is shown first, and never given the job. */
  isNearMiss: z.boolean().optional(),
};

/** Why a machine cannot do a job: the first hard constraint that it fails, and what else is missing. */
export const Refusal = z.discriminatedUnion('code', [
  obstacles.wrongProcess.extend(more),
  obstacles.materialNotWorked.extend(more),
  obstacles.tooSmall.extend(more),
  obstacles.cutterTooWide.extend(more),
  obstacles.nozzleTooNarrow.extend(more),
  obstacles.tooCoarse.extend(more),
  obstacles.notStated.extend(more),
  obstacles.outOfStock.extend(more),
  obstacles.labClosed.extend(more),
  obstacles.offline.extend(more),
  obstacles.declined.extend(more),
]);
export type Refusal = z.infer<typeof Refusal>;

/**
 * What a machine is ranked by: how far the piece has to travel (km), the work that waits before it (minutes), what the
 * sheet in stock there costs more than the one asked for (minor units of the currency of the rules), the part of the
 * network's recent work that its lab got (0 to 1), how often its runs failed (0 to 1), and how much of its room the
 * job leaves empty (0 to 1).
 */
export const RankingTerm = z.enum(['distance', 'queue', 'cost', 'share', 'failures', 'emptyRoom']);
export type RankingTerm = z.infer<typeof RankingTerm>;

const Points = z.int().min(0).max(10_000);

/** How many points against a machine one unit of each term counts; the community sets them with its rules. */
export const RankingWeights = z.strictObject({
  distancePer100Km: Points,
  queuePerHour: Points,
  costPer100Minor: Points,
  /** For a lab that got all recent work. */
  share: Points,
  /** For a machine of which every run failed. */
  failures: Points,
  /** For a machine that stays all but empty: large machines are kept for large jobs. */
  emptyRoom: Points,
});
export type RankingWeights = z.infer<typeof RankingWeights>;

/** What holds until a community decides otherwise: an hour of waiting counts as much as 500 km on the road. */
export const defaultRankingWeights: RankingWeights = {
  distancePer100Km: 20,
  queuePerHour: 100,
  costPer100Minor: 1,
  share: 20,
  failures: 30,
  emptyRoom: 10,
};

/** A machine that fits, best first, with the numbers that put it there. */
export const Candidate = z.strictObject({
  lab: Slug,
  machine: Slug,
  /** Jobs it already has. */
  queue: z.int().nonnegative(),
  /** Sum of the points below; smaller is better. */
  score: z.number(),
  /** Terms that are known, each with what was measured and the points that the weights make of it. */
  terms: z.partialRecord(RankingTerm, z.strictObject({ measure: z.number(), points: z.number() })),
});
export type Candidate = z.infer<typeof Candidate>;

/** A file that a bridge fetches: where it lies, what it must hash to, how long it is. */
export const JobFile = z.strictObject({
  hash: ContentHash,
  bytes: z.int().nonnegative(),
  mime: z.string().max(80),
});
export type JobFile = z.infer<typeof JobFile>;
