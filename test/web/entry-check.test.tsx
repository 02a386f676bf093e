import { describe, expect, it } from 'vitest';
import { checkEntry, verdictName } from '../../web/ledger/check-entry.ts';
import { ladderSteps } from '../../web/ledger/ladder-steps.ts';
import { signedLog } from './signed-log.ts';

const { proof, verifierKey, otherHash } = signedLog();
const verdictOf = (changed: Partial<typeof proof>, asked = 2) => {
  const presented = { ...proof, ...changed };
  return verdictName(checkEntry(presented, verifierKey), presented, asked);
};

describe('the proof of an entry, checked in the page', () => {
  it('climbs from the leaf over each sibling to the signed root', () => {
    const steps = ladderSteps(checkEntry(proof, verifierKey), 'verified');
    expect(steps.map(({ kind }) => kind)).toEqual(['leaf', 'rung', 'rung', 'rung', 'root', 'signature']);
    expect(steps.map(({ sibling }) => sibling?.side)).toEqual([
      undefined,
      'right',
      'left',
      'right',
      undefined,
      undefined,
    ]);
    expect(steps[3]?.hash).toBe(steps[4]?.hash);
    expect(steps.every(({ isGood }) => isGood)).toBe(true);
    expect(verdictOf({})).toBe('verified');
  });

  it('finds an entry that was changed by one letter', () => {
    expect(verdictOf({ leaf: proof.leaf.replace('placed', 'plaved') })).toBe('wrong-root');
  });

  it('finds a sibling that was exchanged', () => {
    expect(verdictOf({ hashes: [otherHash, ...proof.hashes.slice(1)] })).toBe('wrong-root');
  });

  it('finds a checkpoint that somebody else wrote', () => {
    expect(verdictOf({ checkpoint: proof.checkpoint.replace(/— (\S+) (.{20})./u, '— $1 $2x') })).not.toBe(
      'verified',
    );
  });

  it('finds a good proof that is of another entry than the one asked for', () => {
    expect(verdictOf({}, 3)).toBe('wrong-entry');
  });

  it('marks the step at which a bad proof breaks', () => {
    const bad = { ...proof, leaf: `${proof.leaf} ` };
    const steps = ladderSteps(checkEntry(bad, verifierKey), 'wrong-root');
    expect(steps.filter(({ isGood }) => !isGood).map(({ kind }) => kind)).toEqual(['root']);
  });
});
