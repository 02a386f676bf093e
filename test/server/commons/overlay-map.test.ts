import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OverlayMap } from '../../../server/commons/overlay-map.ts';
import { OverlaySet } from '../../../server/commons/overlay-set.ts';

const key = fc.nat(7);
const change = fc.oneof(
  { weight: 5, arbitrary: fc.record({ what: fc.constant('set' as const), key, value: fc.option(fc.nat()) }) },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('delete' as const), key }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('clear' as const) }) },
);
type Change = typeof change extends fc.Arbitrary<infer Value> ? Value : never;
const changes = fc.array(change, { maxLength: 30 });
const keys = fc.uniqueArray(key);

const mapOf = (from: readonly number[]) => new Map<number, number | null>(from.map((one) => [one, -one]));

function applyToMap(map: Map<number, number | null>, one: Change): unknown {
  if (one.what === 'clear') return map.clear();
  if (one.what === 'delete') return map.delete(one.key);
  return map.set(one.key, one.value).size;
}

function applyToSet(set: Set<number>, one: Change): unknown {
  if (one.what === 'clear') return set.clear();
  return one.what === 'delete' ? set.delete(one.key) : set.add(one.key).size;
}

function seenIn(map: Map<number, number | null>): unknown {
  const each: unknown[] = [];
  map.forEach((value, at, self) => {
    each.push([at, value, self === map]);
  });
  const asked = Array.from({ length: 8 }, (_, at) => [map.has(at), map.get(at)]);
  return [map.size, [...map], [...map.keys()], [...map.values()], [...map.entries()], each, asked];
}

function seenInSet(set: Set<number>): unknown {
  const each: unknown[] = [];
  set.forEach((item, again, self) => {
    each.push([item, again, self === set]);
  });
  const asked = Array.from({ length: 8 }, (_, at) => set.has(at));
  return [set.size, [...set], [...set.keys()], [...set.values()], [...set.entries()], each, asked];
}

describe('a map laid over another', () => {
  it('is what a copy would be, in its own order, and leaves the base alone until it is kept', () => {
    fc.assert(
      fc.property(keys, changes, changes, (from, first, second) => {
        const base = mapOf(from);
        const overlay = new OverlayMap(base);
        const copy = mapOf(from);
        for (const round of [first, second]) {
          const before = seenIn(base);
          for (const one of round) {
            const [answer, wanted] = [applyToMap(overlay, one), applyToMap(copy, one)];
            expect(answer).toEqual(wanted);
            expect(seenIn(overlay)).toEqual(seenIn(copy));
          }
          expect(seenIn(base)).toEqual(before);
          overlay.keep();
          expect(seenIn(base)).toEqual(seenIn(copy));
          expect(seenIn(overlay)).toEqual(seenIn(copy));
        }
      }),
    );
  });

  it('can lie over one that lies over another', () => {
    fc.assert(
      fc.property(keys, changes, changes, (from, first, second) => {
        const [base, copy] = [mapOf(from), mapOf(from)];
        const lower = new OverlayMap(base);
        for (const one of first) applyToMap(lower, one);
        const upper = new OverlayMap(lower);
        for (const one of second) applyToMap(upper, one);
        for (const one of [...first, ...second]) applyToMap(copy, one);
        upper.keep();
        lower.keep();
        expect(seenIn(base)).toEqual(seenIn(copy));
      }),
    );
  });

  it('can be kept in the lowest one, when those between have been kept', () => {
    fc.assert(
      fc.property(keys, fc.array(changes, { maxLength: 5 }), (from, rounds) => {
        const [base, copy] = [mapOf(from), mapOf(from)];
        let lower: OverlayMap<number, number | null> | undefined;
        for (const round of rounds) {
          const upper: OverlayMap<number, number | null> = new OverlayMap(lower ?? base);
          for (const one of round) applyToMap(upper, one);
          lower?.keep(base);
          for (const one of round) applyToMap(copy, one);
          expect(seenIn(upper)).toEqual(seenIn(copy));
          lower = upper;
        }
        lower?.keep(base);
        expect(seenIn(base)).toEqual(seenIn(copy));
      }),
    );
  });

  it('goes on to what is added while it is walked through, as a map does', () => {
    const walk = (map: Map<number, number | null>) => {
      const seen: number[] = [];
      for (const at of map.keys()) {
        seen.push(at);
        if (at < 3) map.set(at + 10, null).delete(2);
      }
      return seen;
    };
    expect(walk(new OverlayMap(mapOf([1, 2, 3])))).toEqual(walk(mapOf([1, 2, 3])));
  });
});

describe('a set laid over another', () => {
  it('is what a copy would be, in its own order, and leaves the base alone until it is kept', () => {
    fc.assert(
      fc.property(keys, changes, (from, round) => {
        const base = new Set(from);
        const overlay = new OverlaySet(base);
        const copy = new Set(from);
        for (const one of round) {
          const [answer, wanted] = [applyToSet(overlay, one), applyToSet(copy, one)];
          expect(answer).toEqual(wanted);
          expect(seenInSet(overlay)).toEqual(seenInSet(copy));
        }
        expect(seenInSet(base)).toEqual(seenInSet(new Set(from)));
        overlay.keep();
        expect(seenInSet(base)).toEqual(seenInSet(copy));
        expect(seenInSet(overlay)).toEqual(seenInSet(copy));
      }),
    );
  });
});
