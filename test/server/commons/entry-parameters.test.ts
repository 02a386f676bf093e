import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ParameterDefinition } from '#contract/design.ts';
import { EntryParameters } from '#contract/entries.ts';
import { parametersForEntry, parametersFromEntry } from '../../../server/commons/orders/entry-parameters.ts';
import { refusalCode } from './small-community.ts';

const common = { caption: { en: 'x' }, scope: 'customer' } as const;
const definitions: ParameterDefinition[] = [
  { ...common, kind: 'number', name: 'height', initial: 1, isInteger: false },
  { ...common, kind: 'checkbox', name: 'holes', initial: true },
  { ...common, kind: 'text', name: 'label', initial: '', maxLength: 20 },
  {
    ...{ ...common, kind: 'choice', name: 'thickness', initial: 18 },
    options: [12, 18, 6.5, 'other'].map((value) => ({ value, caption: { en: 'x' } })),
  },
];

describe('parameters in an entry', () => {
  it('are whole numbers, decimal text, words and yes or no', () => {
    expect(parametersForEntry({ height: 2.5, holes: false, label: 'A', thickness: 18 })).toEqual({
      ...{ height: '2.5', holes: false, label: 'A', thickness: 18 },
    });
    expect(parametersForEntry({ a: -0, b: 1e21, c: 0.000_000_1 })).toEqual({
      ...{ a: 0, b: '1000000000000000000000', c: expect.stringMatching(/^0\.0000000[09]?\d+$/) },
    });
  });

  it('come back as they were, whatever number was chosen', () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e30, max: 1e30 });
    const normal = number.filter((value) => value === 0 || Math.abs(value) > 1e-20);
    fc.assert(
      fc.property(normal, fc.constantFrom(12, 18, 6.5, 'other'), fc.string(), (height, thickness, label) => {
        const values = { height: height === 0 ? 0 : height, thickness, label, holes: true };
        const entry = parametersForEntry(values);
        expect(EntryParameters.safeParse(entry).success).toBe(true);
        expect(parametersFromEntry(entry, definitions)).toEqual(values);
      }),
    );
  });

  it('are refused where they are no number, or none of the design', () => {
    expect(refusalCode(() => parametersForEntry({ height: Number.NaN }))).toBe(
      'order.parameter-not-a-number',
    );
    expect(refusalCode(() => parametersFromEntry({ width: 1 }, definitions))).toBe('order.parameter-unknown');
  });
});
