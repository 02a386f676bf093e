import { createIntl } from 'react-intl';
import { describe, expect, it } from 'vitest';
import { entryData } from '#contract/entries.ts';
import type { FaultClass } from '../../server/verification/verdict.ts';
import { en } from '../../web/messages/en.ts';
import { fr } from '../../web/messages/fr.ts';

const english: Readonly<Record<string, string>> = en;
const french: Readonly<Record<string, string>> = fr;

/** The compiler holds this list complete. */
const faults: Readonly<Record<FaultClass, true>> = {
  unreachable: true,
  oversized: true,
  'bad-policy': true,
  'bad-checkpoint': true,
  'wrong-log': true,
  'bad-signature': true,
  'no-quorum': true,
  stale: true,
  rollback: true,
  fork: true,
  missing: true,
  'broken-bundle': true,
  reordered: true,
  'changed-entry': true,
  'bad-tile': true,
  'bad-root': true,
  'not-canonical': true,
  'no-entry': true,
  'bad-entry-signature': true,
  'broken-chain': true,
  'time-runs-back': true,
  'repeated-id': true,
  'broken-rule': true,
};

/** Names of what is filled in, e.g. `count` in `{count, plural, …}`. */
const holesOf = (message: string) =>
  [...new Set([...message.matchAll(/\{(\w+)[,}]/g)].map(([, name]) => name))].sort();

describe('the catalogues', () => {
  it('have the same keys in both languages', () => {
    expect(Object.keys(french).sort()).toEqual(Object.keys(english).sort());
  });

  it('fill in the same values in both languages', () => {
    const names = (message: string) =>
      holesOf(message).filter((name) => name !== 'shown' || message.includes('{shown}'));
    const different = Object.keys(english).filter(
      (key) => names(english[key] ?? '').join() !== names(french[key] ?? '').join(),
    );
    expect(different).toEqual([]);
  });

  it('are written in message format without mistakes', () => {
    for (const [locale, messages] of [
      ['en', english],
      ['fr', french],
    ] as const) {
      const onError = (error: Error) => {
        throw error;
      };
      const intl = createIntl({ locale, messages, onError });
      for (const [id, message] of Object.entries(messages)) {
        const values = Object.fromEntries(holesOf(message).map((name) => [name ?? '', 1]));
        expect(() => intl.formatMessage({ id }, values)).not.toThrow();
      }
    }
  });

  it('say every type of entry', () => {
    const unsaid = Object.keys(entryData).filter((type) => english[`entry.${type}`] === undefined);
    expect(unsaid).toEqual([]);
  });

  it('say every fault that the verifier can find', () => {
    const said = Object.keys(english).filter((key) => key.startsWith('fault.'));
    expect(said.sort()).toEqual(
      Object.keys(faults)
        .map((fault) => `fault.${fault}`)
        .sort(),
    );
  });

  it('speak calmly: no exclamation marks, and French typography', () => {
    expect(Object.values(english).filter((message) => message.includes('!'))).toEqual([]);
    expect(Object.values(french).filter((message) => /!|[a-zé]'[a-zé]/.test(message))).toEqual([]);
  });
});
