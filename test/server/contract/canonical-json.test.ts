import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertCanonical, canonicalJson, hasOnlyWholeNumbers } from '#contract/canonical-json.ts';

const dataFile = (name: string) => readFileSync(new URL(`../../data/jcs/${name}`, import.meta.url), 'utf8');
const read = (name: string) => dataFile(`${name}.json`);

/** The published sequence of doubles: edge cases, the 2,000 smallest normal numbers, then bits from a chain of hashes. */
function* publishedNumbers(): Generator<number> {
  const view = new DataView(new ArrayBuffer(8));
  const ofBits = (bits: bigint) => {
    view.setBigUint64(0, bits);
    return view.getFloat64(0);
  };
  for (const hex of dataFile('edge-numbers.txt').trim().split(/\s+/)) yield ofBits(BigInt(`0x${hex}`));
  for (let at = 0n; at < 2_000n; at += 1n) yield ofBits(0x0010_0000_0000_0000n + at);
  for (let block = Buffer.alloc(32); ; ) {
    block = createHash('sha256').update(block).digest();
    for (const at of [0, 8, 16, 24]) {
      const number = block.readDoubleLE(at);
      if (Number.isFinite(number) && number !== 0) yield number;
    }
  }
}

describe('canonical JSON', () => {
  it.each(['arrays', 'french', 'structures', 'unicode', 'values', 'weird'])(
    'writes the published vector "%s" byte for byte',
    (name) => {
      expect(canonicalJson(JSON.parse(read(`${name}.input`)))).toBe(read(`${name}.output`).trim());
    },
  );

  it('writes the first 100,000 numbers of the published sequence as their published hash says', () => {
    const published: Record<number, string> = {
      1000: 'be18b62b6f69cdab33a7e0dae0d9cfa869fda80ddc712221570f9f40a5878687',
      10000: 'b9f7a8e75ef22a835685a52ccba7f7d6bdc99e34b010992cbc5864cd12be6892',
      100000: '22776e6d4b49fa294a0d0f349268e5c28808fe7e0cb2bcbe28f63894e494d4c7',
    };
    const hash = createHash('sha256');
    const view = new DataView(new ArrayBuffer(8));
    let count = 0;
    for (const number of publishedNumbers()) {
      view.setFloat64(0, number);
      hash.update(`${view.getBigUint64(0).toString(16)},${canonicalJson(number)}\n`);
      count += 1;
      if (published[count] !== undefined) expect(hash.copy().digest('hex')).toBe(published[count]);
      if (count === 100_000) break;
    }
  });

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
