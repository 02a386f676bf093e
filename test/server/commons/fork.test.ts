import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromUtf8 } from '#contract/bytes.ts';
import { canonicalJson } from '#contract/canonical-json.ts';
import { commonsFoldKeeping, plainState } from '../../../server/commons/commons.ts';
import type { RecordedEntry } from '../../../server/commons/fact.ts';
import type { CommonsState } from '../../../server/commons/state.ts';
import { viewsOf } from '../../../server/commons/views.ts';
import { routingOf } from '../../../server/matching/routing.ts';
import { life, live } from './random-life.ts';
import { smallCommunity } from './small-community.ts';

// One ended order: many random days then see orders leave.
const fold = commonsFoldKeeping({ orders: 1, jobs: 1_000 });
const textOf = (state: CommonsState) => fromUtf8(fold.encode(state));
const seenIn = (state: CommonsState) => [textOf(state), canonicalJson(plainState(state))];
const pagesOf = (state: CommonsState) =>
  JSON.stringify(
    viewsOf(
      state,
      routingOf(state, () => true),
    ),
  );

/** Freezes what the maps of a state hold, so that a rule that changed a value in place would throw. */
function freezeValues(value: unknown): void {
  if (value instanceof Map || value instanceof Set) {
    for (const inner of value.values()) freezeValues(inner);
  } else if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) freezeValues(inner);
  }
}

function freezeState({ charter, agents, designs, labs, orders, jobs, accounts }: CommonsState): void {
  for (const part of [charter, agents, designs, labs, orders, jobs.all, accounts]) freezeValues(part);
}

function evolveAll(state: CommonsState, entries: readonly RecordedEntry[]): void {
  for (const entry of entries) fold.evolve(state, entry);
}

function expectNoTrace(base: CommonsState, entries: readonly RecordedEntry[]): void {
  const before = seenIn(base);
  evolveAll(fold.fork(base).state, entries);
  expect(seenIn(base)).toEqual(before);
}

const cuts = fc.array(fc.record({ count: fc.integer({ min: 1, max: 12 }), isKept: fc.boolean() }), {
  minLength: 1,
});

describe('a fork of the state', () => {
  it('becomes the state that folding the same entries makes, byte for byte, when it is kept', () => {
    fc.assert(
      fc.property(life, cuts, (days, rounds) => {
        const { entries } = live(days);
        const [direct, base] = [fold.initial(), fold.initial()];
        for (let at = 0, round = 0; at < entries.length; round += 1) {
          const { count, isKept } = rounds[round % rounds.length] ?? { count: 1, isKept: true };
          const next = entries.slice(at, at + count);
          if (!isKept) expectNoTrace(base, next);
          const fork = fold.fork(base);
          evolveAll(fork.state, next);
          evolveAll(direct, next);
          expect(seenIn(fork.state)).toEqual(seenIn(direct));
          fork.keep(base);
          at += next.length;
        }
        expect(seenIn(base)).toEqual(seenIn(direct));
        expect(pagesOf(base)).toBe(pagesOf(direct));
      }),
      { numRuns: 60 },
    );
  });

  it('lets go of ended orders like the state below it', () => {
    const there = smallCommunity();
    for (let made = 0; made < 3; made += 1) for (const job of there.placeStool().jobs) there.make(job);
    const [direct, base] = [fold.initial(), fold.initial()];
    evolveAll(direct, there.entries);
    for (let at = 0; at < there.entries.length; at += 5) {
      const fork = fold.fork(base);
      evolveAll(fork.state, there.entries.slice(at, at + 5));
      fork.keep(base);
    }
    expect(base.orders.size).toBe(1);
    expect(seenIn(base)).toEqual(seenIn(direct));
  });

  it('replaces what it changes and never writes into a value that somebody may hold', () => {
    fc.assert(
      fc.property(life, (days) => {
        const { entries } = live(days);
        const [frozen, direct] = [fold.initial(), fold.initial()];
        for (const entry of entries) {
          fold.evolve(direct, entry);
          fold.evolve(frozen, entry);
          freezeState(frozen);
        }
        expect(textOf(frozen)).toBe(textOf(direct));
      }),
      { numRuns: 60 },
    );
  });
});

describe('a snapshot of the state', () => {
  it('is read back as the state it was, and goes on as that would have', () => {
    fc.assert(
      fc.property(life, fc.nat(99), (days, share) => {
        const { entries } = live(days);
        const cut = Math.floor((entries.length * share) / 100);
        const state = entries.slice(0, cut).reduce(fold.evolve, fold.initial());
        const read = fold.decode(fold.encode(state));
        expect(read).toStrictEqual(state);
        expect(seenIn(read)).toEqual(seenIn(state));
        evolveAll(state, entries.slice(cut));
        evolveAll(read, entries.slice(cut));
        expect(seenIn(read)).toEqual(seenIn(state));
      }),
      { numRuns: 60 },
    );
  });
});
