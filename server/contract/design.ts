import { z } from 'zod';
import { ContentHash } from './quantities.ts';

/** Who may set a parameter: what a customer chooses, what the maker measures, what the operator sets at the machine. */
export const ParameterScope = z.enum(['customer', 'maker', 'operator']);
export type ParameterScope = z.infer<typeof ParameterScope>;

export const ParameterValue = z.union([z.number(), z.string().max(500), z.boolean()]);
export type ParameterValue = z.infer<typeof ParameterValue>;

/** Values by parameter name. Keys that a design does not declare are refused. */
export const Parameters = z.record(z.string().max(80), ParameterValue);
export type Parameters = z.infer<typeof Parameters>;

const text = z.string().min(1).max(300);

/** A caption in the languages its author wrote; `en` is always there. */
export const Caption = z.strictObject({ en: text, fr: text.optional() });
export type Caption = z.infer<typeof Caption>;

/** One JSCAD V2 parameter definition, normalised: `int`, `float`, `number` and `slider` are numbers, `radio` is a choice. */
export const ParameterDefinition = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('number'),
    name: z.string(),
    caption: Caption,
    scope: ParameterScope,
    initial: z.number(),
    min: z.number().optional(),
    max: z.number().optional(),
    step: z.number().optional(),
    isInteger: z.boolean(),
    unit: z.string().max(12).optional(),
  }),
  z.strictObject({
    kind: z.literal('choice'),
    name: z.string(),
    caption: Caption,
    scope: ParameterScope,
    initial: z.union([z.string(), z.number()]),
    options: z.array(z.strictObject({ value: z.union([z.string(), z.number()]), caption: Caption })).min(1),
  }),
  z.strictObject({
    kind: z.literal('checkbox'),
    name: z.string(),
    caption: Caption,
    scope: ParameterScope,
    initial: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal('text'),
    name: z.string(),
    caption: Caption,
    scope: ParameterScope,
    initial: z.string(),
    maxLength: z.int().positive(),
  }),
]);
export type ParameterDefinition = z.infer<typeof ParameterDefinition>;

export const Process = z.enum(['cut', 'print']);
export type Process = z.infer<typeof Process>;

/** Millimetres along X, Y and Z. */
export const Size = z.strictObject({ xMm: z.number(), yMm: z.number(), zMm: z.number() });
export type Size = z.infer<typeof Size>;

/** One kind of part of an evaluated design. */
export const PartReport = z.strictObject({
  partId: z.string(),
  name: z.string(),
  quantity: z.int().positive(),
  process: Process,
  material: z.string(),
  /** As it lies on the machine: sheet parts flat, printed parts as oriented by the design. */
  size: Size,
  volumeMm3: z.number().nonnegative(),
  massG: z.number().nonnegative(),
  isManifold: z.boolean(),
  /** For sheet parts: the smallest radius of an inside corner, 0 where the corner is sharp and the cutter must relieve it. */
  innerRadiusMm: z.number().nonnegative().optional(),
  /** For sheet parts: narrowest opening a cutter has to enter. */
  narrowestOpeningMm: z.number().nonnegative().optional(),
  files: z.strictObject({ stl: ContentHash, dxf: ContentHash.optional() }),
});
export type PartReport = z.infer<typeof PartReport>;

/** What one run of one machine has to do: a nested sheet, or a plate of printed parts. */
export const WorkPiece = z.discriminatedUnion('process', [
  z.strictObject({
    process: z.literal('cut'),
    title: z.string(),
    material: z.string(),
    thicknessMm: z.number().positive(),
    sheet: z.strictObject({ lengthMm: z.number(), widthMm: z.number() }),
    /** Sheet layout JSON (the job's file). */
    layout: ContentHash,
    /** The same sheet as a layered DXF, for shops with their own CAM. */
    dxf: ContentHash,
    utilisation: z.number(),
    innerRadiusMm: z.number(),
    narrowestOpeningMm: z.number(),
    parts: z.array(z.strictObject({ partId: z.string(), quantity: z.int().positive() })),
    estimatedSeconds: z.number().nonnegative(),
  }),
  z.strictObject({
    process: z.literal('print'),
    title: z.string(),
    material: z.string(),
    /** Space that the plate takes on a printer. */
    size: Size,
    /** 3MF with every copy at its place (the job's file). */
    plate: ContentHash,
    materialMg: z.number().nonnegative(),
    layerHeightMm: z.number().positive(),
    parts: z.array(z.strictObject({ partId: z.string(), quantity: z.int().positive() })),
    estimatedSeconds: z.number().nonnegative(),
  }),
]);
export type WorkPiece = z.infer<typeof WorkPiece>;

/** `report.json`: everything that matching, pricing and the gallery need to know about one evaluation. */
export const DesignReport = z.strictObject({
  v: z.literal(1),
  /** Hash of version, parameters and engine versions: the key under which the evaluation is kept. */
  evaluation: ContentHash,
  /** Hash of the geometry quantised to 1 µm: equal wherever the same inputs are evaluated. */
  geometry: ContentHash,
  parameters: Parameters,
  size: Size,
  massG: z.number(),
  volumeMm3: z.number(),
  parts: z.array(PartReport).min(1),
  workPieces: z.array(WorkPiece).min(1),
  sheets: z.int().nonnegative(),
  files: z.strictObject({ glb: ContentHash, threeMf: ContentHash, stl: ContentHash }),
  engines: z.record(z.string(), z.string()),
  seed: z.int(),
});
export type DesignReport = z.infer<typeof DesignReport>;

/** What the gallery shows of a published version, read from `okh.toml` and `design.toml`. */
export const DesignSummary = z.strictObject({
  name: z.string().min(1).max(120),
  version: z.string().min(1).max(40),
  function: z.string().min(1).max(500),
  caption: Caption,
  description: Caption,
  licence: z.string().min(1).max(80),
  licensor: z.string().min(1).max(200),
  processes: z.array(Process).min(1),
  /** Who made the design and their part in it; shares of income follow these weights. */
  contributors: z
    .array(z.strictObject({ name: z.string().min(1).max(120), weight: z.int().positive().max(1_000) }))
    .min(1),
  parameters: z.array(ParameterDefinition).max(60),
  presets: z
    .array(z.strictObject({ name: z.string().max(60), caption: Caption, parameters: Parameters }))
    .max(20),
});
export type DesignSummary = z.infer<typeof DesignSummary>;

/** A design package: paths relative to its folder, `/` between names, and the bytes in base64. */
export const DesignPackage = z.strictObject({
  files: z
    .array(z.strictObject({ path: z.string().min(1).max(200), base64: z.base64().max(4_000_000) }))
    .min(1)
    .max(200),
});
export type DesignPackage = z.infer<typeof DesignPackage>;
