import { toHex } from '#contract/bytes.ts';
import type { ProofVerdict } from '#contract/entry-proof.ts';
import type { VerdictName } from './check-entry.ts';

/** One rung as a page draws it, from the leaf (first) to the signature (last). */
export interface LadderStep {
  key: string;
  kind: 'leaf' | 'rung' | 'root' | 'signature';
  hash: string;
  sibling?: { side: 'left' | 'right'; hash: string };
  isGood: boolean;
  size?: number;
  origin?: string;
}

/** Which step a fault stands at: the steps below it are good. */
const FAULTY: Readonly<Record<Exclude<VerdictName, 'verified'>, LadderStep['kind']>> = {
  'wrong-entry': 'leaf',
  'no-proof': 'leaf',
  malformed: 'root',
  'wrong-size': 'root',
  'wrong-root': 'root',
  'wrong-log': 'signature',
  'wrong-signature': 'signature',
};

export function ladderSteps(
  { leafHash, rungs, checkpoint }: ProofVerdict,
  verdict: VerdictName,
): LadderStep[] {
  const faulty = verdict === 'verified' ? undefined : FAULTY[verdict];
  const top = rungs.at(-1)?.hash ?? leafHash;
  return [
    { key: 'leaf', kind: 'leaf', hash: toHex(leafHash), isGood: faulty !== 'leaf' },
    ...rungs.map(
      (rung, at): LadderStep => ({
        key: `rung-${at}`,
        kind: 'rung',
        hash: toHex(rung.hash),
        sibling: { side: rung.side, hash: toHex(rung.sibling) },
        isGood: true,
      }),
    ),
    { key: 'root', kind: 'root', hash: toHex(checkpoint?.root ?? top), isGood: faulty !== 'root' },
    {
      key: 'signature',
      kind: 'signature',
      hash: toHex(checkpoint?.root ?? top),
      isGood: faulty !== 'signature',
      ...(checkpoint ? { size: checkpoint.size, origin: checkpoint.origin } : {}),
    },
  ];
}
