import { z } from 'zod';
import { type Caption, ParameterDefinition } from '#contract/design.ts';
import { AppError } from '../../errors.ts';
import type { DesignProfile, ParameterNote } from './design-profile.ts';

const scalar = z.union([z.string().max(500), z.number(), z.boolean()]);

/** One entry of `getParameterDefinitions()` as JSCAD V2 allows it; unknown keys (size, hint, placeholder) do not matter. */
const JscadDefinition = z.object({
  name: z.string().regex(/^[A-Za-z_]\w{0,79}$/),
  type: z.string(),
  caption: z.string().min(1).max(300).optional(),
  initial: scalar.optional(),
  default: scalar.optional(),
  checked: z.boolean().optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  step: z.number().positive().optional(),
  maxLength: z.int().positive().max(500).optional(),
  values: z
    .array(z.union([z.string(), z.number()]))
    .min(1)
    .max(100)
    .optional(),
  captions: z.array(z.string().min(1).max(300)).optional(),
});
type JscadDefinition = z.infer<typeof JscadDefinition>;

const NUMBER_TYPES = new Set(['int', 'float', 'number', 'slider', 'range']);
const TEXT_TYPES = new Set(['text', 'color', 'date', 'email', 'url', 'password']);
const CHOICE_TYPES = new Set(['choice', 'radio']);

function refuse(name: string, problem: string): AppError {
  return new AppError(
    'bad-input',
    `The parameter "${name}" of the design ${problem}. Correct getParameterDefinitions.`,
    {
      code: 'design.parameter-definition',
      details: { name },
    },
  );
}

function toNumber(entry: JscadDefinition, base: object): ParameterDefinition {
  const initial = entry.initial ?? entry.default ?? entry.min ?? 0;
  if (typeof initial !== 'number' || !Number.isFinite(initial))
    throw refuse(entry.name, 'has no number as its initial value');
  const { min, max } = entry;
  if ((min ?? initial) > initial || (max ?? initial) < initial)
    throw refuse(entry.name, 'begins outside of its own limits');
  return ParameterDefinition.parse({
    ...base,
    kind: 'number',
    initial,
    min,
    max,
    step: entry.step,
    isInteger: entry.type === 'int',
  });
}

function toChoice(entry: JscadDefinition, base: object, note: ParameterNote): ParameterDefinition {
  const { values, captions } = entry;
  if (values === undefined) throw refuse(entry.name, 'is a choice without values');
  const options = values.map((value, index) => ({
    value,
    caption: caption(captions?.[index] ?? String(value), note['fr-options']?.[String(value)]),
  }));
  const initial = entry.initial ?? entry.default ?? values[0];
  if (!values.some((value) => value === initial))
    throw refuse(entry.name, 'begins with a value that is not among its choices');
  return ParameterDefinition.parse({ ...base, kind: 'choice', initial, options });
}

function caption(en: string, fr: string | undefined): Caption {
  return fr === undefined ? { en } : { en, fr };
}

function normalise(entry: JscadDefinition, note: ParameterNote): ParameterDefinition {
  const { name, type } = entry;
  const base = { name, caption: caption(entry.caption ?? name, note.fr), scope: note.scope ?? 'customer' };
  if (NUMBER_TYPES.has(type))
    return toNumber(entry, note.unit === undefined ? base : { ...base, unit: note.unit });
  if (CHOICE_TYPES.has(type)) return toChoice(entry, base, note);
  const initial = entry.initial ?? entry.default;
  if (type === 'checkbox')
    return { ...base, kind: 'checkbox', initial: initial === true || entry.checked === true };
  if (TEXT_TYPES.has(type)) {
    return { ...base, kind: 'text', initial: String(initial ?? ''), maxLength: entry.maxLength ?? 80 };
  }
  throw refuse(name, `has the type "${type.slice(0, 40)}", which is not known`);
}

/** What a script's `getParameterDefinitions()` returned, checked and joined with the notes of `design.toml`. */
export function readParameterDefinitions(described: unknown, profile: DesignProfile): ParameterDefinition[] {
  const list = z
    .array(z.looseObject({ type: z.string(), name: z.unknown() }))
    .max(80)
    .safeParse(described);
  if (!list.success) {
    throw new AppError(
      'bad-input',
      'getParameterDefinitions must return a list of at most 80 definitions, each with a name and a type. Correct the script.',
      { code: 'design.parameter-definition' },
    );
  }
  const definitions = list.data
    .filter(({ type }) => type !== 'group')
    .map((entry) => {
      const checked = JscadDefinition.safeParse(entry);
      if (!checked.success) {
        const field = checked.error.issues[0]?.path.join('.') ?? '';
        throw refuse(String(entry.name).slice(0, 80), `has a wrong "${field}"`);
      }
      return normalise(checked.data, profile.parameters[checked.data.name] ?? {});
    });
  checkNames(definitions, profile);
  return definitions;
}

function checkNames(definitions: readonly ParameterDefinition[], profile: DesignProfile): void {
  const names = new Set(definitions.map(({ name }) => name));
  if (names.size < definitions.length) throw refuse([...names].join(', '), 'is defined twice');
  for (const name of Object.keys(profile.parameters)) {
    if (names.has(name)) continue;
    throw new AppError(
      'bad-input',
      `design.toml describes a parameter "${name}" that the script does not define. Correct the name in [parameters.${name}].`,
      { code: 'package.field-invalid', details: { file: 'design.toml', field: `parameters.${name}` } },
    );
  }
}
