import { z } from 'zod';
import { ContentHash } from './quantities.ts';

/** Names of agents, labs, machines and designs: a slug or a UUID; it also names MQTT topics and streams. */
export const Slug = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'small letters, digits and hyphens, at most 63');
export type Slug = z.infer<typeof Slug>;

const WholeMm = z.int().nonnegative();
const Micrometres = z.int().nonnegative();

/** What a job asks of a machine. Whole numbers only, since it stands in an entry. */
export const Requirement = z.discriminatedUnion('process', [
  z.strictObject({
    process: z.literal('cut'),
    material: z.string().max(80),
    thicknessUm: Micrometres,
    sheet: z.strictObject({ lengthMm: WholeMm, widthMm: WholeMm }),
    /** Narrowest opening that the cutter has to enter; 0 where nothing is cut inside. */
    narrowestOpeningUm: Micrometres,
  }),
  z.strictObject({
    process: z.literal('print'),
    material: z.string().max(80),
    size: z.strictObject({ xUm: Micrometres, yUm: Micrometres, zUm: Micrometres }),
    materialMg: z.int().nonnegative(),
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

/**
 * Why a machine cannot do a job: the first hard constraint that fails, with how much is missing.
 * Pages turn code and numbers into a sentence in the reader's language; `sentence` is the English one.
 */
const refusalOf = <Code extends string, Shape extends z.ZodRawShape>(code: Code, shape: Shape) =>
  z.strictObject({
    code: z.literal(code),
    lab: Slug,
    machine: Slug,
    sentence: z.string().max(300),
    ...shape,
  });

export const Refusal = z.discriminatedUnion('code', [
  refusalOf('wrong-process', { needs: z.string(), has: z.string() }),
  refusalOf('material-not-worked', { material: z.string() }),
  refusalOf('out-of-stock', {
    material: z.string(),
    thicknessUm: Micrometres.optional(),
    needs: z.string(),
    has: z.string(),
  }),
  refusalOf('too-small', { axis: z.enum(['x', 'y', 'z']), shortMm: z.number() }),
  refusalOf('cutter-too-wide', { cutterUm: Micrometres, openingUm: Micrometres }),
  refusalOf('lab-closed', {}),
  refusalOf('offline', {}),
  refusalOf('declined', { reason: z.string() }),
]);
export type Refusal = z.infer<typeof Refusal>;

/** A machine that fits, best first, with the numbers that put it there. */
export const Candidate = z.strictObject({
  lab: Slug,
  machine: Slug,
  /** Jobs it already has. */
  queue: z.int().nonnegative(),
  /** Sum of the weighted terms below; smaller is better. */
  score: z.number(),
  terms: z.record(z.string(), z.number()),
});
export type Candidate = z.infer<typeof Candidate>;

/** A file that a bridge fetches: where it lies, what it must hash to, how long it is. */
export const JobFile = z.strictObject({
  hash: ContentHash,
  bytes: z.int().nonnegative(),
  mime: z.string().max(80),
});
export type JobFile = z.infer<typeof JobFile>;
