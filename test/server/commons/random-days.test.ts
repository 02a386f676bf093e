import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '#contract/canonical-json.ts';
import { type JobView, Views } from '#contract/views.ts';
import { sumOfAccounts } from '../../../server/commons/accounts/sum-of-accounts.ts';
import { commonsFold, plainState } from '../../../server/commons/commons.ts';
import type { RecordedEntry } from '../../../server/commons/fact.ts';
import { changedViews, viewsOf } from '../../../server/commons/views.ts';
import { life, live } from './random-life.ts';

describe('whatever people, machines and the network do', () => {
  it('all accounts together stay at zero, and every price is shared to the minor unit', () => {
    let shared = 0;
    fc.assert(
      fc.property(life, (days) => {
        const there = live(days, ({ state }) => expect(sumOfAccounts(state)).toBe(0n));
        for (const { body } of there.entries) {
          if (body.type !== 'distribution.run') continue;
          shared += 1;
          const sum = (minors: string[]) => minors.reduce((total, minor) => total + BigInt(minor), 0n);
          expect(sum(body.data.shares.map(({ minor }) => minor))).toBe(BigInt(body.data.income.minor));
          expect(body.data.events.map(({ receiver, money }) => [receiver, money?.minor])).toEqual(
            body.data.shares.map(({ agent, minor }) => [agent, minor]),
          );
        }
      }),
    );
    expect(shared).toBeGreaterThan(0);
  });

  it('the state that the entries are folded into again is the live one, byte for byte', () => {
    fc.assert(
      fc.property(life, (days) => {
        const there = live(days);
        const rebuilt = there.entries.reduce(commonsFold.evolve, commonsFold.initial());
        expect(canonicalJson(plainState(rebuilt))).toBe(canonicalJson(plainState(there.state)));
      }),
    );
  });

  it('no job is started a second time unless it ended without being made and a person reopened it', () => {
    let secondStarts = 0;
    fc.assert(
      fc.property(life, (days) => {
        const there = live(days);
        for (const job of there.state.jobs.all.keys()) {
          const types = there.entries.filter((entry) => isAbout(entry, job)).map(({ body }) => body.type);
          for (const between of betweenStarts(types)) {
            secondStarts += 1;
            const end = between.findIndex((type) => /^job\.(failed|cancelled|resolved)$/.test(type));
            expect(end).toBeGreaterThanOrEqual(0);
            expect(between.slice(end)).toContain('job.released');
            expect(between).not.toContain('job.finished');
          }
        }
      }),
    );
    expect(secondStarts).toBeGreaterThan(0);
  });

  it('a page that applies the changes sees what a page sees that comes anew', () => {
    fc.assert(
      fc.property(life, (days) => {
        const page = new Page();
        live(days, (there) => {
          page.apply(changedViews(there.state, there.entries.slice(page.size), there.routing));
          page.size = there.entries.length;
          expect(page.shown()).toEqual(shownOf(viewsOf(there.state, there.routing)));
        });
      }),
      { numRuns: 50 },
    );
  });

  it('what pages see is what the contract says', () => {
    fc.assert(
      fc.property(life, (days) => {
        const there = live(days);
        const views = viewsOf(there.state, there.routing);
        expect(Views.parse(views)).toEqual(views);
      }),
      { numRuns: 50 },
    );
  });
});

/** Keeps whole views by id, as a page does. */
class Page {
  size = 0;
  readonly #views = new Map<string, unknown>();

  apply(changed: Partial<Views>): void {
    for (const [key, view] of keyed(changed)) this.#views.set(key, view);
  }

  shown(): unknown {
    return Object.fromEntries([...this.#views].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

function shownOf(views: Views): unknown {
  return Object.fromEntries(keyed(views).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function keyed({ designs, labs, orders, jobs, accounts }: Partial<Views>): [string, unknown][] {
  return [
    ...(designs ?? []).map((view): [string, unknown] => [`design ${view.design}`, structuredClone(view)]),
    ...(labs ?? []).map((view): [string, unknown] => [`lab ${view.lab}`, structuredClone(view)]),
    ...(orders ?? []).map((view): [string, unknown] => [`order ${view.order}`, structuredClone(view)]),
    ...(jobs ?? []).map((view: JobView): [string, unknown] => [`job ${view.job}`, structuredClone(view)]),
    ...(accounts ?? []).map((view): [string, unknown] => [`account ${view.agent}`, structuredClone(view)]),
  ];
}

function isAbout({ body }: RecordedEntry, job: string): boolean {
  return 'job' in body.data && body.data.job === job;
}

/** The types between each start and the next one. */
function betweenStarts(types: readonly string[]): string[][] {
  const starts = types.flatMap((type, at) => (type === 'job.started' ? [at] : []));
  return starts.slice(1).map((next, at) => types.slice((starts[at] ?? 0) + 1, next));
}
