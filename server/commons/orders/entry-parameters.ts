import type { ParameterDefinition, Parameters, ParameterValue } from '#contract/design.ts';
import type { EntryParameters } from '#contract/entries.ts';
import { AppError } from '../../errors.ts';

/**
 * Parameter values as an entry holds them: entries carry no floating point, so 2.5 becomes the text `2.5`.
 * @throws AppError `order.parameter-not-a-number` for infinite values.
 */
export function parametersForEntry(values: Parameters): EntryParameters {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === 'number' ? numberForEntry(name, value) : value,
    ]),
  );
}

/**
 * The values that an entry's parameters stand for, read with the design's own definitions.
 * @throws AppError `order.parameter-unknown` for a name that the design does not declare.
 */
export function parametersFromEntry(
  entry: EntryParameters,
  definitions: readonly ParameterDefinition[],
): Parameters {
  return Object.fromEntries(
    Object.entries(entry).map(([name, value]) => {
      const definition = definitions.find((one) => one.name === name);
      if (definition === undefined)
        throw new AppError('bad-input', `The design has no parameter "${name}". Remove it.`, {
          code: 'order.parameter-unknown',
          details: { parameter: name },
        });
      return [name, valueFromEntry(value, definition)];
    }),
  );
}

function valueFromEntry(value: ParameterValue, definition: ParameterDefinition): ParameterValue {
  if (definition.kind === 'number') return Number(value);
  if (definition.kind !== 'choice') return value;
  return definition.options.find((option) => forComparison(option.value) === String(value))?.value ?? value;
}

function forComparison(value: string | number): string {
  return typeof value === 'number' ? String(numberForEntry('', value)) : value;
}

function numberForEntry(name: string, value: number): number | string {
  if (!Number.isFinite(value))
    throw new AppError('bad-input', `The parameter "${name}" is not a number that can be made.`, {
      code: 'order.parameter-not-a-number',
      details: { parameter: name },
    });
  if (Number.isSafeInteger(value)) return value === 0 ? 0 : value;
  const text = String(value);
  if (!text.includes('e')) return text;
  if (Number.isInteger(value)) return BigInt(value).toString();
  // The shortest text of very small numbers has an exponent; 100 is the most digits that toFixed writes.
  return value.toFixed(100).replace(/0+$/, '');
}
