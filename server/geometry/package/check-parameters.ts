import type { ParameterDefinition, Parameters, ParameterValue } from '#contract/design.ts';
import { AppError } from '../../errors.ts';

type NumberDefinition = Extract<ParameterDefinition, { kind: 'number' }>;

/** Steps are compared to a millionth, since 0.1 has no exact binary form. */
const STEP_TOLERANCE = 1e-6;

function refuse(
  definition: ParameterDefinition,
  problem: string,
  code: string,
  details: object = {},
): AppError {
  return new AppError('bad-input', `${definition.caption.en} ${problem}.`, {
    code,
    details: { name: definition.name, caption: definition.caption, ...details },
  });
}

function limitsOf({ min, max, unit }: NumberDefinition): string {
  const suffix = unit === undefined ? '' : ` ${unit}`;
  if (min !== undefined && max !== undefined) return `between ${min} and ${max}${suffix}`;
  return min === undefined ? `${max}${suffix} or less` : `${min}${suffix} or more`;
}

function checkNumber(definition: NumberDefinition, value: ParameterValue): number {
  const { min, max, unit, isInteger } = definition;
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw refuse(definition, 'must be a number', 'parameter.wrong-type');
  }
  if (value < (min ?? value) || value > (max ?? value)) {
    const shown = `${value}${unit === undefined ? '' : ` ${unit}`}`;
    throw refuse(definition, `must be ${limitsOf(definition)}, not ${shown}`, 'parameter.out-of-range', {
      min,
      max,
      unit,
      value,
    });
  }
  if (isInteger && !Number.isInteger(value)) {
    throw refuse(definition, `must be a whole number, not ${value}`, 'parameter.not-whole', { value });
  }
  return value;
}

/** A slider's step guides the hand; a value between two steps is as good, but is rounded so that it does not split the cache. */
function roundToStep(definition: NumberDefinition, value: number): number {
  if (definition.step === undefined) return value;
  const start = definition.min ?? 0;
  const steps = (value - start) / definition.step;
  const isOnStep = Math.abs(steps - Math.round(steps)) < STEP_TOLERANCE;
  return isOnStep ? Number((start + Math.round(steps) * definition.step).toFixed(9)) : value;
}

function checkValue(definition: ParameterDefinition, value: ParameterValue): ParameterValue {
  switch (definition.kind) {
    case 'number':
      return roundToStep(definition, checkNumber(definition, value));
    case 'choice': {
      const values = definition.options.map((option) => option.value);
      if (values.some((one) => one === value)) return value;
      throw refuse(definition, `must be one of ${values.join(', ')}`, 'parameter.not-a-choice', { values });
    }
    case 'checkbox':
      if (typeof value === 'boolean') return value;
      throw refuse(definition, 'must be true or false', 'parameter.wrong-type');
    case 'text':
      if (typeof value === 'string' && value.length <= definition.maxLength) return value;
      throw refuse(
        definition,
        `must be a text of at most ${definition.maxLength} characters`,
        'parameter.wrong-type',
      );
  }
}

/**
 * The full set of values for a design: those given, checked, and the initial ones for the rest.
 * Throws a sentence with the caption and the limits for a value out of range, of a wrong type or with an unknown name.
 */
export function checkParameters(definitions: readonly ParameterDefinition[], given: Parameters): Parameters {
  const known = new Set(definitions.map(({ name }) => name));
  const unknown = Object.keys(given).find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw new AppError(
      'bad-input',
      `The design has no parameter "${unknown.slice(0, 80)}". It has: ${[...known].join(', ') || 'none'}.`,
      { code: 'parameter.unknown', details: { name: unknown } },
    );
  }
  const values: Parameters = {};
  for (const definition of definitions) {
    const value = Object.hasOwn(given, definition.name) ? given[definition.name] : undefined;
    values[definition.name] = checkValue(definition, value ?? definition.initial);
  }
  return values;
}
