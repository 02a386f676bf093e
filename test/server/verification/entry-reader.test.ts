import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromUtf8, toBase64Url, utf8 } from '#contract/bytes.ts';
import { canonicalJson } from '#contract/canonical-json.ts';
import { readLogEntry, SIGNING_DOMAIN, signingBytes } from '#contract/log-entry.ts';
import { BODY_START, readEntry } from '../../../server/verification/entry-reader.ts';
import { LogFault } from '../../../server/verification/verdict.ts';

/** What either reader makes of some bytes: the entry, or that it is none. */
function outcome<T>(read: () => T): { value: T } | 'refused' {
  try {
    return { value: read() };
  } catch {
    return 'refused';
  }
}

function expectSame(leaf: Uint8Array): 'accepted' | 'refused' {
  const slow = outcome(() => readLogEntry(leaf));
  const fast = outcome(() => readEntry(leaf, 7));
  expect(fast === 'refused' ? fast : { value: fast.value.entry }).toEqual(slow);
  if (fast === 'refused' || slow === 'refused') return 'refused';
  const { text, bodyEnd } = fast.value;
  expect(text).toBe(fromUtf8(leaf));
  expect(utf8(SIGNING_DOMAIN + text.slice(BODY_START, bodyEnd))).toEqual(signingBytes(slow.value.body));
  return 'accepted';
}

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toBase64Url);
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    ',"log":{"prev":',
    '\u2028',
    '\u0000\u001f',
    '{"body":',
    'ß\ud83d\ude80',
    '__proto__',
    '9',
    '10',
  ),
);
const scalar = fc.oneof(fc.maxSafeInteger(), text, fc.boolean(), fc.constant(null));
const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(text, tie('json'), { maxKeys: 4 }),
  ),
}));
const entry = fc.record({
  body: fc.record({
    data: fc.dictionary(text, json, { maxKeys: 5 }),
    id: fc.string({ minLength: 1, maxLength: 120 }),
    stream: fc.string({ minLength: 1, maxLength: 200 }),
    type: fc.string({ minLength: 1, maxLength: 80 }),
    v: fc.integer({ min: 1 }),
  }),
  log: fc.record({
    prev: fc.option(hash),
    rev: fc.nat(),
    time: fc.maxSafeNat(),
  }),
  sigs: fc.array(fc.record({ kid: fc.string({ maxLength: 80 }), sig: fc.string({ maxLength: 90 }) }), {
    maxLength: 8,
  }),
});
/** What could stand where something else should. */
const oddity = fc.constantFrom<unknown>(
  ...[undefined, null, '', 'x'.repeat(81), 'x'.repeat(121), 'x'.repeat(201), 0, -1, 1.5, 2 ** 53, true],
  ...[[], {}, [1], { a: 1 }, 'A'.repeat(43), 'A'.repeat(44), '\ud800', { __proto__: null }],
  ...[Array.from({ length: 9 }, () => ({ kid: '', sig: '' })), JSON.parse('{"__proto__":1}')],
);
const place = fc.constantFrom(
  ...['', 'body', 'log', 'sigs', 'body.data', 'body.id', 'body.stream', 'body.type', 'body.v', 'body.extra'],
  ...['log.prev', 'log.rev', 'log.time', 'log.extra', 'extra', 'body.data.x', 'body.data.__proto__'],
);

function withOddity(value: object, where: string, odd: unknown): unknown {
  if (where === '') return odd;
  const [first = '', ...rest] = where.split('.');
  const copy = new Map(Object.entries(value));
  const inner: unknown = copy.get(first);
  copy.set(first, rest.length === 0 ? odd : withOddity(Object(inner), rest.join('.'), odd));
  // Unlike an assignment, this makes a member of the name __proto__.
  return Object.fromEntries(copy);
}

/** Canonical where the value can be written so. */
function written(value: unknown): string {
  try {
    return canonicalJson(value);
  } catch {
    return JSON.stringify(value) ?? '';
  }
}

describe('the fast reader of entries', () => {
  it('accepts every entry that the contract accepts, and gives the same entry and the same bytes to sign', () => {
    let accepted = 0;
    fc.assert(
      fc.property(entry, (value) => {
        if (expectSame(utf8(canonicalJson(value))) === 'accepted') accepted += 1;
      }),
      { numRuns: 1_000 },
    );
    expect(accepted).toBeGreaterThan(700);
  });

  it('refuses what the contract refuses, whatever stands in the place of whatever', () => {
    fc.assert(
      fc.property(entry, place, oddity, (value, where, odd) => {
        expectSame(utf8(written(withOddity(value, where, odd))));
      }),
      { numRuns: 1_500 },
    );
  });

  it('gives the same verdict on any text that a few changed characters make of an entry', () => {
    fc.assert(
      fc.property(
        entry,
        fc.array(fc.tuple(fc.nat(), fc.nat(3), fc.constantFrom(...'{}[],:"\\ue0-1. \u00e4d')), {
          maxLength: 3,
        }),
        (value, changes) => {
          let changed = canonicalJson(value);
          for (const [pick, length, character] of changes) {
            const at = pick % changed.length;
            changed = changed.slice(0, at) + character + changed.slice(at + length);
          }
          expectSame(utf8(changed));
        },
      ),
      { numRuns: 1_500 },
    );
  });

  it('knows keys like numbers, escapes, deep nesting and bad bytes as the contract does', () => {
    const data = (inner: string) =>
      utf8(
        `{"body":{"data":${inner},"id":"a","stream":"s","type":"t","v":1},"log":{"prev":null,"rev":0,"time":0},"sigs":[]}`,
      );
    const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
    for (const inner of ['{"10":1,"9":2}', '{"1":1,"a":2}', '{"a":"\\n\\u001f"}', deep(14), '{"a\u2028":1}'])
      expect(expectSame(data(inner))).toBe('accepted');
    for (const inner of [
      ...['{"9":1,"10":2}', '{"a":1,"a":1}', '{"a":"\\ud800"}', '{"\\udfff":1}', '{"a":-0}', '{"a":1e2}'],
      ...[
        '{"__proto__":1}',
        '{"a":"\\u0061"}',
        '{"a":"\\/"}',
        deep(15),
        '{"a":1.0}',
        '[]',
        'null',
        '{"a":1E400}',
      ],
    ])
      expect(expectSame(data(inner))).toBe('refused');
    for (const leaf of [Uint8Array.of(), Uint8Array.of(0xff), utf8('\ufeff{}'), utf8(' '), utf8(deep(5_000))])
      expect(expectSame(leaf)).toBe('refused');
    expect(expectSame(data(`{"a":"${'x'.repeat(32_768)}"}`))).toBe('refused');
    expect(() => readEntry(utf8('{}'), 12)).toThrow(LogFault);
  });
});
