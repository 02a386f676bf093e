import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertCanonical, canonicalJson, hasOnlyWholeNumbers } from '#contract/canonical-json.ts';

const read = (name: string) => readFileSync(new URL(`../../data/jcs/${name}.json`, import.meta.url), 'utf8');

describe('canonical JSON', () => {
  it.each(['arrays', 'french', 'structures', 'unicode', 'values', 'weird'])(
    'writes the published vector "%s" byte for byte',
    (name) => {
      expect(canonicalJson(JSON.parse(read(`${name}.input`)))).toBe(read(`${name}.output`).trim());
    },
  );

  it('accepts what it wrote and gives the same value back', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(assertCanonical(text))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it.each([
    '{"b":1,"a":2}',
    '{"a":1,"a":1}',
    '{"a": 1}',
    '"\\u0041"',
    '1.0',
    '-0',
    '1e2',
    '\ufeff1',
    '"\\ud800"',
    '[1]\n',
  ])('refuses %j, which is JSON in another form or no JSON', (text) => {
    expect(() => assertCanonical(text)).toThrow();
  });

  it('refuses what JSON cannot say, and nesting without end', () => {
    for (const value of [
      Number.NaN,
      Infinity,
      1n,
      '\udc00',
      { '\ud800': 1 },
      () => 1,
      new Date(0),
      undefined,
    ])
      expect(() => canonicalJson(value)).toThrow(TypeError);
    let deep: unknown = 1;
    for (let level = 0; level < 17; level += 1) deep = [deep];
    expect(() => canonicalJson(deep)).toThrow(/deeper/);
  });

  it('keeps a member named __proto__ as a member', () => {
    expect(canonicalJson(JSON.parse('{"__proto__":{"a":1}}'))).toBe('{"__proto__":{"a":1}}');
  });

  it('finds a number that is not whole, however deep', () => {
    expect(hasOnlyWholeNumbers({ a: [1, { b: 2 }], c: '1.5' })).toBe(true);
    expect(hasOnlyWholeNumbers({ a: [1, { b: 2.5 }] })).toBe(false);
    expect(hasOnlyWholeNumbers([2 ** 53])).toBe(false);
  });
});
