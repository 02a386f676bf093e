import { z } from 'zod';
import { Caption, ParameterScope, Parameters, Process } from '#contract/design.ts';

const name = z
  .string()
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N} ,.'_()/-]{0,79}$/u,
    "use letters, digits, spaces and , . ' _ ( ) / - only",
  );
const partId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}$/, 'use small letters, digits and -');
const positiveMm = z.number().positive().max(10_000);

/** A length, or the name of the parameter that holds it. */
const lengthOrParameter = z.union([positiveMm, z.string().min(1).max(80)]);

const parameterNote = z.strictObject({
  scope: ParameterScope.optional(),
  unit: z.string().max(12).optional(),
  fr: z.string().min(1).max(300).optional(),
  /** Captions of choices in French, by value. */
  'fr-options': z.record(z.string(), z.string().min(1).max(300)).optional(),
});
export type ParameterNote = z.infer<typeof parameterNote>;

const part = z.strictObject({
  /** Name of the returned geometry; copies are named `name:1`, `name:2` … */
  geometry: z.string().min(1).max(80),
  id: partId,
  name,
  process: Process,
  material: name,
  /** For sheet parts: what the sheet really measures. */
  thickness: lengthOrParameter.optional(),
  /** Made for each returned solid; more than one where the script shows only one of several equal parts. */
  copies: z.int().positive().max(500).default(1),
  'density-kg-per-m3': z.number().positive().max(25_000),
});
export type PartProfile = z.infer<typeof part>;

const sheet = z.strictObject({
  material: name,
  'length-mm': positiveMm,
  'width-mm': positiveMm,
  'thickness-mm': positiveMm,
  'gap-mm': z.number().nonnegative().max(200).default(10),
  'margin-mm': z.number().nonnegative().max(200).default(10),
  'rotations-deg': z.array(z.number().min(0).lt(360)).min(1).max(16).default([0, 90, 180, 270]),
});
export type SheetProfile = z.infer<typeof sheet>;

const print = z.strictObject({
  material: name,
  'layer-height-mm': z.number().positive().max(2),
});
export type PrintProfile = z.infer<typeof print>;

/** `design.toml`: what a manifest of Open Know-How has no place for. Stands beside `okh.toml`. */
export const DesignProfile = z
  .strictObject({
    schema: z.literal(1),
    entry: z.string().regex(/^(?!.*\.\.)[\w./-]+\.c?js$/, 'it must be the path of a .js file in the package'),
    caption: Caption,
    description: Caption,
    contributors: z
      .array(z.strictObject({ name: z.string().min(1).max(120), weight: z.int().positive().max(1000) }))
      .min(1),
    parameters: z.record(z.string(), parameterNote).default({}),
    presets: z
      .array(z.strictObject({ name: z.string().min(1).max(60), caption: Caption, parameters: Parameters }))
      .max(20)
      .default([]),
    parts: z.array(part).min(1).max(100),
    sheet: sheet.optional(),
    print: print.optional(),
  })
  .check((context) => {
    const { parts, sheet: sheetProfile, print: printProfile } = context.value;
    const say = (path: (string | number)[], message: string) =>
      context.issues.push({ code: 'custom', input: context.value, path, message });
    for (const [index, { process, thickness }] of parts.entries()) {
      if (process === 'cut' && thickness === undefined)
        say(['parts', index, 'thickness'], 'a part that is cut needs a thickness');
      if (process === 'cut' && sheetProfile === undefined)
        say(['sheet'], 'parts that are cut need a [sheet] profile');
      if (process === 'print' && printProfile === undefined)
        say(['print'], 'parts that are printed need a [print] profile');
    }
    for (const key of ['id', 'geometry'] as const) {
      const seen = new Set(parts.map((one) => one[key]));
      if (seen.size < parts.length) say(['parts'], `two parts have the same ${key}`);
    }
  });
export type DesignProfile = z.infer<typeof DesignProfile>;
