import type { RulePack } from '#contract/entries.ts';
import type { RecordedEntry } from '../fact.ts';

/** Who shares this ledger, and by which rules, newest last. An order keeps to the rules of its own day. */
export interface Charter {
  readonly community?: string;
  readonly rulePacks: readonly RulePack[];
}

/** The charter after an entry; the one before stays as it is. */
export function evolveCharter(charter: Charter, { body }: RecordedEntry): Charter {
  if (body.type !== 'rulepack.adopted') return charter;
  const { community, rulePack } = body.data;
  return { community, rulePacks: [...charter.rulePacks, rulePack] };
}
